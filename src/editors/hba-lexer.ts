// Rules: pg_hba.conf cut into lines and fields as PostgreSQL cuts it. A backslash at the end of a line joins the next one to it,
// in comments too (from release 14 on). Blanks part fields, commas join words into one field, double quotes hide both and
// comments; two of them stand for one. A word that begins with a quote loses its special meaning.
import { checkText, done, endOfLine, type Result, refuse } from './editor.ts';

/** `all`, `+group`, `@file` and the like are special only where `quoted` is false. */
export type HbaWord = { readonly text: string; readonly quoted: boolean };
export type HbaField = { readonly words: readonly HbaWord[]; readonly start: number; readonly end: number };

/** A line that says something; start..end are the offsets of its lines, the last line's end included. */
export type HbaLine = {
  readonly fields: readonly HbaField[];
  readonly start: number;
  readonly end: number;
  /** Joined from several lines: releases before 14 read it otherwise. */
  readonly joined: boolean;
};

export function lexHba(text: string): Result<readonly HbaLine[]> {
  const hostile = checkText(text, { mark: true });
  if (hostile !== undefined) return hostile;
  const lines: HbaLine[] = [];
  let start = 0;
  while (start < text.length) {
    const pieces: Piece[] = [];
    let logical = '';
    let next = start;
    for (let goesOn = true; goesOn && next < text.length; ) {
      const end = endOfLine(text, next);
      const content = stripEnd(text.slice(next, end));
      goesOn = content.endsWith('\\');
      pieces.push({ logical: logical.length, file: next });
      logical += goesOn ? content.slice(0, -1) : content;
      next = end;
    }
    const fields = readFields(logical);
    if (typeof fields === 'number') {
      const at = { text, offset: inFile(pieces, fields) };
      return refuse({ what: 'a quote that is not closed', allowed: 'a closing quote on the same line', at });
    }
    if (fields.length > 0) {
      const placed = fields.map((field) => ({
        words: field.words,
        start: inFile(pieces, field.start),
        end: inFile(pieces, field.end - 1) + 1,
      }));
      lines.push({ fields: placed, start, end: next, joined: pieces.length > 1 });
    }
    start = next;
  }
  return done(lines);
}

type Piece = { readonly logical: number; readonly file: number };

function inFile(pieces: readonly Piece[], offset: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((pieces[middle]?.logical ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  const piece = pieces[low] ?? { logical: 0, file: 0 };
  return piece.file + offset - piece.logical;
}

/** A loop: a pattern for trailing characters costs the square of the length. */
function stripEnd(line: string): string {
  let end = line.length;
  while (end > 0 && '\r\n'.includes(line.charAt(end - 1))) end -= 1;
  return line.slice(0, end);
}

const isBlank = (character: string): boolean => character === ' ' || character === '\t' || character === '\r';

/** The fields of one joined line, or the offset of a quote that is not closed. */
function readFields(line: string): readonly HbaField[] | number {
  const fields: HbaField[] = [];
  let at = 0;
  let open: { words: HbaWord[]; start: number; end: number } | undefined;
  for (;;) {
    while (at < line.length && (isBlank(line.charAt(at)) || line.charAt(at) === ',')) at += 1;
    if (at >= line.length || line.charAt(at) === '#') break;
    const word = readWord(line, at);
    if (typeof word === 'number') return word;
    open ??= { words: [], start: at, end: at };
    open.words.push(word.word);
    open.end = word.end;
    at = word.end;
    // A comma right behind the word: the next word belongs to the same field, whatever blanks come first.
    if (line.charAt(at) === ',') continue;
    fields.push(open);
    open = undefined;
  }
  if (open !== undefined) fields.push(open);
  return fields;
}

function readWord(line: string, start: number): { readonly word: HbaWord; readonly end: number } | number {
  let text = '';
  let quotedFrom = -1;
  let justClosed = false;
  let at = start;
  for (; at < line.length; at += 1) {
    const character = line.charAt(at);
    const isOpen = quotedFrom !== -1;
    if (!isOpen && (isBlank(character) || character === ',' || character === '#')) break;
    if (character === '"') {
      if (justClosed) text += '"';
      justClosed = isOpen;
      quotedFrom = isOpen ? -1 : at;
    } else {
      text += character;
      justClosed = false;
    }
  }
  if (quotedFrom !== -1) return quotedFrom;
  return { word: { text, quoted: line.charAt(start) === '"' }, end: at };
}
