// Rules: env files as docker compose reads them. A key may stand more than once and the last one wins. A change is made in the
// line that wins, in its quotes if they can hold the value; a new key goes to the end.
import { type DotenvDocument, type DotenvEntry, parseDotenv, STATEMENT_TAIL } from './dotenv-lexer.ts';
import { decode, spell } from './dotenv-value.ts';
import {
  appendLine,
  applyEdits,
  checkText,
  cutOut,
  done,
  type Editor,
  type Result,
  refuse,
} from './editor.ts';
import { expand, type Lookup } from './interpolate.ts';

const NEW_KEY = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const dotenvEditor: Editor<DotenvDocument, string, string> = { parse: parseDotenv, get, set, remove };

/** The entry that wins. */
function entryOf(document: DotenvDocument, key: string): DotenvEntry | undefined {
  return document.entries.findLast((entry) => entry.key === key);
}

/** Keys that stand more than once, with how often: all but the last of each have no effect, and may hold old secrets. */
export function repeatedKeys(document: DotenvDocument): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { key } of document.entries) counts.set(key, (counts.get(key) ?? 0) + 1);
  return new Map([...counts].filter(([, count]) => count > 1));
}

/** The value when it is the same in every environment: undefined for a key alone and for a value with variables. */
export function constantOf(entry: DotenvEntry): string | undefined {
  if (entry.written === null) return undefined;
  const { text, isTemplate } = decode(entry.written, entry.quote);
  if (!isTemplate) return text;
  const expanded = expand(text, () => undefined);
  return expanded.ok && expanded.names.length === 0 ? expanded.value : undefined;
}

/**
 * Every value as compose has it with this environment: the environment fills in variables before the file's own earlier keys
 * do. Keys that begin with a digit are left out, as there. Refused where compose refuses the file.
 */
export function readDotenv(
  document: DotenvDocument,
  environment: Lookup,
): Result<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  for (const entry of document.entries) {
    if (entry.written === null) {
      const inherited = environment(entry.key);
      if (inherited !== undefined) values.set(entry.key, inherited);
      continue;
    }
    const { text, isTemplate } = decode(entry.written, entry.quote);
    const lookup = (name: string) => environment(name) ?? values.get(name);
    const expanded = isTemplate ? expand(text, lookup) : { ok: true as const, value: text };
    if (!expanded.ok) {
      const at = { text: document.text, offset: entry.valueStart };
      return refuse({
        what: expanded.what,
        allowed: 'variables such as $NAME, and $$ for a dollar',
        at,
      });
    }
    values.set(entry.key, expanded.value);
  }
  return done(new Map([...values].filter(([key]) => !/^\p{N}/u.test(key))));
}

function get(document: DotenvDocument, key: string): string | undefined {
  const entry = entryOf(document, key);
  return entry === undefined ? undefined : constantOf(entry);
}

function set(document: DotenvDocument, key: string, value: string): Result<string> {
  const entry = entryOf(document, key);
  if (entry !== undefined && !entry.disputed && constantOf(entry) === value) return done(document.text);
  // Nothing before a comment would make the comment the value.
  const isBeforeComment = /^[^\n]*#/.test(entry === undefined ? '' : document.text.slice(entry.end));
  const wished = entry?.quote || (value === '' && isBeforeComment ? "'" : '');
  const spelled = checkText(value) === undefined ? spell(value, wished) : undefined;
  if (spelled === undefined) {
    const allowed = 'text without NUL that does not need a backtick or a last backslash beside quotes';
    return refuse({
      what: `a value for ${key} that its readers do not read alike`,
      allowed,
      fix: 'choose another value',
    });
  }
  if (entry !== undefined) {
    const sign = entry.written === null ? '=' : '';
    return done(
      applyEdits(document.text, [{ start: entry.valueStart, end: entry.end, text: `${sign}${spelled}` }]),
    );
  }
  if (!NEW_KEY.test(key)) {
    const allowed = 'letters, digits and _, not beginning with a digit';
    return refuse({ what: 'a name that no variable can have', allowed, fix: 'choose another name' });
  }
  return done(applyEdits(document.text, [appendLine(document.text, `${key}=${spelled}`)]));
}

/** The text without the lines of the key that have no effect: all but the last. They may hold old secrets. */
export function dropRepeated({ text, entries }: DotenvDocument, key: string): string {
  const gone = entries.filter((entry) => entry.key === key).slice(0, -1);
  const edits = gone.map(({ start, end }) => cutOut({ text, start, end, tail: STATEMENT_TAIL }));
  return applyEdits(text, edits);
}

/** Takes every line of the key away, so that no earlier one comes into force. */
function remove(document: DotenvDocument, key: string): Result<string> {
  const { text } = document;
  const gone = document.entries.filter((entry) => entry.key === key);
  return done(
    applyEdits(
      text,
      gone.map(({ start, end }) => cutOut({ text, start, end, tail: STATEMENT_TAIL })),
    ),
  );
}
