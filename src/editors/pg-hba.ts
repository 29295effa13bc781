// Rules: pg_hba.conf as an ordered list of rules; the first that matches a connection decides, so a place in the order is part of
// what a rule says. Includes are kept and not followed. A change replaces the fields that differ and nothing else on the line.
// Whether PostgreSQL takes a file is asked of PostgreSQL (pg_hba_file_rules), not of this.
import { applyEdits, done, type Edit, type Editor, lineEnd, type Result, refuse } from './editor.ts';
import { type HbaField, type HbaLine, type HbaWord, lexHba } from './hba-lexer.ts';

const TYPES = ['local', 'host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc'] as const;

export type HbaRule = {
  readonly type: (typeof TYPES)[number];
  readonly databases: readonly HbaWord[];
  readonly users: readonly HbaWord[];
  /** null for local. */
  readonly address: HbaWord | null;
  /** A netmask in a field of its own, where the address has no "/". */
  readonly mask: string | null;
  readonly method: string;
  /** name=value. */
  readonly options: readonly string[];
};

type RuleLine = HbaLine & { readonly rule: HbaRule };

export type HbaDocument = {
  readonly text: string;
  readonly rules: readonly RuleLine[];
  /** Includes, and lines that PostgreSQL does not take as a rule. */
  readonly others: readonly HbaLine[];
};

/** Where a new rule goes. */
export type HbaPlace = { readonly before: number } | { readonly after: number } | 'end';

/** The path is the index of a rule, counted from 0. */
export const hbaEditor: Editor<HbaDocument, number, HbaRule> = { parse, get, set, remove };

function parse(text: string): Result<HbaDocument> {
  const lexed = lexHba(text);
  if (!lexed.ok) return lexed;
  const rules: RuleLine[] = [];
  const others: HbaLine[] = [];
  for (const line of lexed.value) {
    const rule = ruleOf(line.fields);
    if (rule === undefined) others.push(line);
    else rules.push({ ...line, rule });
  }
  return done({ text, rules, others });
}

/** What a line says as a rule, or undefined. */
function ruleOf(fields: readonly HbaField[]): HbaRule | undefined {
  const roles = rolesOf(fields);
  const single = (role: Role): HbaWord | undefined => {
    const words = roles.get(role)?.words ?? [];
    return words.length === 1 ? words[0] : undefined;
  };
  const type = TYPES.find((name) => name === single('type')?.text);
  const [databases, users] = [roles.get('databases')?.words, roles.get('users')?.words];
  const [address, mask, method] = [single('address') ?? null, single('mask') ?? null, single('method')];
  const isWhole =
    type !== undefined && databases !== undefined && users !== undefined && method !== undefined;
  if (!isWhole || (type === 'local') !== (address === null) || roles.has('mask') !== (mask !== null))
    return undefined;
  const options = optionsOf(fields, roles).map(({ words }) => words.map((word) => word.text).join(','));
  return { type, databases, users, address, mask: mask?.text ?? null, method: method.text, options };
}

type Role = 'type' | 'databases' | 'users' | 'address' | 'mask' | 'method';

function rolesOf(fields: readonly HbaField[]): ReadonlyMap<Role, HbaField> {
  const word = (index: number): HbaWord | undefined => fields[index]?.words[0];
  const order: Role[] = ['type', 'databases', 'users'];
  if (word(0)?.text !== 'local') {
    const address = word(3)?.text ?? '';
    order.push('address');
    if (/^\d+\.\d+\.\d+\.\d+$|^[0-9a-f]*:[0-9a-f:.]*$/i.test(address)) order.push('mask');
  }
  order.push('method');
  const roles = new Map<Role, HbaField>();
  for (const [index, role] of order.entries()) {
    const field = fields[index];
    if (field !== undefined) roles.set(role, field);
  }
  return roles;
}

function optionsOf(fields: readonly HbaField[], roles: ReadonlyMap<Role, HbaField>): readonly HbaField[] {
  const method = roles.get('method');
  return fields.filter((field) => method !== undefined && field.start >= method.end);
}

function get(document: HbaDocument, index: number): HbaRule | undefined {
  return document.rules[index]?.rule;
}

function set(document: HbaDocument, index: number, rule: HbaRule): Result<string> {
  const line = document.rules[index];
  if (line === undefined) return refuseIndex(document);
  const roles = rolesOf(line.fields);
  const options = optionsOf(line.fields, roles);
  const [first, last] = [options[0], options.at(-1)];
  const [now, before] = [writeRule(rule), writeRule(line.rule)];
  const edits: Edit[] = [];
  let end = line.start;
  for (const part of PARTS) {
    const field = part === 'options' ? first : roles.get(part);
    const span = field && { start: field.start, end: part === 'options' ? (last ?? field).end : field.end };
    if (span === undefined && now[part] !== '') edits.push({ start: end, end, text: ` ${now[part]}` });
    else if (span !== undefined && now[part] === '') edits.push({ start: end, end: span.end, text: '' });
    else if (span !== undefined && now[part] !== before[part]) edits.push({ ...span, text: now[part] });
    end = span?.end ?? end;
  }
  const wanted = document.rules.map((it) => (it === line ? rule : it.rule));
  return verified(applyEdits(document.text, edits), wanted);
}

/** The text with one more rule: before or after an existing one (an index), or at the end. */
export function insertHbaRule(document: HbaDocument, place: HbaPlace, rule: HbaRule): Result<string> {
  const { text, rules } = document;
  const isBefore = place !== 'end' && 'before' in place;
  const index = place === 'end' ? rules.length : 'before' in place ? place.before : place.after + 1;
  const found = isBefore ? rules[index] : rules[index - 1];
  if (place !== 'end' && found === undefined) return refuseIndex(document);
  const offset = found === undefined || place === 'end' ? text.length : isBefore ? found.start : found.end;
  const { type, databases, users, address, mask, method, options } = writeRule(rule);
  const columns = [
    type.padEnd(7),
    databases.padEnd(15),
    users.padEnd(15),
    `${address} ${mask}`.trim().padEnd(23),
  ];
  const line = [...columns, `${method} ${options}`.trim()].join(' ');
  const ahead = text.slice(0, offset);
  const end = lineEnd(text);
  // A backslash at the end of the file would join our line to the one before: an empty line ends that one.
  const joins = /\\\r*\n?$/.test(ahead.slice(-20)) ? end : '';
  const gap = (ahead === '' || ahead.endsWith('\n') ? '' : end) + joins;
  const after = applyEdits(text, [{ start: offset, end: offset, text: `${gap}${line}${end}` }]);
  return verified(after, rules.map((it) => it.rule).toSpliced(index, 0, rule));
}

function remove(document: HbaDocument, index: number): Result<string> {
  const line = document.rules[index];
  if (line === undefined) return done(document.text);
  return done(applyEdits(document.text, [{ start: line.start, end: line.end, text: '' }]));
}

function refuseIndex(document: HbaDocument): Result<never> {
  const count = document.rules.length;
  return refuse({ what: 'a rule that is not there', allowed: `one of ${count}`, fix: 'read the file again' });
}

const PARTS = ['type', 'databases', 'users', 'address', 'mask', 'method', 'options'] as const;

/** Every part as it is written; one that is not there is empty. */
function writeRule(rule: HbaRule): Readonly<Record<(typeof PARTS)[number], string>> {
  const bare = (text: string): HbaWord => ({ text, quoted: false });
  const list = (words: readonly HbaWord[]): string => words.map(writeWord).join(',');
  return {
    type: rule.type,
    databases: list(rule.databases),
    users: list(rule.users),
    address: rule.address === null ? '' : writeWord(rule.address),
    mask: rule.mask ?? '',
    method: writeWord(bare(rule.method)),
    options: rule.options.map((text) => writeWord({ text, quoted: !/^[^\s",#\\]+$/.test(text) })).join(' '),
  };
}

function writeWord({ text, quoted }: HbaWord): string {
  return quoted ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The text if it says exactly these rules: no word may add a field, a line or a meaning. */
function verified(text: string, wanted: readonly HbaRule[]): Result<string> {
  const again = parse(text);
  const said = again.ok ? again.value.rules.map(({ rule }) => meaning(rule)) : [];
  if (again.ok && said.join('\n') === wanted.map(meaning).join('\n')) return done(text);
  const allowed = 'words on one line; blanks, commas, quotes and # only in words that are marked as quoted';
  return refuse({ what: 'a rule that does not read back as it was meant', allowed, fix: 'correct the rule' });
}

function meaning(rule: HbaRule): string {
  const words = (list: readonly HbaWord[]) => list.map(({ text, quoted }) => [text, quoted]);
  const { type, databases, users, address, mask, method, options } = rule;
  return JSON.stringify([
    type,
    words(databases),
    words(users),
    words(address ? [address] : []),
    mask,
    method,
    options,
  ]);
}
