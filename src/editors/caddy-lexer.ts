// Rules: a Caddyfile cut into words as Caddy cuts it. Words end at white space; double quotes (\" inside them), backticks and
// heredocs hold anything; "#" is a comment where a word could begin; a backslash at the end of a line joins the next one.
// Environment variables ({$NAME}) are filled in by Caddy before it cuts, so they stay words here.
import type { Word } from './directive-tree.ts';
import { done, type Result, refuse } from './editor.ts';

/** A word, and whether it is the first of its line. */
export type CaddyWord = Word & { readonly isFirst: boolean };

const SPACE = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

export function lexCaddy(text: string): Result<readonly CaddyWord[]> {
  const words: CaddyWord[] = [];
  let isFirst = true;
  let at = text.startsWith('\ufeff') ? 1 : 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (SPACE.test(character)) {
      if (character === '\n') isFirst = true;
      at += 1;
    } else if (character === '#') {
      const newline = text.indexOf('\n', at);
      at = newline === -1 ? text.length : newline;
    } else if (/^\\\r?\n/.test(text.slice(at, at + 3))) {
      at = text.indexOf('\n', at) + 1;
    } else {
      const word = readWord(text, at);
      if (!word.ok) return word;
      words.push({ ...word.value, isFirst });
      isFirst = false;
      at = word.value.end;
    }
  }
  return done(words);
}

function readWord(text: string, start: number): Result<Word> {
  const first = text.charAt(start);
  if (first === '`') {
    const close = text.indexOf('`', start + 1);
    if (close === -1) return stop(text, start, 'a backtick that is not closed');
    return done({ text: text.slice(start + 1, close), quote: first, start, end: close + 1 });
  }
  if (first === '"') return readQuoted(text, start);
  if (text.startsWith('<<', start)) return readHeredoc(text, start);
  let end = start;
  while (end < text.length && !SPACE.test(text.charAt(end))) {
    // A line joined in the middle of a word, and quotes behind a backslash, are read in ways nobody means.
    if (text.charAt(end) === '\\' && (end === start ? /^["`\s#\\]?$/ : /^\s?$/).test(text.charAt(end + 1))) {
      return stop(text, end, 'a backslash that does not stand alone at the end of its line');
    }
    end += 1;
  }
  const raw = text.slice(start, end);
  const said = raw.replace(/\\(.)/gs, (pair, next: string) => (next === '<' ? next : pair));
  return done({ text: said, quote: '', start, end });
}

function readQuoted(text: string, start: number): Result<Word> {
  let said = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') return done({ text: said, quote: '"', start, end: at + 1 });
    const next = text.charAt(at + 1);
    if (character === '\\' && next !== '') {
      said += next === '"' ? next : character + next;
      at += 1;
    } else said += character;
  }
  return stop(text, start, 'a quote that is not closed');
}

/** <<MARK, lines, and MARK again behind the blanks that are taken off every line. */
function readHeredoc(text: string, start: number): Result<Word> {
  const newline = text.indexOf('\n', start);
  const mark = newline === -1 ? '' : text.slice(start + 2, newline).replace(/\r$/, '');
  if (!/^[A-Za-z0-9_-]+$/.test(mark))
    return stop(text, start, 'a heredoc without a mark of letters and digits');
  const found = text.indexOf(mark, newline + 1);
  const lastLine = text.lastIndexOf('\n', found) + 1;
  const padding = text.slice(lastLine, found);
  if (found === -1 || !/^[ \t]*$/.test(padding)) {
    return stop(text, start, 'a heredoc whose mark does not come back on a line of its own');
  }
  const lines = text
    .slice(newline + 1, lastLine)
    .split('\n')
    .slice(0, -1);
  const isPadded = (line: string): boolean => line.startsWith(padding) || line.trim() === '';
  if (!lines.every(isPadded))
    return stop(text, start, 'a heredoc with a line that is indented less than its end');
  const said = lines.map((line) => `${line.slice(padding.length)}\n`.replaceAll('\r', '')).join('');
  return done({ text: said, quote: '<<', start, end: found + mark.length });
}

function stop(text: string, offset: number, what: string): Result<never> {
  return refuse({ what, allowed: 'words as the Caddyfile documentation has them', at: { text, offset } });
}
