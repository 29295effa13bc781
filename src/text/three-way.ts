// Three texts as one list of lines, each with a mark for every text it stands in. Rules: the one in the middle is the spine, so
// its lines come in its order; what would take too long to compare is not compared at all, never half.
import { diffArrays } from 'diff';

export type ThreeWayLine = {
  readonly before: boolean;
  readonly ours: boolean;
  readonly now: boolean;
  /** As it is in the text; not safe to show. */
  readonly text: string;
};

const TIMEOUT_MILLISECONDS = 500;

/** Undefined: comparing would take too long. A text that does not exist has no lines. */
export function threeWayLines(it: {
  readonly before: string | null;
  readonly ours: string | null;
  readonly now: string | null;
}): readonly ThreeWayLine[] | undefined {
  const [before, ours, now] = [linesOf(it.before), linesOf(it.ours), linesOf(it.now)];
  const old = aligned(ours, before, 'above');
  const fresh = aligned(ours, now, 'below');
  if (old === undefined || fresh === undefined) return undefined;
  const lines: ThreeWayLine[] = [];
  for (let at = 0; at <= ours.length; at += 1) {
    const gap = betweenLines(old.gaps[at] ?? [], fresh.gaps[at] ?? []);
    if (gap === undefined) return undefined;
    lines.push(...gap);
    const text = ours[at];
    if (text !== undefined)
      lines.push({ before: old.same.has(at), ours: true, now: fresh.same.has(at), text });
  }
  return lines;
}

function linesOf(text: string | null): readonly string[] {
  if (text === null || text === '') return [];
  const lines = text.split('\n');
  return text.endsWith('\n') ? lines.slice(0, -1) : lines;
}

type Aligned = {
  /** Lines of the spine that the other has too. */
  readonly same: ReadonlySet<number>;
  /** Lines of the other alone, by the line of the spine that they come before. */
  readonly gaps: readonly (readonly string[])[];
};

/** Where lines of both take each other's place, those of the other stand above or below. */
function aligned(
  spine: readonly string[],
  other: readonly string[],
  where: 'above' | 'below',
): Aligned | undefined {
  const [first, second] = where === 'above' ? [other, spine] : [spine, other];
  const parts = diffArrays([...first], [...second], { timeout: TIMEOUT_MILLISECONDS });
  if (parts === undefined) return undefined;
  const same = new Set<number>();
  const gaps: string[][] = Array.from({ length: spine.length + 1 }, () => []);
  let at = 0;
  for (const part of parts) {
    const alone = part.added ? second : part.removed ? first : undefined;
    if (alone === other) gaps[at]?.push(...part.value);
    else {
      if (alone === undefined)
        for (let index = 0; index < part.value.length; index += 1) same.add(at + index);
      at += part.value.length;
    }
  }
  return { same, gaps };
}

/** What stands between two lines of the spine: a line that was there before may have come back. */
function betweenLines(old: readonly string[], fresh: readonly string[]): readonly ThreeWayLine[] | undefined {
  if (old.length === 0 && fresh.length === 0) return [];
  const parts = diffArrays([...old], [...fresh], { timeout: TIMEOUT_MILLISECONDS });
  return parts?.flatMap((part) =>
    part.value.map((text) => ({ before: !part.added, ours: false, now: !part.removed, text })),
  );
}
