// A screen that is longer than its room: what gives way, in which order.
import { type Line, span } from '../lines.ts';

/** Lines that belong together, and what becomes of them where there is not room for all. */
export type Block = {
  readonly lines: readonly Line[];
  /** Down to its first line, with a mark. */
  readonly shortens?: true;
  /** Left out, when that is not enough. */
  readonly goes?: true;
};

function shortened(block: Block): Block {
  const [first = []] = block.lines;
  return { ...block, lines: [[...first, span('…', 'muted')]] };
}

/** In at most `height` lines: empty ones go first, then what is told is shortened from below, then left out from below. */
export function fitting(blocks: readonly Block[], height: number): Line[] {
  const linesOf = (them: readonly Block[]) => them.flatMap((it) => it.lines);
  if (linesOf(blocks).length <= height) return linesOf(blocks);
  let kept = blocks.filter((it) => linesOf([it]).some((one) => one.length > 0));
  while (linesOf(kept).length > height) {
    const long = kept.findLastIndex((it) => it.shortens === true && it.lines.length > 1);
    const idle = kept.findLastIndex((it) => it.goes === true);
    if (long >= 0) kept = kept.map((it, index) => (index === long ? shortened(it) : it));
    else if (idle >= 0) kept = kept.toSpliced(idle, 1);
    else break;
  }
  // What is typed is always in sight.
  const all = linesOf(kept);
  return all.length <= height ? all : [...all.slice(0, 1), ...all.slice(all.length - height + 1)];
}
