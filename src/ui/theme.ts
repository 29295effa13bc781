// Meaning → look. Rules: semantic tones only; every tone that carries meaning also has a glyph or a word beside it; the 16
// colours of the terminal's own palette, so that light and dark themes both work; no white and no black.

export type Tone =
  | 'plain'
  | 'muted'
  | 'strong'
  | 'good'
  | 'bad'
  | 'warn'
  | 'info'
  | 'added'
  | 'removed'
  | 'dry'
  | 'live'
  | 'armed'
  | 'locked'
  | 'cursor'
  | 'found';

/** Props of Ink's Text. */
export type Look = {
  readonly color?: string;
  readonly bold?: boolean;
  readonly dimColor?: boolean;
  readonly inverse?: boolean;
};

export const LOOKS: Record<Tone, Look> = {
  plain: {},
  muted: { dimColor: true },
  strong: { bold: true },
  good: { color: 'green' },
  bad: { color: 'red' },
  warn: { color: 'yellow' },
  info: { color: 'cyan' },
  added: { color: 'green' },
  removed: { color: 'red' },
  dry: { color: 'yellow', inverse: true, bold: true },
  live: { color: 'green', bold: true },
  armed: { color: 'magenta', inverse: true, bold: true },
  locked: { color: 'red', inverse: true, bold: true },
  cursor: { bold: true, color: 'cyan' },
  found: { inverse: true, bold: true },
};

const ASCII: Record<string, string> = {
  '✓': '+',
  '✗': 'x',
  '▸': '>',
  '●': '*',
  '■': '#',
  '○': 'o',
  '≈': '~',
  '◌': 'o',
  '–': '-',
  '—': '-',
  '…': '.',
  '→': '>',
  '·': '-',
  '│': '|',
  '─': '-',
  '┄': '-',
  '┴': '-',
  '┬': '-',
  '█': '#',
  '▒': '=',
  '░': '.',
  '•': '*',
  '↑': '^',
  '↓': 'v',
  '≥': '>',
  '←': '<',
  '↳': '\\',
  '“': '"',
  '”': '"',
  '’': "'",
  '×': 'x',
  '▏': '_',
};

/** The same text for a terminal without UTF-8: one ASCII character for each of ours, "?" for anything else. */
export function toAscii(text: string): string {
  let plain = '';
  for (const character of text) {
    plain += character >= ' ' && character <= '~' ? character : (ASCII[character] ?? '?');
  }
  return plain;
}

/** Whether the locale names UTF-8: LC_ALL, then LC_CTYPE, then LANG; the first that is set decides. */
export function speaksUtf8(environment: Readonly<Record<string, string | undefined>>): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = environment;
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  return /utf-?8/i.test(locale);
}
