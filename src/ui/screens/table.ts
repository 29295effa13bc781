// An answer as a table: rows that stay whatever is answered, the answer's own, and ready ones; below, all about the row under the cursor,
// or the row as it is typed, cell by cell, with what is wrong with it.
import { columnWidths, GAP } from '../../text/columns.ts';
import { type Line, line, padEnd, position, rule, safe, span, windowed, wrapped } from '../lines.ts';
import { type TableSight, tableSight } from '../machine/table.ts';
import type { View } from './area.ts';
import { formLines, offerLines } from './table-form.ts';

/** Cursor, what the row is, gap. */
const LEFT = 3 + 6 + GAP;
const LEAST = 6;

type Row = { readonly line: Line; readonly at?: number };

function rowsOf(sight: TableSight, width: number): Row[] {
  const { question, lines, at } = sight;
  const titles = question.table.columns.map(({ title }) => title);
  const cells = lines.flatMap((it) => (it.kind === 'offer' ? [] : [it.cells.map(safe)]));
  const widths = columnWidths([titles, ...cells], { width: width - LEFT - 1, least: LEAST }) ?? [
    width - LEFT,
  ];
  const side = (texts: readonly string[]) =>
    widths.map((it, index) => padEnd(safe(texts[index] ?? ''), it)).join(' '.repeat(GAP));
  const head: Row = { line: line(span(' '.repeat(LEFT) + side(titles), 'muted')) };
  const all = lines.map((it, index): Row => {
    const here = index === at;
    const mark = here ? span(' ▸ ', 'cursor') : span('   ');
    const tone = here ? 'cursor' : 'plain';
    if (it.kind === 'offer')
      return { at: index, line: line(mark, span('· ', 'muted'), span(it.offer.text, tone)) };
    const word = span(padEnd(it.kind === 'pinned' ? 'fixed' : '', LEFT - 3), 'muted');
    return { at: index, line: line(mark, word, span(side(it.cells), tone)) };
  });
  const first = lines.findIndex(({ kind }) => kind === 'offer');
  if (first < 0) return [head, ...all];
  const heading: Row = { line: line(span(` ${question.table.offered ?? 'Ready rows'}`, 'strong')) };
  return [head, ...all.slice(0, first), heading, ...all.slice(first)];
}

function detailLines({ question, lines, at }: TableSight, width: number): Line[] {
  const here = lines[at];
  if (here === undefined) return wrapped(`Nothing is in the list. ${question.help}`, width);
  if (here.kind === 'pinned') return wrapped(`${here.why}.`, width);
  if (here.kind === 'entry')
    return [...wrapped(here.entry, width, 'strong'), ...wrapped(question.help, width, 'muted')];
  const labels = here.offer.choices.map(({ label }) => label);
  return wrapped(`${here.offer.text}. Enter: ${[...labels, here.offer.leave].join(', or ')}.`, width);
}

export const tableView: View = (state, { width, height }) => {
  if (state.screen.name !== 'table') return [];
  const { screen } = state;
  const sight = tableSight(state, screen);
  if (sight === undefined) return [line(' This question is not asked any more.')];
  const { question, changed, at } = sight;
  const title = line(
    span(` ${question.prompt}`, 'strong'),
    span(changed ? '  changed; t takes it' : '', 'info'),
  );
  const inner = width - 2;
  const below =
    screen.form === null
      ? detailLines(sight, inner)
      : screen.form.kind === 'row'
        ? formLines(sight, screen, inner)
        : offerLines(screen.form, inner);
  const rows = rowsOf(sight, width);
  const room = height - 2;
  // What is typed, and what is wrong with it, must be seen whole; else rows come first.
  const most = screen.form === null ? Math.max(2, Math.floor(room / 2)) : room;
  const forBelow = Math.min(below.length, most);
  const forRows = Math.max(0, room - forBelow);
  const cursor = rows.findIndex((row) => row.at === at);
  const top = cursor < forRows - 1 ? 0 : cursor - Math.floor(forRows / 2);
  return [
    title,
    ...(forRows > 0
      ? windowed(
          rows.map((row) => row.line),
          top,
          forRows,
        )
      : []),
    rule(width, position(rows.length, top, forRows)),
    ...below.slice(0, forBelow).map((it): Line => [span(' '), ...it]),
  ];
};
