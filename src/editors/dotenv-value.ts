// Rules: what a value in an env file says, and how to write one. Read as docker compose does today; where its earlier releases
// read the same spelling otherwise, the value is disputed. Written only in spellings that every compose, a shell that sources
// the file and systemd read alike; a value without such a spelling has none.

export type Quote = '' | "'" | '"';

/** What a letter after a backslash stands for in double quotes; the others are spelled out below. */
const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  '\\': '\\',
  // Two dollars: the dollar is literal after variables are filled in.
  $: '$$',
};

/** The value between the quotes, before variables are filled in; `isTemplate` when they will be. */
export function decode(
  written: string,
  quote: Quote,
): { readonly text: string; readonly isTemplate: boolean } {
  if (quote === '') return { text: written, isTemplate: true };
  const bare = written.replace(/\\(.)/gs, (pair, next: string) => (next === quote ? next : pair));
  return quote === "'" ? { text: bare, isTemplate: false } : { text: readEscapes(bare), isTemplate: true };
}

/** A quoted value that earlier releases of compose end elsewhere, or read otherwise. */
export function isDisputed(written: string, quote: Quote): boolean {
  if (quote === '') return false;
  // They ended a value at the first quote without a backslash before it, and kept the backslash.
  if (written.endsWith('\\')) return true;
  const earlier = quote === "'" ? written : readEscapes(written);
  return decode(written, quote).text !== earlier;
}

function readEscapes(text: string): string {
  return text.replace(/\\([abcfnrtv$"\\]|0\d{0,3})/g, (pair, code: string) => {
    if (!code.startsWith('0')) return ESCAPES[code] ?? pair;
    const digits = code.slice(1);
    const value = /^[0-7]{3}$/.test(digits) ? Number.parseInt(digits, 8) : 256;
    return value > 255 ? `\\${digits}` : String.fromCharCode(value);
  });
}

/** The value with its quotes as it may be written, in the wished quotes if they can hold it; undefined = no safe spelling. */
export function spell(value: string, wished: Quote): string | undefined {
  const order: readonly Quote[] = [wished, '', "'", '"'];
  for (const quote of order) {
    const spelled = SPELLINGS[quote](value);
    if (spelled !== undefined) return spelled;
  }
  return undefined;
}

const SPELLINGS: Readonly<Record<Quote, (value: string) => string | undefined>> = {
  '': (value) => (/^[A-Za-z0-9_.,:@%+=/^-]*$/.test(value) ? value : undefined),
  "'": (value) => (/['\\]/.test(value) ? undefined : `'${value}'`),
  // A backtick would be run by a shell and a backslash before it kept by compose; one at the end hides the quote from old ones.
  '"': (value) => (/`|\\$/.test(value) ? undefined : `"${value.replace(/[\\"$]/g, '\\$&')}"`),
};
