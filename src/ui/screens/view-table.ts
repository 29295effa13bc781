// A table as lines: the state of a row first, as glyph and word, then its cells as far as they fit; where columns must go, the last ones
// go; below, all that did not fit of the row under the cursor.
import { type RowState, type StepView, shownCells } from '../../model/view.ts';
import { columnWidths, GAP } from '../../text/columns.ts';
import { cells, hanging, type Line, line, padEnd, type Span, safe, span, wrapped } from '../lines.ts';
import type { Tone } from '../theme.ts';

const STATES: Record<RowState, readonly [string, string, Tone]> = {
  good: ['✓', 'good', 'good'],
  bad: ['✗', 'bad', 'bad'],
  unknown: ['?', 'unknown', 'warn'],
  neutral: ['·', 'neutral', 'muted'],
};
/** Cursor, glyph, word, gap. */
export const LEFT = 3 + 9 + GAP;
const LEAST = 8;

/** Widths of the columns that are shown; the first always is. */
export function widthsOf(view: StepView, width: number): readonly number[] {
  const all = [view.columns, ...view.rows.map(shownCells)].map((row) => row.map(safe));
  // The first names the row: two rows whose names are cut alike could not be told apart.
  const named = Math.max(...all.map((row) => cells(row[0] ?? '')));
  const first = Math.min(named, Math.max(LEAST, Math.floor(width / 2)));
  for (let count = view.columns.length; count > 1; count -= 1) {
    const rows = all.map((row) => row.slice(1, count));
    const widths = columnWidths(rows, { width: width - first - GAP, least: LEAST });
    if (widths !== undefined) return [first, ...widths];
  }
  return [Math.max(1, width)];
}

/** Cells side by side; those that contradict each other in their own colour, whoever is under the cursor. */
export function cellSpans(
  texts: readonly string[],
  widths: readonly number[],
  toneOf: (index: number) => Tone,
): readonly Span[] {
  return widths.map((width, index) => {
    const gap = ' '.repeat(index < widths.length - 1 ? GAP : 0);
    return span(padEnd(safe(texts[index] ?? ''), width) + gap, toneOf(index));
  });
}

export function rowLines(view: StepView, at: number, widths: readonly number[]): Line[] {
  return view.rows.map((row, index) => {
    const here = index === at;
    const [glyph, word, tone] = STATES[row.state];
    const mark = span(`${glyph} ${word}`.padEnd(LEFT - 3), tone);
    const plain: Tone = here ? 'cursor' : 'plain';
    const toneOf = (column: number): Tone => (row.differ?.includes(column) ? 'bad' : plain);
    return line(
      here ? span(' ▸ ', 'cursor') : span('   '),
      mark,
      ...cellSpans(shownCells(row), widths, toneOf),
    );
  });
}

/** What the row under the cursor is about, then the cells that are cut or have no place above. */
export function detailLines(
  { view, at }: { readonly view: StepView; readonly at: number },
  widths: readonly number[],
  width: number,
): Line[] {
  const row = view.rows[at];
  if (row === undefined) return [];
  const [glyph, word, tone] = STATES[row.state];
  const means = view.legend[row.state];
  const cut = view.columns.flatMap((column, index) => {
    const text = shownCells(row)[index] ?? '';
    const room = widths[index];
    const whole = room !== undefined && padEnd(safe(text), room).trimEnd() === safe(text).trimEnd();
    return whole ? [] : hanging(line(span(`${safe(column)}: `, 'muted')), text || '–', width);
  });
  const [first, ...others] = row.notes;
  const meaning = `${word}${means === undefined ? '' : `: ${means}`}`;
  // What is the matter with this row comes before what its state means in general.
  return first === undefined
    ? [...hanging(line(span(`${glyph} `, tone)), meaning, width, tone), ...cut]
    : [
        ...hanging(line(span(`${glyph} `, tone)), first, width, tone),
        ...others.flatMap((note) => wrapped(note, width)),
        ...cut,
        ...wrapped(meaning, width, 'muted'),
      ];
}
