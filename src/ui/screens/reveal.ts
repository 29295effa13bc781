// New values, shown because somebody asked for it. Rules: opened here, for this frame; each begins on a line of its own and is whole.
import { hanging, type Line, line, span, wrapped } from '../lines.ts';
import type { Document } from './area.ts';

const ABOUT =
  'They are shown now and not again: this screen leaves nothing in the scrollback, and nothing of them is written on this machine. On the host they stand in their files.';

export const revealDocument: Document = ({ screen }, width) => {
  if (screen.name !== 'reveal') return [];
  return [
    [],
    line(span(' New secrets, shown once', 'strong')),
    ...wrapped(ABOUT, width - 2, 'muted', 1),
    ...screen.secrets.flatMap(({ name, path, value }): Line[] => [
      [],
      ...hanging(line(span(` ${name}`, 'strong'), span('  ')), path, width - 1, 'muted'),
      ...pieces(value.open().toString('utf8'), width - 3).map((piece) => line(` ${piece}`)),
    ]),
    ...(screen.secrets.length === 0 ? [[], line(' There are none any more.')] : []),
  ];
};

function pieces(text: string, width: number): readonly string[] {
  return text.match(new RegExp(`.{1,${Math.max(1, width)}}`, 'g')) ?? [];
}
