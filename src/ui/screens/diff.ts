// Every change line by line. Only the rows in the window become lines.
import { type Line, line, padEnd, position, safe, span } from '../lines.ts';
import { diffHeight } from '../machine/diff.ts';
import type { DiffRow } from '../machine/diff-rows.ts';
import type { View } from './area.ts';

function rowLine(row: DiffRow, width: number): Line {
  switch (row.kind) {
    case 'title':
      return line(span(padEnd(` ${safe(row.text)}`, width), 'strong'));
    case 'why':
      return line(span(`   ${row.text}`));
    case 'effective':
      return line(span(row.continued ? '     ' : '   ', 'info'), span(row.text, 'info'));
    case 'hunk':
      return line(span(`   … ${row.text}`, 'muted'));
    case 'note':
      return line(span(`   ${row.text}`, 'muted'));
    // A line that goes on keeps its sign: what was added is seen without colour, and from the middle of the screen.
    case 'added':
      return line(span(` +${row.continued ? '↳' : ' '}${row.text}`, 'added'));
    case 'removed':
      return line(span(` -${row.continued ? '↳' : ' '}${row.text}`, 'removed'));
    case 'context':
      return line(span(`  ${row.continued ? '↳' : ' '}${row.text}`));
    case 'blank':
      return [];
  }
}

export const diffView: View = (state, { width, height }) => {
  if (state.screen.name !== 'diff') return [];
  const { rows, folded } = state.screen;
  const room = Math.min(height - 1, diffHeight(state));
  const top = Math.max(0, Math.min(state.screen.top, rows.length - room));
  const start = Math.max(0, top);
  const shown = rows.slice(start, start + room).map((row) => {
    const closed = row.kind === 'title' && folded.has(row.change);
    return closed ? [...rowLine(row, width - 10), span('  folded', 'muted')] : rowLine(row, width);
  });
  const where = position(rows.length, start, room);
  const head = line(span(' What will be changed', 'strong'), span(`  ${where}`, 'muted'));
  return [head, ...shown];
};
