// Rules: a list of values that nobody reads in a line is told by how long it is; what it is about stays.

/** Values with so many parts, joined by commas, are lists. */
const LIST = 4;

/** More controls than this, and their reasons are not glued into one text. */
export const MANY_CONTROLS = 2;

/** Parts of a value that is a list; blank ones are left out. */
function partsOf(list: string): readonly string[] {
  return list
    .split(',')
    .map((it) => it.trim())
    .filter((it) => it !== '');
}

/** "KexAlgorithms is a,b,c,d" → "KexAlgorithms is as planned (4 algorithms)"; anything else as it is. */
export function withoutLists(title: string): string {
  return title.replace(/(?<=^(\S+) is )[^\s,]+(?:,[^\s,]+)+(?!\S)/, (list, keyword: string) => {
    const { length } = partsOf(list);
    const what = /algorithms|ciphers|macs/i.test(keyword) ? 'algorithms' : 'values';
    return length < LIST ? list : `as planned (${length} ${what})`;
  });
}

/** How a value changed: a long list by what goes and what comes, or by its new order; undefined for anything else. */
export function listChange(
  before: string,
  after: string,
):
  | { readonly gone: readonly string[]; readonly come: readonly string[]; readonly order: readonly string[] }
  | undefined {
  const [old, now] = [partsOf(before), partsOf(after)];
  if (old.length === 0 || now.length === 0 || Math.max(old.length, now.length) < LIST) return undefined;
  const gone = old.filter((it) => !now.includes(it));
  const come = now.filter((it) => !old.includes(it));
  return { gone, come, order: gone.length + come.length === 0 ? now : [] };
}
