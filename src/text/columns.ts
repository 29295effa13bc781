// Rules: a column is as wide as its widest text while all have room; then the widest give way first, none below what still
// tells something; when even that is too much, there is no table of this width.
import { widthOf } from './wrap.ts';

/** Columns between two cells. */
export const GAP = 2;

/**
 * Widths for `rows` (the heading is one of them) in `room.width` columns of a terminal, GAP between two. A column narrower than
 * `room.least` tells nothing any more, unless all of it is as short. Undefined: they cannot be drawn side by side.
 */
export function columnWidths(
  rows: readonly (readonly string[])[],
  { width, least: floor }: { readonly width: number; readonly least: number },
): readonly number[] | undefined {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const wanted = Array.from({ length: count }, (_, index) =>
    Math.max(...rows.map((row) => widthOf(row[index] ?? ''))),
  );
  const least = wanted.map((it) => Math.min(it, floor));
  const room = width - GAP * (count - 1);
  const sum = (widths: readonly number[]) => widths.reduce((all, it) => all + it, 0);
  if (sum(least) > room) return undefined;
  const widths = [...wanted];
  while (sum(widths) > room) {
    const widest = Math.max(...widths.filter((it, index) => it > (least[index] ?? 0)));
    const at = widths.findIndex((it, index) => it === widest && it > (least[index] ?? 0));
    widths[at] = widest - 1;
  }
  return widths;
}
