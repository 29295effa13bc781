// The inventory as a table. Rules: a row is what the entry's text says, and writes the shortest text; values are nowhere in it.
import type { AnswerTable, WrittenRow } from '../../src/model/answer-table.ts';
import { readSecretEntry, roleText, secretEntryText } from '../../src/resources/secret-entry.ts';

const COLUMNS = [
  { title: 'Name', help: 'how you call it: DB_PASSWORD' },
  { title: 'File', help: 'the whole path: /srv/app/.env' },
  { title: 'Key', help: 'its key there; empty: the name. JSON and YAML: keys joined by dots' },
  { title: 'Format', help: 'env, ini, json or yaml', choices: ['env', 'ini', 'json', 'yaml'] },
  { title: 'Class', help: 'base62-32 for passwords, hex-64 for keys, base64-32 for exactly 32 bytes' },
  { title: 'Services', help: 'who reads it when they start, with blanks between: app.service' },
  { title: 'Containers', help: 'names with blanks between; made anew by you' },
  { title: 'PostgreSQL', help: 'role, or role@database, whose password it is; may be empty' },
  {
    title: 'Changing it',
    help: 'safe, logs-out, second-write (elsewhere too), destroys (data is lost), or unsaid',
    choices: ['unsaid', 'safe', 'logs-out', 'second-write', 'destroys'],
  },
] as const;

const WORDS = [
  / not a name/,
  / in /,
  /"key"/,
  /"format"/,
  /"class"/,
  /"for"/,
  /"container"/,
  /"postgres"/,
  /"rotate"/,
];

export const inventoryTable: AnswerTable = {
  columns: COLUMNS,
  blank: ['', '', '', 'env', 'base62-32', '', '', '', 'unsaid'],
  read: (entry) => {
    const it = readSecretEntry(entry);
    if (typeof it === 'string') return undefined;
    return [
      it.name,
      it.path,
      it.key === it.name ? '' : it.key,
      it.format,
      it.kind.name,
      it.units.join(' '),
      it.containers.join(' '),
      it.role === undefined ? '' : roleText(it.role),
      it.rotation,
    ];
  },
  write,
};

function write(cells: readonly string[]): WrittenRow {
  const [
    name = '',
    path = '',
    key = '',
    format = '',
    kind = '',
    units = '',
    containers = '',
    role = '',
    rotation = '',
  ] = cells.map((it) => it.trim());
  if (/\s/.test(name) || name === '') return { column: 0, problem: 'a name is needed, without blanks' };
  if (/\s/.test(path) || path === '')
    return { column: 1, problem: 'the whole path of its file is needed, without blanks' };
  const pairs = (word: string, cell: string): readonly string[] =>
    cell.split(/\s+/).flatMap((value) => (value === '' ? [] : [word, value]));
  const text = [
    ...[name, 'in', path],
    ...pairs('key', key),
    ...pairs('format', format),
    ...pairs('class', kind),
    ...pairs('for', units),
    ...pairs('container', containers),
    ...pairs('postgres', role),
    ...(rotation === 'unsaid' ? [] : pairs('rotate', rotation)),
  ].join(' ');
  const entry = readSecretEntry(text);
  if (typeof entry !== 'string') return { entry: secretEntryText(entry) };
  const column = WORDS.findIndex(
    (pattern, index) => index > 1 && pattern.test(entry.split('; allowed')[0] ?? ''),
  );
  const isName = /is not a name;/.test(entry);
  return { column: isName ? 0 : column === -1 ? 1 : column, problem: entry };
}
