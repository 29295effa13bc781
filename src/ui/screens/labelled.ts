import { hanging, type Line, line, span } from '../lines.ts';

/** A label in front, the text hanging beside it; nothing for an empty text. */
export function labelled(label: string, text: string, width: number): Line[] {
  // A long label keeps its distance.
  const head = label.length < 10 ? label.padEnd(10) : `${label}  `;
  return text === '' ? [] : hanging(line(span(head, 'muted')), text, width);
}
