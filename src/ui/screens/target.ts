// Which host: a field, and the machines that are known here; what is typed narrows them.
import { cells, cut, hanging, type Line, line, padEnd, safe, span, windowed } from '../lines.ts';
import { offered } from '../machine/dialogs.ts';
import type { View } from './area.ts';
import { withCursor } from './connect.ts';

const HELP =
  'user@host, user@host:port, or an alias from your ssh configuration. Your own ssh settings, keys and agent are used.';

/** Rows of the list that matter more than the help. */
const LEAST = 5;

/** Cells for where a machine is known from. */
const ABOUT = 26;

export const targetView: View = (state, { width, height }) => {
  if (state.screen.name !== 'target') return [];
  const { row, word } = state.screen;
  const list = offered(state, word);
  const head: Line[] = [
    [],
    line(' ', span('Which host shall be hardened?', 'strong')),
    [],
    row === -1
      ? line(span(' > ', 'cursor'), withCursor(word.text, word.cursor))
      : line('   ', span(word.text === '' ? 'type a name instead' : word.text, 'muted')),
    [],
  ];
  const help = hanging(line(' '), HELP, width - 1, 'muted');
  // Machines to choose from say by themselves what a name looks like.
  if (list.length === 0 || height - head.length - help.length - 1 >= Math.min(list.length, LEAST))
    head.push(...help, []);
  const longest = Math.max(0, ...list.map(({ target }) => cells(safe(target))));
  const column = Math.min(longest, Math.max(20, width - ABOUT));
  const rows = list.map(({ target, about }, index) => {
    const name = padEnd(cut(safe(target), column), column);
    const marked = index === row;
    return line(
      marked ? span(' > ', 'cursor') : '   ',
      span(name, marked ? 'strong' : 'plain'),
      span(`  ${about}`, 'muted'),
    );
  });
  if (rows.length === 0 && state.known.length > 0)
    rows.push(line(span(' None of the machines that are known here is called like that.', 'muted')));
  const room = Math.max(1, height - head.length);
  const top = Math.max(0, Math.min(row - room + 1, rows.length - room));
  return windowed([...head, ...rows.slice(top, top + room)], 0, height);
};
