// Rules: where a block of Lua inside another file ends: at the brace that pairs with its first one, as Lua pairs them. Braces in
// strings, long brackets and comments do not count.

const OPENING = /\[(=*)\[/y;

/** Offset of the closing brace of the block that opens at `open`; -1 when it does not close. */
export function luaBlockEnd(text: string, open: number): number {
  let depth = 0;
  let at = open;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (depth === 0) return at;
    const next =
      character === '-' && text.charAt(at + 1) === '-' ? skipComment(text, at) : skipString(text, at);
    if (next === -1) return -1;
    at = next;
  }
  return -1;
}

function skipComment(text: string, at: number): number {
  const long = skipLong(text, at + 2);
  if (long !== at + 2) return long;
  const newline = text.indexOf('\n', at);
  return newline === -1 ? text.length : newline;
}

/** Behind the string that begins here; one further when none does; -1 when it does not end. */
function skipString(text: string, at: number): number {
  const quote = text.charAt(at);
  const long = skipLong(text, at);
  if (long !== at) return long;
  if (quote !== '"' && quote !== "'") return at + 1;
  for (let end = at + 1; end < text.length; end += 1) {
    if (text.charAt(end) === '\\') end += 1;
    else if (text.charAt(end) === quote) return end + 1;
  }
  return -1;
}

/** Behind the long bracket that opens here; the same offset when none does; -1 when it does not close. */
function skipLong(text: string, at: number): number {
  OPENING.lastIndex = at;
  const level = OPENING.exec(text)?.[1];
  if (level === undefined) return at;
  const closing = `]${level}]`;
  const end = text.indexOf(closing, at);
  return end === -1 ? -1 : end + closing.length;
}
