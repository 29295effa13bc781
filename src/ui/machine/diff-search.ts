// Search in the diff. Rules: pure; a match is a line of the diff, however many rows it is broken into; what is folded is searched
// too, counted apart, and unfolded by whoever goes there; leaving the search changes nothing else.
import type { DiffRow } from './diff-rows.ts';
import type { Field } from './field.ts';

export type DiffSearch = {
  readonly field: Field;
  /** The text is still being typed; otherwise keys move from match to match. */
  readonly typing: boolean;
  /** Places in all rows, folded ones included. */
  readonly matches: readonly number[];
  /** The match that is shown; -1: none. */
  readonly at: number;
  /** What Escape gives back while the text is typed. */
  readonly from: { readonly top: number; readonly folded: ReadonlySet<string> };
};

const LINES: ReadonlySet<DiffRow['kind']> = new Set(['added', 'removed', 'context']);

/** First rows of the lines in which the text stands, upper and lower case alike; rows that go on belong to the one above them. */
export function matchesOf(all: readonly DiffRow[], text: string): readonly number[] {
  const wanted = text.toLowerCase();
  if (wanted.trim() === '') return [];
  const found: number[] = [];
  for (let start = 0; start < all.length; ) {
    let end = start + 1;
    while (all[end]?.continued === true) end += 1;
    const row = all[start];
    if (row !== undefined) {
      const whole =
        end === start + 1
          ? row.text
          : all
              .slice(start, end)
              .map((it) => it.text)
              .join(LINES.has(row.kind) ? '' : ' ');
      if (whole.toLowerCase().includes(wanted)) found.push(start);
    }
    start = end;
  }
  return found;
}

/** Rows that are in sight: a folded change keeps its title only. */
export function unfoldedRows(all: readonly DiffRow[], folded: ReadonlySet<string>): readonly DiffRow[] {
  return folded.size === 0 ? all : all.filter((row) => row.kind === 'title' || !folded.has(row.change));
}

/** In how many folded changes matches stand, beside their titles. */
export function foldedWithMatches(
  all: readonly DiffRow[],
  { matches }: Pick<DiffSearch, 'matches'>,
  folded: ReadonlySet<string>,
): number {
  const hidden = matches.flatMap((index) => {
    const row = all[index];
    return row !== undefined && row.kind !== 'title' && folded.has(row.change) ? [row.change] : [];
  });
  return new Set(hidden).size;
}

/** The text in pieces; every second one is what was searched for. */
export function marked(text: string, wanted: string): readonly string[] {
  const low = text.toLowerCase();
  const word = wanted.toLowerCase();
  // Letters whose lower case is longer would shift what follows.
  if (word.trim() === '' || low.length !== text.length) return [text];
  const pieces: string[] = [];
  let from = 0;
  for (let at = low.indexOf(word); at >= 0; at = low.indexOf(word, from)) {
    pieces.push(text.slice(from, at), text.slice(at, at + word.length));
    from = at + word.length;
  }
  return [...pieces, text.slice(from)];
}
