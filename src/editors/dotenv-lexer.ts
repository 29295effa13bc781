// Rules: an env file cut into statements as docker compose cuts it. A key may follow "export", end in "=" or ":", or stand alone
// (then the environment gives its value). " #" ends an unquoted value; quoted ones run over lines, and a statement may follow
// another on its line.
import { isDisputed, type Quote } from './dotenv-value.ts';
import { checkText, done, type Result, refuse } from './editor.ts';

export type DotenvEntry = {
  readonly key: string;
  readonly exported: boolean;
  readonly quote: Quote;
  /** As it stands between the quotes; null when the key stands alone. May be a secret. */
  readonly written: string | null;
  /** Earlier releases of compose read this value otherwise. */
  readonly disputed: boolean;
  /** Offsets: the statement from "export" on, and the value with its quotes (both end there). */
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
};

export type DotenvDocument = { readonly text: string; readonly entries: readonly DotenvEntry[] };

// White space as compose knows it: of one line, and over lines.
const BLANKS = '\\t\\v\\f\\r \\u0085\\u00a0';
const SPACES = `${BLANKS}\\n\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000`;
const TRAILING = new RegExp(`[${SPACES}]$`);
/** What may follow a statement on its last line and goes with it. */
export const STATEMENT_TAIL = new RegExp(`[${BLANKS}]*(?:#[^\n]*)?`);

/** Statements in their order; refuses what compose refuses, and what it reads as nothing. */
export function parseDotenv(text: string): Result<DotenvDocument> {
  const hostile = checkText(text);
  if (hostile !== undefined) return hostile;
  const entries: DotenvEntry[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  for (;;) {
    at = skip(text, at, SPACES);
    if (at >= text.length) return done({ text, entries });
    if (text.charAt(at) === '#') {
      const newline = text.indexOf('\n', at);
      at = newline === -1 ? text.length : newline;
      continue;
    }
    const statement = readStatement(text, at);
    if (!statement.ok) return statement;
    entries.push(statement.value.entry);
    at = statement.value.next;
  }
}

type Statement = { readonly entry: DotenvEntry; readonly next: number };

function readStatement(text: string, start: number): Result<Statement> {
  const exported = matchAt(text, start, `export[${BLANKS}\\n]+`);
  const keyStart = start + exported.length;
  const name = matchAt(text, keyStart, `[\\p{L}\\p{N}_.\\-[\\]${BLANKS}]*`);
  const key = trimEnd(name);
  const nameEnd = keyStart + name.length;
  const sign = text.charAt(nameEnd);
  const allowed = 'lines such as KEY=value, and comments that begin with #';
  if (key === '' || exported.includes('\n') || new RegExp(`[${BLANKS}]`).test(key))
    return refuse({
      what: 'a line that is not one key and its value',
      allowed,
      at: { text, offset: keyStart },
    });
  if (sign !== '' && !'=:\n'.includes(sign))
    return refuse({ what: 'a character that a key cannot have', allowed, at: { text, offset: nameEnd } });
  const common = { key, exported: exported !== '', start };
  if (sign === '' || sign === '\n') {
    const end = keyStart + key.length;
    const entry = { ...common, quote: '', written: null, disputed: false, valueStart: end, end } as const;
    return done({ entry, next: nameEnd });
  }
  const valueStart = skip(text, nameEnd + 1, BLANKS);
  const quote = text.charAt(valueStart);
  if (quote !== '"' && quote !== "'") {
    const newline = text.indexOf('\n', valueStart);
    const line = text.slice(valueStart, newline === -1 ? text.length : newline);
    const written = trimEnd(line.split(' #', 1)[0] ?? '');
    // Where nothing or a comment was meant, the value begins right behind the sign: a shell allows no blank there.
    const from = /^(#|$)/.test(written) ? nameEnd + 1 : valueStart;
    const span = { valueStart: from, end: written === '' ? from : valueStart + written.length };
    return done({
      entry: { ...common, ...span, quote: '', written, disputed: false },
      next: valueStart + line.length,
    });
  }
  const close = closingQuote(text, valueStart);
  if (close === -1) {
    const at = { text, offset: valueStart };
    return refuse({ what: 'a quote that is not closed', allowed: 'a closing quote', at });
  }
  const written = text.slice(valueStart + 1, close);
  const disputed = isDisputed(written, quote);
  return done({
    entry: { ...common, quote, written, disputed, valueStart, end: close + 1 },
    next: close + 1,
  });
}

function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at += 1) {
    if (text.charAt(at) === '\\') at += 1;
    else if (text.charAt(at) === text.charAt(open)) return at;
  }
  return -1;
}

function matchAt(text: string, at: number, pattern: string): string {
  const sticky = new RegExp(pattern, 'uy');
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? '';
}

function skip(text: string, at: number, characters: string): number {
  return at + matchAt(text, at, `[${characters}]*`).length;
}

/** A loop: a pattern for trailing space costs the square of the length. */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && TRAILING.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
