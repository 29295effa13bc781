// Rules: variables in values as docker compose reads them: $NAME, ${NAME}, and ${NAME} with a default (:- and -), with words
// instead of a value (:+ and +) or with a message when it is missing (:? and ?); defaults may hold variables again. "$$" is one
// dollar. Any other dollar is an error there, so it is one here.

/** undefined = not set. */
export type Lookup = (name: string) => string | undefined;

export type Expanded =
  | { readonly ok: true; readonly value: string; readonly names: readonly string[] }
  | { readonly ok: false; readonly what: string; readonly offset: number };

const DEPTH_LIMIT = 16;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;

/** The value with its variables filled in, and the names that were asked for. Offsets count in `template`. */
export function expand(template: string, lookup: Lookup, depth = 0): Expanded {
  const names: string[] = [];
  let value = '';
  let at = 0;
  while (at < template.length) {
    const dollar = template.indexOf('$', at);
    if (dollar === -1) break;
    value += template.slice(at, dollar);
    at = dollar + 1;
    const next = template.charAt(at);
    if (next === '$') {
      value += '$';
      at += 1;
      continue;
    }
    const braced = next === '{';
    NAME.lastIndex = braced ? at + 1 : at;
    const name = NAME.exec(template)?.[0];
    const close = braced ? closing(template, at) : NAME.lastIndex - 1;
    if (name === undefined || close === -1)
      return { ok: false, what: 'a "$" that begins no variable', offset: dollar };
    names.push(name);
    const rest = braced ? template.slice(NAME.lastIndex, close) : '';
    const filled = fill({ name, rest, lookup, depth });
    if (!filled.ok) return { ...filled, offset: dollar };
    names.push(...filled.names);
    value += filled.value;
    at = close + 1;
  }
  return { ok: true, value: value + template.slice(at), names };
}

/** Offset of the brace that closes the one at `open`, variables inside skipped; -1 when none does. */
function closing(template: string, open: number): number {
  let depth = 0;
  for (let at = open; at < template.length; at += 1) {
    const character = template.charAt(at);
    if (character === '{' && (at === open || template.charAt(at - 1) === '$')) depth += 1;
    if (character !== '}') continue;
    depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

/** What stands for one variable: `rest` is what follows its name inside the braces. */
function fill(it: {
  readonly name: string;
  readonly rest: string;
  readonly lookup: Lookup;
  readonly depth: number;
}): Expanded {
  const operator = /^(:?)([-+?])/.exec(it.rest);
  if (it.rest !== '' && operator === null)
    return { ok: false, what: 'a "${" that cannot be read', offset: 0 };
  if (it.depth >= DEPTH_LIMIT)
    return { ok: false, what: `variables nested deeper than ${DEPTH_LIMIT}`, offset: 0 };
  const current = it.lookup(it.name);
  const isSet = current !== undefined && (operator?.[1] !== ':' || current !== '');
  const other = expand(it.rest.slice(operator?.[0].length ?? 0), it.lookup, it.depth + 1);
  if (!other.ok) return other;
  const names = other.names;
  switch (operator?.[2]) {
    case '-':
      return { ok: true, value: isSet ? current : other.value, names };
    case '+':
      return { ok: true, value: isSet ? other.value : '', names };
    case '?':
      if (!isSet) return { ok: false, what: 'a variable that must be set and is not', offset: 0 };
      return { ok: true, value: current, names };
    default:
      return { ok: true, value: current ?? '', names };
  }
}
