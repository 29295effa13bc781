// Rules: a Caddyfile as a tree: global options (a block without a name), snippets, sites and their directives; a block opens with
// "{" at the end of a line and closes with "}" on a line of its own. Addresses of a site may run over lines that end in a comma.
// A file with one site may have no braces; then its address is the first directive. Imports are not followed.
import { type CaddyWord, lexCaddy } from './caddy-lexer.ts';
import { directiveEditor } from './directive-editor.ts';
import type { Directive, DirectiveDocument } from './directive-tree.ts';
import { checkText, done, type Result, refuse } from './editor.ts';

const DEPTH_LIMIT = 32;

/** A site is named by its first address. */
export const { editor: caddyEditor, insert: insertCaddy } = directiveEditor({ parse, write, end: '' });

type Open = {
  readonly words: readonly CaddyWord[];
  readonly brace: CaddyWord;
  readonly children: Directive[];
};

const isBrace = (word: CaddyWord | undefined, brace: string): boolean =>
  word?.quote === '' && word.text === brace;

function parse(text: string): Result<DirectiveDocument> {
  // Caddy drops carriage returns, in the middle of words too.
  const hostile = checkText(text, { loneReturn: true });
  if (hostile !== undefined) return hostile;
  const lexed = lexCaddy(text);
  if (!lexed.ok) return lexed;
  const root: Directive[] = [];
  const stack: Open[] = [];
  const stop = (what: string, word: CaddyWord) => {
    const allowed = '"{" at the end of a line and "}" on a line of its own';
    return refuse({ what, allowed, at: { text, offset: word.start } });
  };
  const add = (words: readonly CaddyWord[], end: number, block: Directive['block']): void => {
    (stack.at(-1)?.children ?? root).push({
      words,
      start: words[0]?.start ?? block?.open ?? end,
      end,
      block,
    });
  };
  for (const line of linesOf(lexed.value)) {
    const [first] = line;
    const last = line.at(-1);
    if (first === undefined || last === undefined) continue;
    const odd = line.find((word, index) => {
      const isOpening = isBrace(word, '{') && word !== last;
      return isOpening || isBrace(word, '{}') || (isBrace(word, '}') && (index > 0 || line.length > 1));
    });
    if (odd !== undefined) return stop('a brace that shares its line', odd);
    if (isBrace(first, '}')) {
      const closed = stack.pop();
      if (closed === undefined) return stop('a "}" that closes nothing', first);
      const block = {
        open: closed.brace.start,
        close: first.start,
        opaque: false,
        children: closed.children,
      };
      add(closed.words, first.end, block);
    } else if (isBrace(last, '{')) {
      const words = line.slice(0, -1);
      const isGlobal = words.length === 0 && stack.length === 0 && root.length === 0;
      if (words.length === 0 && !isGlobal) return stop('a "{" on a line of its own', last);
      if (stack.length >= DEPTH_LIMIT) return stop(`blocks nested deeper than ${DEPTH_LIMIT}`, last);
      stack.push({ words, brace: last, children: [] });
    } else add(line, last.end, null);
  }
  const open = stack.at(-1);
  if (open !== undefined) return stop('a block that is not closed', open.brace);
  return done({ text, children: root });
}

/** Words by line; addresses outside of blocks go on behind a comma. */
function linesOf(words: readonly CaddyWord[]): readonly (readonly CaddyWord[])[] {
  const lines: CaddyWord[][] = [];
  let depth = 0;
  // Without braces the rest of the file is one site, where a comma means nothing.
  let isBare = false;
  for (const word of words) {
    const line = lines.at(-1);
    const before = line?.at(-1);
    const goesOn = depth === 0 && !isBare && before?.quote === '' && before.text.endsWith(',');
    if (line !== undefined && (!word.isFirst || goesOn)) line.push(word);
    else {
      const isWhole =
        line === undefined || isBrace(before, '{') || isBrace(before, '}') || line[0]?.text === 'import';
      if (depth === 0 && !isWhole) isBare = true;
      lines.push([word]);
    }
    if (isBrace(word, '{')) depth += 1;
    if (isBrace(word, '}')) depth -= 1;
  }
  return lines;
}

function write(text: string, quote: string): string | undefined {
  if (checkText(text) !== undefined) return undefined;
  const bare =
    /^[^\s\u0085"`#\\<][^\s\u0085"`\\]*$/.test(text) && !/^(?:\{|\}|\{\})$/.test(text) ? text : undefined;
  const tick = text.includes('`') ? undefined : `\`${text}\``;
  // In double quotes a backslash hides a quote and nothing else, itself neither: before a quote it cannot be written.
  const double = /\\(?:"|$)/.test(text) ? undefined : `"${text.replaceAll('"', '\\"')}"`;
  if (quote === '"') return double ?? tick;
  if (quote === '`') return tick ?? double;
  return bare ?? double ?? tick;
}
