// One value of a file by its key, whatever the format: the four editors behind one pair of functions. Rules: what is read is what a program
// would get; a value that depends on its environment, or is no text, is told apart and never taken for a value.
import type { SecretFormat } from '../model/secret-entry.ts';
import { constantOf, dotenvEditor, dropRepeated, repeatedKeys } from './dotenv.ts';
import type { DotenvEntry } from './dotenv-lexer.ts';
import { done, type EditProblem, endOfLine, type Result, refuse } from './editor.ts';
import { type IniPath, iniEditor, iniEntries } from './ini.ts';
import { jsonEditor } from './json.ts';
import { yamlEditor } from './yaml.ts';

/** `template`: as it is written, with variables that its reader fills in. */
export type Found =
  | { readonly kind: 'value' | 'template'; readonly text: string; readonly lines: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly problem: EditProblem };

type Place = {
  readonly format: SecretFormat;
  readonly key: string;
  /** The service manager reads the file (EnvironmentFile=), more strictly than compose. */
  readonly bySystemd?: boolean;
};

const INI = iniEditor('systemd');

/** The value in force. */
export function findValue(text: string, { format, key, bySystemd }: Place): Found {
  if (format === 'env') {
    const document = dotenvEditor.parse(text);
    if (!document.ok) return { kind: 'unreadable', problem: document.problem };
    const entry = document.value.entries.findLast((it) => it.key === key);
    if (entry === undefined || entry.written === null) return { kind: 'missing' };
    const strict = bySystemd === true ? systemdProblem(text, entry) : undefined;
    if (strict !== undefined) return { kind: 'unreadable', problem: strict };
    const lines = repeatedKeys(document.value).get(key) ?? 1;
    const constant = constantOf(entry);
    return constant === undefined
      ? { kind: 'template', text: entry.written, lines }
      : { kind: 'value', text: constant, lines };
  }
  if (format === 'ini') {
    const document = INI.parse(text);
    if (!document.ok) return { kind: 'unreadable', problem: document.problem };
    const entries = iniEntries(document.value, iniPath(key));
    const last = entries.at(-1);
    return last === undefined
      ? { kind: 'missing' }
      : { kind: 'value', text: last.value, lines: entries.length };
  }
  const read = format === 'json' ? readTree(jsonEditor, text, key) : readTree(yamlEditor, text, key);
  if (!read.ok) return { kind: 'unreadable', problem: read.problem };
  const { value } = read;
  if (value === undefined || value === null) return { kind: 'missing' };
  if (typeof value === 'string') return { kind: 'value', text: value, lines: 1 };
  const what = 'a value that is no text';
  const { problem } = refuse({ what, allowed: 'a text in quotes', fix: 'write it in quotes' });
  return { kind: 'unreadable', problem };
}

/** What systemd reads otherwise than compose in the line of an entry: it knows neither export nor ":", and no comment behind a value. */
function systemdProblem(text: string, entry: DotenvEntry): EditProblem | undefined {
  const { start, end, key, exported, valueStart } = entry;
  const rest = text.slice(end, endOfLine(text, end));
  const what = exported
    ? `"export" before ${key}, which systemd skips with the whole line`
    : text.slice(start, valueStart).includes(':')
      ? `":" behind ${key}, which systemd skips with the whole line`
      : /\S/.test(rest)
        ? `text behind the value of ${key}, which systemd takes for a part of it`
        : undefined;
  if (what === undefined) return undefined;
  const allowed = 'KEY=value alone on its line; comments on lines of their own';
  return refuse({ what, allowed, at: { text, offset: start } }).problem;
}

/** The text with the value in force, and without lines of the key that have no effect. */
export function putValue(
  text: string,
  { format, key, value }: Place & { readonly value: string },
): Result<string> {
  const set = putOnce(text, { format, key, value });
  if (!set.ok) return set;
  const again = findValue(set.value, { format, key });
  if (again.kind === 'value' && again.text === value) return set;
  return refuse({
    what: `a value for ${key} that does not read back`,
    allowed: 'values that read back as written',
  });
}

function putOnce(text: string, { format, key, value }: Place & { readonly value: string }): Result<string> {
  if (format === 'env') {
    const document = dotenvEditor.parse(text);
    if (!document.ok) return document;
    const dropped = dotenvEditor.parse(dropRepeated(document.value, key));
    return dropped.ok ? dotenvEditor.set(dropped.value, key, value) : dropped;
  }
  if (format === 'ini') {
    const document = INI.parse(text);
    return document.ok ? INI.set(document.value, iniPath(key), value) : document;
  }
  if (format === 'json') {
    const document = jsonEditor.parse(text === '' ? '{}\n' : text);
    return document.ok ? jsonEditor.set(document.value, treePath(key), value) : document;
  }
  const document = yamlEditor.parse(text);
  return document.ok ? yamlEditor.set(document.value, treePath(key), value) : document;
}

/** The text without lines of the key that have no effect; only env files have such. */
export function dropDead(text: string, { format, key }: Place): Result<string> {
  if (format !== 'env') return done(text);
  const document = dotenvEditor.parse(text);
  return document.ok ? done(dropRepeated(document.value, key)) : document;
}

function iniPath(key: string): IniPath {
  const dot = key.lastIndexOf('.');
  return dot === -1 ? { section: null, key } : { section: key.slice(0, dot), key: key.slice(dot + 1) };
}

function treePath(key: string): readonly (string | number)[] {
  return key.split('.').map((part) => (/^\d{1,6}$/.test(part) ? Number(part) : part));
}

function readTree<Document extends { readonly text: string }>(
  editor: {
    readonly parse: (text: string) => Result<Document>;
    readonly get: (document: Document, path: readonly (string | number)[]) => unknown;
  },
  text: string,
  key: string,
): Result<unknown> {
  const document = editor.parse(text);
  return document.ok ? done(editor.get(document.value, treePath(key))) : document;
}
