// File name patterns as glob(3) without flags reads them: * ? [set] never match "/" nor a leading dot of a name; a backslash
// takes the next character literally. Needed to tell, without asking the host again, which known file an Include opens.
// Patterns come from the host, so matching is quadratic at worst: no regular expression is made from them.

type Token = { readonly star: boolean; readonly takes: (character: string) => boolean };

/** True when the text is a pattern and not a plain name. */
export function isPattern(text: string): boolean {
  return /[*?[\\]/.test(text);
}

/** A test for one absolute pattern. A broken set ("[a") is taken literally, as glob(3) does. */
export function globMatcher(pattern: string): (path: string) => boolean {
  const segments = pattern.split('/').map((segment) => ({
    tokens: tokenize([...segment]),
    hidden: /^(\.|\\\.)/.test(segment),
  }));
  return (path) => {
    const names = path.split('/');
    return (
      names.length === segments.length &&
      segments.every(({ tokens, hidden }, index) => {
        const name = names[index] ?? '';
        return (hidden || !name.startsWith('.')) && matches(tokens, [...name]);
      })
    );
  };
}

function tokenize(characters: readonly string[]): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === '*') tokens.push({ star: true, takes: () => true });
    else if (character === '?') tokens.push({ star: false, takes: () => true });
    else if (character === '[') {
      const negated = /[!^]/.test(characters[at + 1] ?? '');
      const from = at + (negated ? 2 : 1);
      const close = characters.indexOf(']', from + 1);
      if (close === -1) tokens.push(plain(character));
      else {
        const inside = set(characters.slice(from, close));
        tokens.push({ star: false, takes: (it) => inside(it) !== negated });
        at = close;
      }
    } else if (character === '\\' && at + 1 < characters.length) {
      at += 1;
      tokens.push(plain(characters[at] ?? ''));
    } else tokens.push(plain(character));
  }
  return tokens;
}

function plain(wanted: string): Token {
  return { star: false, takes: (it) => it === wanted };
}

function set(body: readonly string[]): (character: string) => boolean {
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < body.length; at += 1) {
    const first = body[at] ?? '';
    const range = body[at + 1] === '-' && at + 2 < body.length;
    ranges.push([first, range ? (body[at + 2] ?? first) : first]);
    if (range) at += 2;
  }
  return (it) => ranges.some(([low, high]) => low <= it && it <= high);
}

/** Two pointers; on a mismatch only the last star gives way. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    const current = tokens[token];
    if (current?.star) {
      star = token;
      token += 1;
      resume = at;
    } else if (current?.takes(name[at] ?? '')) {
      token += 1;
      at += 1;
    } else if (star !== -1) {
      token = star + 1;
      resume += 1;
      at = resume;
    } else return false;
  }
  while (tokens[token]?.star) token += 1;
  return token === tokens.length;
}
