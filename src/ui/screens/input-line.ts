import { type Line, padEnd, span } from '../lines.ts';
import type { Field } from '../machine/field.ts';
import { withCursor } from './connect.ts';

/** One answer of a form: its label, what was typed (its end, where it is long), and in words what belongs there while it is empty. */
export function inputLine(
  {
    label,
    help,
    here,
    field,
  }: {
    readonly label: string;
    readonly help: string;
    readonly here: boolean;
    readonly field: Field;
  },
  width: number,
): Line {
  const { text, cursor } = field;
  const head = [span(here ? ' ▸ ' : '   ', 'cursor'), span(padEnd(label, 16), here ? 'strong' : 'plain')];
  if (!here && text === '') return [...head, span(help, 'muted')];
  const room = Math.max(8, width - 21);
  const value = here ? withCursor(text, cursor) : text;
  const points = Array.from(value);
  const tail = points.length > room ? `…${points.slice(1 - room).join('')}` : value;
  return [
    ...head,
    span(tail, here ? 'cursor' : 'plain'),
    ...(text === '' ? [span(`  ${help}`, 'muted')] : []),
  ];
}
