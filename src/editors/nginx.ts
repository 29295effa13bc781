// Rules: nginx configuration cut into words as nginx cuts it. Words end at blanks, ";" and "{"; quotes count where a word begins;
// a backslash hides the next character; "${" belongs to a variable; "#" is a comment where a word could begin. Includes are not
// followed. Lua blocks are another language: their end is found as Lua finds it, and what is in them is not touched.
// nginx has no way to write a dollar that is not a variable, so none is made here.
import { directiveEditor } from './directive-editor.ts';
import type { Directive, DirectiveDocument, Word } from './directive-tree.ts';
import { checkText, done, type Result, refuse } from './editor.ts';
import { luaBlockEnd } from './lua-block.ts';

const DEPTH_LIMIT = 32;
const BLANKS = ' \t\r\n';

export const { editor: nginxEditor, insert: insertNginx } = directiveEditor({ parse, write, end: ';' });

type Open = { readonly words: readonly Word[]; readonly brace: number; readonly children: Directive[] };

function parse(text: string): Result<DirectiveDocument> {
  const hostile = checkText(text, { mark: true });
  if (hostile !== undefined) return hostile;
  const root: Directive[] = [];
  const stack: Open[] = [];
  let words: Word[] = [];
  let at = 0;
  const stop = (what: string, offset: number, allowed = 'a directive that ends in ";" or has a block') =>
    refuse({ what, allowed, at: { text, offset } });
  const add = (block: Directive['block'], of: readonly Word[], end: number): void => {
    (stack.at(-1)?.children ?? root).push({ words: of, start: of[0]?.start ?? end, end, block });
  };
  while (at < text.length) {
    const character = text.charAt(at);
    if (BLANKS.includes(character)) at += 1;
    else if (character === '#') {
      const newline = text.indexOf('\n', at);
      at = newline === -1 ? text.length : newline;
    } else if (character === ';') {
      if (words.length === 0) return stop('a ";" that ends nothing', at);
      add(null, words, at + 1);
      words = [];
      at += 1;
    } else if (character === '{') {
      const [name] = words;
      if (name === undefined) return stop('a block without a name', at);
      if (stack.length >= DEPTH_LIMIT)
        return stop(`blocks nested deeper than ${DEPTH_LIMIT}`, at, 'fewer blocks');
      if (name.text.endsWith('_by_lua_block')) {
        const close = luaBlockEnd(text, at);
        if (close === -1) return stop('a Lua block that is not closed', at, 'its closing brace');
        add({ open: at, close, opaque: true, children: [] }, words, close + 1);
        at = close;
      } else stack.push({ words, brace: at, children: [] });
      words = [];
      at += 1;
    } else if (character === '}') {
      if (words.length > 0) return stop('a "}" behind a directive that has no ";"', at);
      const closed = stack.pop();
      if (closed === undefined) return stop('a "}" that closes nothing', at);
      add({ open: closed.brace, close: at, opaque: false, children: closed.children }, closed.words, at + 1);
      at += 1;
    } else {
      const word = readWord(text, at);
      if (typeof word === 'number')
        return stop('a quote that is not closed, or text right behind it', word, 'a blank');
      words.push(word);
      at = word.end;
    }
  }
  const [open, unended] = [stack.at(-1), words[0]];
  if (unended !== undefined) return stop('a directive that does not end', unended.start);
  if (open !== undefined) return stop('a block that is not closed', open.brace, 'its closing brace');
  return done({ text, children: root });
}

/** The word that begins here, or the offset of what is wrong with it. */
function readWord(text: string, start: number): Word | number {
  const first = text.charAt(start);
  if (first === '"' || first === "'") {
    for (let at = start + 1; at < text.length; at += 1) {
      const character = text.charAt(at);
      if (character === '\\') at += 1;
      if (character !== first) continue;
      const next = text.charAt(at + 1);
      if (next !== '' && !`${BLANKS};{)`.includes(next)) return at + 1;
      return { text: decode(text.slice(start + 1, at)), quote: first, start, end: at + 1 };
    }
    return start;
  }
  let at = start;
  let isVariable = false;
  for (; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '{' && isVariable) continue;
    isVariable = character === '$';
    if (character === '\\') at += 1;
    else if (`${BLANKS};{`.includes(character)) break;
  }
  const end = Math.min(at, text.length);
  return { text: decode(text.slice(start, end)), quote: '', start, end };
}

function decode(raw: string): string {
  const letters: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n' };
  return raw.replace(/\\(["'\\trn])/g, (_pair, character: string) => letters[character] ?? character);
}

function write(text: string, quote: string): string | undefined {
  if (checkText(text) !== undefined) return undefined;
  if (quote === '' && /^(?!#)[^\s;{}"'\\]+$/.test(text)) return text;
  const mark = quote === "'" ? "'" : '"';
  const letters: Readonly<Record<string, string>> = { '\t': '\\t', '\r': '\\r', '\n': '\\n' };
  const inside = text
    .replace(/[\\\t\r\n]/g, (character) => letters[character] ?? '\\\\')
    .replaceAll(mark, `\\${mark}`);
  return `${mark}${inside}${mark}`;
}
