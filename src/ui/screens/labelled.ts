import { hanging, type Line, line, span } from '../lines.ts';

/** A label in front, the text hanging beside it; nothing for an empty text. */
export function labelled(label: string, text: string, width: number): Line[] {
  return text === '' ? [] : hanging(line(span(label.padEnd(10), 'muted')), text, width);
}
