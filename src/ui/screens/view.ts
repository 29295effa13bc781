// Any table of any step: the state of a row first, as glyph and word, then its cells as far as they fit; below, all that did not
// fit of the row under the cursor. Where columns must go, the last ones go.
import type { RowState, StepView } from '../../model/view.ts';
import { columnWidths, GAP } from '../../text/columns.ts';
import { hanging, type Line, line, padEnd, position, rule, safe, span, windowed, wrapped } from '../lines.ts';
import { shownView, viewsOf } from '../machine/view.ts';
import type { Tone } from '../theme.ts';
import type { View } from './area.ts';

const STATES: Record<RowState, readonly [string, string, Tone]> = {
  good: ['✓', 'good', 'good'],
  bad: ['✗', 'bad', 'bad'],
  unknown: ['?', 'unknown', 'warn'],
  neutral: ['·', 'neutral', 'muted'],
};
/** Cursor, glyph, word, gap. */
const LEFT = 3 + 9 + GAP;
const LEAST = 8;

/** Widths of the columns that are shown; the first always is. */
function widthsOf(view: StepView, width: number): readonly number[] {
  const all = [view.columns, ...view.rows.map((row) => row.cells)].map((row) => row.map(safe));
  for (let count = view.columns.length; count > 1; count -= 1) {
    const rows = all.map((row) => row.slice(0, count));
    const widths = columnWidths(rows, { width, least: LEAST });
    if (widths !== undefined) return widths;
  }
  return [Math.max(1, width)];
}

function cellsLine(texts: readonly string[], widths: readonly number[]): string {
  return widths.map((width, index) => padEnd(safe(texts[index] ?? ''), width)).join(' '.repeat(GAP));
}

function rowLines(view: StepView, at: number, widths: readonly number[]): Line[] {
  return view.rows.map((row, index) => {
    const here = index === at;
    const [glyph, word, tone] = STATES[row.state];
    const mark = span(`${glyph} ${word}`.padEnd(LEFT - 3), tone);
    return line(
      here ? span(' ▸ ', 'cursor') : span('   '),
      mark,
      span(cellsLine(row.cells, widths), here ? 'cursor' : 'plain'),
    );
  });
}

/** What the row under the cursor is about, then the cells that are cut or have no place above. */
function detailLines(
  { view, at }: { readonly view: StepView; readonly at: number },
  widths: readonly number[],
  width: number,
): Line[] {
  const row = view.rows[at];
  if (row === undefined) return [];
  const [glyph, word, tone] = STATES[row.state];
  const means = view.legend[row.state];
  const cut = view.columns.flatMap((column, index) => {
    const text = row.cells[index] ?? '';
    const room = widths[index];
    const whole = room !== undefined && padEnd(safe(text), room).trimEnd() === safe(text).trimEnd();
    return whole ? [] : hanging(line(span(`${safe(column)}: `, 'muted')), text || '–', width);
  });
  return [
    ...hanging(
      line(span(`${glyph} `, tone)),
      `${word}${means === undefined ? '' : `: ${means}`}`,
      width,
      tone,
    ),
    ...row.notes.flatMap((note) => wrapped(note, width)),
    ...cut,
  ];
}

export const viewView: View = (state, { width, height }) => {
  if (state.screen.name !== 'view') return [];
  const shown = shownView(state, state.screen);
  if (shown === undefined) return [line(' This step has no tables any more.')];
  const { view, at } = shown;
  const { length } = viewsOf(state);
  const title = line(
    span(` ${view.title}`, 'strong'),
    span(length > 1 ? `  table ${state.screen.table + 1} of ${length}` : '', 'muted'),
  );
  const head = [title, ...wrapped(view.about, width - 2, 'muted', 1)];
  if (view.rows.length === 0) return [...head, [], ...wrapped(view.empty, width - 2, 'plain', 1)];
  const widths = widthsOf(view, width - LEFT - 1);
  const columns = line(span(' '.repeat(LEFT) + cellsLine(view.columns, widths), 'muted'));
  const detail = detailLines(shown, widths, width - 2).map((it): Line => [span(' '), ...it]);
  const room = height - head.length - 2;
  const forDetail = Math.min(
    detail.length,
    Math.max(3, room - Math.min(view.rows.length, Math.ceil(room / 2))),
  );
  const forRows = Math.max(1, room - forDetail);
  const top = Math.max(0, Math.min(view.rows.length - forRows, at - Math.floor(forRows / 2)));
  const told =
    detail.length > forDetail
      ? [...detail.slice(0, forDetail - 1), line(span(' … portcullis check --view tells all of it', 'muted'))]
      : detail;
  return [
    ...head,
    columns,
    ...windowed(rowLines(view, at, widths), top, forRows),
    rule(width, position(view.rows.length, top, forRows)),
    ...told,
  ];
};
