// Rules: widths are columns of a terminal, not characters: wide and combining characters count as they are drawn. Text is
// safe before it comes here. A word longer than the line is cut between graphemes, never inside one. Nothing is measured twice: widths
// of parts are added up, because whoever writes a file of the host chooses how long its lines are.
import stringWidth from 'string-width';

/** Characters of one column and one code unit each: ASCII and the glyphs of ours. Measuring anything else is slow. */
const NARROW = /^[\x20-\x7e\u00b7\u00d7\u2010-\u2027\u2190-\u2193\u2500-\u25ff\u2713\u2717]*$/;

/** Columns of the widest glyph. */
const WIDEST = 2;

/** Columns the text takes when printed. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

/** Lines of at most `width` columns, each led by `indent` (the first by `first` where given). Never empty. */
export function wrap(
  text: string,
  options: { readonly width: number; readonly indent?: string; readonly first?: string },
): readonly string[] {
  const indent = options.indent ?? '';
  const first = options.first ?? indent;
  const room = Math.max(10, options.width - Math.max(widthOf(indent), widthOf(first)));
  const lines = text.split('\n').flatMap((paragraph) => fill(paragraph, room));
  // Blanks alone: other white space of a text is text.
  return lines.map((line, index) => `${index === 0 ? first : indent}${line}`.replace(/[ \t]+$/, ''));
}

function fill(paragraph: string, room: number): readonly string[] {
  return filled(
    paragraph.split(/[ \t]+/).flatMap((one) => parts(one, room)),
    room,
  );
}

/** Some text and the columns it takes. */
export type Gauged = { readonly text: string; readonly width: number };

/** The words in lines of at most `room` columns, one space between two; a word is no wider than a line. */
export function filled(words: readonly Gauged[], room: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const { text, width } of words) {
    if (line === '') {
      line = text;
      used = width;
    } else if (used + 1 + width > room) {
      lines.push(line);
      line = text;
      used = width;
    } else {
      line += ` ${text}`;
      used += 1 + width;
    }
  }
  return [...lines, line];
}

/** The text by graphemes. One that would be wider than any glyph (letters that join without end) is taken apart. */
export function graphemes(text: string): readonly Gauged[] {
  if (NARROW.test(text)) return Array.from(text, (one) => ({ text: one, width: 1 }));
  const each = (one: string): Gauged => ({ text: one, width: widthOf(one) });
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => each(segment)).flatMap((one) =>
    one.width > WIDEST ? Array.from(one.text, each) : [one],
  );
}

/** A word in parts of at most `room` columns, cut wherever the room ends. */
export function parts(word: string, room: number): readonly Gauged[] {
  const whole = widthOf(word);
  if (whole <= room) return [{ text: word, width: whole }];
  const cuts: Gauged[] = [];
  let text = '';
  let width = 0;
  for (const one of graphemes(word)) {
    if (text !== '' && width + one.width > room) {
      cuts.push({ text, width });
      text = '';
      width = 0;
    }
    text += one.text;
    width += one.width;
  }
  return [...cuts, { text, width }];
}

/** The text with spaces up to `width` columns; longer text stays as it is. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** The text cut to `width` columns, the cut marked by `mark`. */
export function cut(text: string, width: number, mark = '…'): string {
  if (widthOf(text) <= width) return text;
  const room = Math.max(0, width - widthOf(mark));
  let kept = '';
  let used = 0;
  for (const one of graphemes(text)) {
    used += one.width;
    if (used > room) break;
    kept += one.text;
  }
  return kept + mark;
}

/** Rows as lines with aligned columns, two spaces between them; the last column is not padded. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : pad(cell, widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
