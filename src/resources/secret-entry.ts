// The text form of a declared secret: "NAME in PATH", then pairs of a word and a value. Rules: no commas, because lists of answers are split
// at them; everything that is not understood is refused with what is allowed; reading back what was written gives the same.
import type { RotationClass, SecretClass, SecretEntry, SecretFormat } from '../model/secret-entry.ts';
import { pathGrammar, shown } from '../text/grammar.ts';

const FORMATS: readonly SecretFormat[] = ['env', 'ini', 'json', 'yaml'];
const ROTATIONS: readonly RotationClass[] = ['safe', 'logs-out', 'second-write', 'destroys'];
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;
const KEY = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;
const UNIT = /^[A-Za-z0-9@_.-]{1,200}\.service$/;
const CONTAINER = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
const ROLE = /^([a-z_][a-z0-9_]{0,62})(?:@([a-z_][a-z0-9_-]{0,62}))?$/;
const DEFAULT_CLASS = 'base62-32';
/** Fewest characters, for base64 bytes: 128 bits in each alphabet, also where chance leaves the digits out. */
const LEAST = { base62: 24, hex: 32, base64: 16 } as const;

const ALLOWED =
  'NAME in PATH, then as needed: key K, format env|ini|json|yaml, class base62-32|hex-64|base64-32, for UNIT.service, container C, postgres ROLE[@DATABASE], rotate safe|logs-out|second-write|destroys';

/** The entry, or what is wrong with it in a sentence. */
export function readSecretEntry(text: string): SecretEntry | string {
  const [name = '', word, path = '', ...rest] = text.trim().split(/\s+/);
  if (!NAME.test(name)) return `${shown(name)} is not a name; allowed: ${ALLOWED}`;
  if (word !== 'in') return `${shown(text)} does not say where it stands; allowed: ${ALLOWED}`;
  const fault = pathGrammar(path);
  if (fault !== undefined) return `${fault.what}; allowed: ${fault.allowed}`;
  if (rest.length % 2 === 1) return `${shown(rest.at(-1))} lacks its value; allowed: ${ALLOWED}`;
  const entry = {
    name,
    path,
    format: formatOf(path),
    key: name,
    kind: readSecretClass(DEFAULT_CLASS) as SecretClass,
    rotation: 'unsaid' as RotationClass,
    units: [] as string[],
    containers: [] as string[],
    role: undefined as SecretEntry['role'],
  };
  for (let at = 0; at < rest.length; at += 2) {
    const problem = take(entry, rest[at] ?? '', rest[at + 1] ?? '');
    if (problem !== undefined) return `${name}: ${problem}`;
  }
  const { role, rotation, ...plain } = entry;
  if (role === undefined) return { ...plain, rotation };
  // The second write is ours.
  return { ...plain, role, rotation: rotation === 'unsaid' ? 'safe' : rotation };
}

type Draft = { -readonly [Key in keyof SecretEntry]: SecretEntry[Key] } & {
  units: string[];
  containers: string[];
};

function take(
  entry: Omit<Draft, 'role'> & { role: SecretEntry['role'] },
  ...pair: [string, string]
): string | undefined {
  const [word, value] = pair;
  const wrong = (allowed: string): string =>
    `${shown(value)} cannot stand behind "${word}"; allowed: ${allowed}`;
  switch (word) {
    case 'key':
      if (!KEY.test(value)) return wrong('letters, digits, _, - and dots');
      entry.key = value;
      return undefined;
    case 'format': {
      const format = FORMATS.find((it) => it === value);
      if (format === undefined) return wrong(FORMATS.join(', '));
      entry.format = format;
      return undefined;
    }
    case 'class': {
      const kind = readSecretClass(value);
      if (kind === undefined)
        return wrong('base62-N, hex-N or base64-N, with at least 128 bits and at most 512 characters');
      entry.kind = kind;
      return undefined;
    }
    case 'for':
      if (!UNIT.test(value)) return wrong('the name of a service, for example app.service');
      entry.units.push(value);
      return undefined;
    case 'container':
      if (!CONTAINER.test(value)) return wrong('the name of a container');
      entry.containers.push(value);
      return undefined;
    case 'postgres': {
      const [, name, database] = ROLE.exec(value) ?? [];
      if (name === undefined) return wrong('ROLE or ROLE@DATABASE in lower case');
      entry.role = { name, database: database ?? name };
      return undefined;
    }
    case 'rotate': {
      const rotation = ROTATIONS.find((it) => it === value);
      if (rotation === undefined) return wrong(ROTATIONS.join(', '));
      entry.rotation = rotation;
      return undefined;
    }
    default:
      return `${shown(word)} is not a word that is known here; allowed: ${ALLOWED}`;
  }
}

/** "hex-64" as data; undefined for what is none, or weaker than 128 bits. */
export function readSecretClass(text: string): SecretClass | undefined {
  const [, alphabet, digits] = /^(base62|hex|base64)-(\d{1,3})$/.exec(text) ?? [];
  if (alphabet !== 'base62' && alphabet !== 'hex' && alphabet !== 'base64') return undefined;
  const length = Number(digits);
  return length >= LEAST[alphabet] && length <= 512 ? { name: text, alphabet, length } : undefined;
}

function formatOf(path: string): SecretFormat {
  if (/\.json$/i.test(path)) return 'json';
  if (/\.ya?ml$/i.test(path)) return 'yaml';
  return /\.(ini|cfg|cnf|conf)$/i.test(path) ? 'ini' : 'env';
}

/** The shortest text that reads back as this entry. */
export function secretEntryText(it: SecretEntry): string {
  const said = it.rotation === (it.role === undefined ? 'unsaid' : 'safe') ? [] : ['rotate', it.rotation];
  const role = it.role === undefined ? [] : ['postgres', roleText(it.role)];
  return [
    ...[it.name, 'in', it.path],
    ...(it.key === it.name ? [] : ['key', it.key]),
    ...(it.format === formatOf(it.path) ? [] : ['format', it.format]),
    ...(it.kind.name === DEFAULT_CLASS ? [] : ['class', it.kind.name]),
    ...it.units.flatMap((unit) => ['for', unit]),
    ...it.containers.flatMap((container) => ['container', container]),
    ...role,
    ...said,
  ].join(' ');
}

export function roleText({ name, database }: { readonly name: string; readonly database: string }): string {
  return database === name ? name : `${name}@${database}`;
}
