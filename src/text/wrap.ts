// Rules: widths are columns of a terminal, not characters: wide and combining characters count as they are drawn. Text is
// safe before it comes here. A word longer than the line is cut between graphemes, never inside one.
import stringWidth from 'string-width';

/** Characters of one column and one code unit each: ASCII and the glyphs of ours. Measuring anything else is slow. */
const NARROW = /^[\x20-\x7e\u00b7\u00d7\u2010-\u2027\u2190-\u2193\u2500-\u25ff\u2713\u2717]*$/;

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
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(/[ \t]+/).flatMap((one) => pieces(one, room))) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** A word in parts that fit. */
function pieces(word: string, room: number): readonly string[] {
  if (widthOf(word) <= room) return [word];
  const parts: string[] = [];
  let part = '';
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    if (part !== '' && widthOf(part) + widthOf(segment) > room) {
      parts.push(part);
      part = '';
    }
    part += segment;
  }
  return [...parts, part];
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
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (widthOf(kept) + widthOf(segment) > room) break;
    kept += segment;
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
