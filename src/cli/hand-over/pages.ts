// Which values go on one screen together. Rules: each whole, with its name; one that alone is larger than the screen has one of its own.
type Entry = { readonly name: string; readonly path: string; readonly length: number };

/** Indexes, a page each. */
export function pagesOf(
  entries: readonly Entry[],
  { rows, columns }: { readonly rows: number; readonly columns: number },
): readonly (readonly number[])[] {
  const room = rows - 4;
  const pages: number[][] = [];
  let left = 0;
  for (const [index, { name, path, length }] of entries.entries()) {
    const needs =
      1 + Math.ceil((name.length + path.length + 4) / columns) + Math.max(1, Math.ceil(length / columns));
    if (needs > left || pages.length === 0) {
      pages.push([]);
      left = room;
    }
    pages.at(-1)?.push(index);
    left -= needs;
  }
  return pages;
}
