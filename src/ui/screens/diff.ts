// Every change line by line. Only the rows in the window become lines.
import { type Line, line, padEnd, position, type Span, safe, span } from '../lines.ts';
import { diffHeight } from '../machine/diff.ts';
import type { DiffRow } from '../machine/diff-rows.ts';
import { type DiffSearch, foldedWithMatches, marked } from '../machine/diff-search.ts';
import type { Screen } from '../machine/state.ts';
import type { Tone } from '../theme.ts';
import type { View } from './area.ts';
import { withCursor } from './connect.ts';
import { count } from './words.ts';

type Look = readonly [head: string, tone: Tone];

/** What stands before a row, and how it looks. A line that goes on keeps its sign: what was added is seen without colour, and from the middle of the screen. */
function lookOf({ kind, continued }: DiffRow): Look {
  const on = continued ? '↳' : ' ';
  switch (kind) {
    case 'title':
      return [' ', 'strong'];
    case 'why':
      return ['   ', 'plain'];
    case 'effective':
      return [continued ? '     ' : '   ', 'info'];
    case 'hunk':
      return ['   … ', 'muted'];
    case 'note':
      return ['   ', 'muted'];
    case 'added':
      return [` +${on}`, 'added'];
    case 'removed':
      return [` -${on}`, 'removed'];
    case 'context':
      return [`  ${on}`, 'plain'];
    case 'blank':
      return ['', 'plain'];
  }
}

function rowLine(row: DiffRow, width: number, search: DiffSearch | null, here: boolean): Line {
  const [head, tone] = lookOf(row);
  if (row.kind === 'blank') return [];
  const text = row.kind === 'title' ? padEnd(safe(row.text), width - 1) : row.text;
  if (search === null) return line(span(head + text, tone));
  const pieces = marked(text, search.field.text);
  const spans = pieces.map((piece, index): Span => span(piece, index % 2 === 1 ? 'found' : tone));
  // The mark in the margin says it without colour: this match, another one.
  const mark = here ? '▸' : pieces.length > 1 ? '•' : ' ';
  return line(span(mark, 'cursor'), span(head.slice(1), tone), ...spans);
}

function searchWords(screen: Screen & { name: 'diff' }, search: DiffSearch): string {
  const { matches, at } = search;
  if (search.field.text.trim() === '') return 'type what to look for';
  if (matches.length === 0) return 'no match';
  const parts = foldedWithMatches(screen.all, search, screen.folded);
  const hidden = parts === 0 ? '' : `, some in ${count(parts, 'folded part')}`;
  return `match ${at + 1} of ${matches.length}${hidden}`;
}

function headLine(screen: Screen & { name: 'diff' }, where: string): Line {
  const { search } = screen;
  if (search === null)
    return line(span(' What will be changed', 'strong'), span(where === '' ? '' : `  ${where}`, 'muted'));
  const { text, cursor } = search.field;
  const typed = search.typing ? withCursor(text, cursor) : text;
  return line(
    span(' /', 'cursor'),
    search.typing ? typed : span(typed, 'strong'),
    span(`  ${searchWords(screen, search)}`, search.matches.length === 0 ? 'warn' : 'info'),
    span(where === '' ? '' : `  line ${where}`, 'muted'),
  );
}

export const diffView: View = (state, { width, height }) => {
  const { screen } = state;
  if (screen.name !== 'diff') return [];
  const { rows, folded, search } = screen;
  const room = Math.min(height - 1, diffHeight(state));
  const start = Math.max(0, Math.min(screen.top, rows.length - room));
  const match = search === null ? undefined : screen.all[search.matches[search.at] ?? -1];
  const shown = rows.slice(start, start + room).map((row) => {
    const closed = row.kind === 'title' && folded.has(row.change);
    const drawn = rowLine(row, closed ? width - 10 : width, search, row === match);
    return closed ? [...drawn, span('  folded', 'muted')] : drawn;
  });
  return [headLine(screen, position(rows.length, start, room)), ...shown];
};
