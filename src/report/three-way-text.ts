import type { TransactionSides } from '../model/three-way.ts';
import { wrap } from '../text/wrap.ts';
import { drawn, paint, type Style, safe } from './style.ts';
import { THREE_WAY_LEGEND, type ThreeWayRow, threeWayRows } from './three-way.ts';

/** The three-way view for the command line and the lines; `chosen` newest first. */
export function threeWayText(
  sides: readonly TransactionSides[],
  chosen: readonly { readonly id: string; readonly step: string }[],
  style: Style,
): string {
  const rows = threeWayRows(sides, chosen);
  const legend = rows.some(({ kind }) => kind === 'line')
    ? [paint(drawn(THREE_WAY_LEGEND, style), 'quiet', style)]
    : [];
  return `${[...legend, ...rows.flatMap((row) => rowLines(row, style))].join('\n')}\n`;
}

function rowLines({ kind, text, mark = '' }: ThreeWayRow, style: Style): readonly string[] {
  const said = (indent: string): readonly string[] =>
    wrap(safe(text, style), { width: style.columns, indent });
  switch (kind) {
    case 'title':
      return [paint(safe(text, style), 'strong', style)];
    case 'object':
      return said('  ');
    case 'warn':
      return wrap(`! ${safe(text, style)}`, { width: style.columns, indent: '    ' }).map((line) =>
        paint(line, 'warn', style),
      );
    case 'fact':
      return said('    ');
    case 'fold':
      return [paint(`      ${drawn('…', style)} ${safe(text, style)}`, 'quiet', style)];
    case 'line':
      // A line of a file is not wrapped: it may be copied.
      return [`    ${drawn(mark, style)}  ${safe(text, style)}`];
    case 'blank':
      return [''];
  }
}
