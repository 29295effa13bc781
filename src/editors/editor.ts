// Rules: an editor reads text into a document and gives back new text; it never throws and does no I/O. An edit replaces spans
// of the text it was read from and nothing else, so every byte outside of them stays. What cannot be read for certain is
// refused with its place; what cannot be written so that every reader of the file reads it back is refused too.
// Messages never hold a value: it may be a secret.
import type { Problem } from '../model/errors.ts';

/** What is wrong and where; who called knows which file. */
export type EditProblem = Omit<Problem, 'file'>;

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: EditProblem };

/** What every kind of file can do; kinds with an order can do more. */
export type Editor<Document extends { readonly text: string }, Path, Value> = {
  /** Reads the whole file, or says the first thing that makes it unreadable. */
  readonly parse: (text: string) => Result<Document>;
  /** The value in force, or undefined when there is none. */
  readonly get: (document: Document, path: Path) => Value | undefined;
  /** The new text with the value in force; the same text when it is already. */
  readonly set: (document: Document, path: Path, value: Value) => Result<string>;
  /** The new text without it; the same text when it was not there. */
  readonly remove: (document: Document, path: Path) => Result<string>;
};

/** Replace text[start, end) by `text`. */
export type Edit = { readonly start: number; readonly end: number; readonly text: string };

/** Bytes of the largest file that is read. */
const SIZE_LIMIT = 256 * 1024;

export function done<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** A refusal at an offset of the text; without an offset it is about what was asked for. */
export function refuse(it: {
  readonly what: string;
  readonly allowed: string;
  readonly fix?: string;
  readonly at?: { readonly text: string; readonly offset: number };
}): { readonly ok: false; readonly problem: EditProblem } {
  const place = it.at === undefined ? { line: 0, column: 0 } : placeOf(it.at.text, it.at.offset);
  const fix = it.fix ?? 'correct the file by hand and look again';
  return { ok: false, problem: { ...place, what: it.what, allowed: it.allowed, fix } };
}

/** Line and column, from 1, of an offset. */
function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const lines = before.split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/** What holds for every kind: not too large, no NUL, nothing that came from bytes that are not UTF-8. */
export function checkText(
  text: string,
  refused: { readonly mark?: true; readonly loneReturn?: true } = {},
): { readonly ok: false; readonly problem: EditProblem } | undefined {
  if (text.length > SIZE_LIMIT || Buffer.byteLength(text) > SIZE_LIMIT) {
    const what = `the file is larger than ${SIZE_LIMIT / 1024} KiB`;
    return refuse({ what, allowed: `at most ${SIZE_LIMIT / 1024} KiB`, fix: 'edit it by hand' });
  }
  const hostile: readonly (readonly [RegExp, string])[] = [
    [/\0/, 'a NUL character'],
    // U+FFFD stands where a byte could not be read: written back, that byte would be lost.
    [/\ufffd|\p{Cs}/u, 'a character that is not valid UTF-8'],
    ...(refused.mark
      ? ([[/^\ufeff/, 'a byte order mark, which the reader of this file does not skip']] as const)
      : []),
    ...(refused.loneReturn ? ([[/\r(?!\n)/, 'a carriage return that does not end a line']] as const) : []),
  ];
  for (const [pattern, what] of hostile) {
    const offset = text.search(pattern);
    if (offset !== -1) return refuse({ what, allowed: 'UTF-8 text', at: { text, offset } });
  }
  return undefined;
}

/** The text with every edit made; edits do not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let out = '';
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    out += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return out + text.slice(at);
}

/** How the file ends its lines: as its first line does. */
export function lineEnd(text: string): '\n' | '\r\n' {
  return /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n';
}

export function startOfLine(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Offset after the line's own end. */
export function endOfLine(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  return newline === -1 ? text.length : newline + 1;
}

/**
 * The edit that takes text[start, end) away: its whole lines when nothing else stands on them but blanks and, behind it,
 * what `tail` (sticky) matches up to the end of the line; else the span alone.
 */
export function cutOut(it: {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly tail: RegExp;
}): Edit {
  const { text, start, end } = it;
  const from = startOfLine(text, start);
  const to = endOfLine(text, end);
  const tail = new RegExp(it.tail.source, 'y');
  tail.lastIndex = end;
  const rest = tail.exec(text)?.[0].length ?? 0;
  const alone =
    /^[ \t\ufeff]*$/.test(text.slice(from, start)) && /^[\r\n]*$/.test(text.slice(end + rest, to));
  if (!alone) return { start, end, text: '' };
  return { start: text.startsWith('\ufeff') && from === 0 ? 1 : from, end: to, text: '' };
}

/** The edit that puts one line at the end of the file. */
export function appendLine(text: string, line: string): Edit {
  const end = lineEnd(text);
  const gap = text === '' || text === '\ufeff' || text.endsWith('\n') ? '' : end;
  return { start: text.length, end: text.length, text: `${gap}${line}${end}` };
}
