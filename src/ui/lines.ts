// A screen is a list of lines, a line is a list of spans. Rules: every piece of text enters through span(), which
// sanitises it, so that no screen can show raw bytes of a host; widths are terminal cells, not characters.
import { sanitize } from '../text/sanitize.ts';
import { filled, type Gauged, graphemes, parts, widthOf } from '../text/wrap.ts';
import type { Tone } from './theme.ts';

export type Span = { readonly text: string; readonly tone: Tone };
export type Line = readonly Span[];

/** Longest piece of text a line is made from; what is longer could not be on a screen anyway. */
const LONGEST = 2000;
const PLAIN = /^[\x20-\x7e]*$/;

export function safe(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return PLAIN.test(cut) ? cut : sanitize(cut).replaceAll('\n', '\\n').replaceAll('\t', '    ');
}

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text: safe(text), tone };
}

export function line(...spans: (Span | string)[]): Line {
  return spans.map((piece) => (typeof piece === 'string' ? span(piece) : piece));
}

export function cells(text: string): number {
  return widthOf(text);
}

export function lineWidth(it: Line): number {
  return it.reduce((sum, piece) => sum + cells(piece.text), 0);
}

/** The text in at most `width` cells; a cut is marked with "…". */
export function cut(text: string, width: number): string {
  if (cells(text) <= width) return text;
  if (width <= 0) return '';
  let kept = '';
  let used = 0;
  for (const character of text) {
    const next = cells(character);
    if (used + next > width - 1) break;
    kept += character;
    used += next;
  }
  return `${kept}…`;
}

export function padEnd(text: string, width: number): string {
  const shown = cut(text, width);
  return shown + ' '.repeat(Math.max(0, width - cells(shown)));
}

/** Exactly `width` cells: cut with a mark, or filled with spaces. */
export function fitted(it: Line, width: number): Line {
  const pieces: Span[] = [];
  let left = width;
  const tooWide = lineWidth(it) > width;
  for (const piece of it) {
    const size = cells(piece.text);
    if (size < left || (size === left && !tooWide)) {
      pieces.push(piece);
      left -= size;
      continue;
    }
    const text = cut(`${piece.text} `.repeat(size === left ? 2 : 1), left);
    pieces.push({ text, tone: piece.tone });
    left -= cells(text);
    break;
  }
  if (left > 0) pieces.push({ text: ' '.repeat(left), tone: 'plain' });
  return pieces;
}

/** `left` and `right` at the two ends of one line; the left one gives way. */
export function ends(left: Line, right: Line, width: number): Line {
  const room = Math.max(0, width - lineWidth(right));
  return [...fitted(left, room), ...right];
}

/** A line of a file in pieces of at most `width` cells that are the line again when joined: cut after a blank where one is near. */
export function linePieces(text: string, width: number): string[] {
  if (cells(text) <= width) return [text];
  const all = graphemes(text);
  const pieces: string[] = [];
  let start = 0;
  let used = 0;
  let blank = 0;
  for (const [at, { text: sign, width: size }] of all.entries()) {
    if (used + size > width && at > start) {
      const end = blank - start > (at - start) / 2 ? blank : at;
      pieces.push(joined(all, start, end));
      start = end;
      used = all.slice(end, at).reduce((sum, one) => sum + one.width, 0);
    }
    used += size;
    if (sign === ' ') blank = at + 1;
  }
  return [...pieces, joined(all, start, all.length)];
}

function joined(all: readonly Gauged[], start: number, end: number): string {
  return all
    .slice(start, end)
    .map(({ text }) => text)
    .join('');
}

/** Paragraph text in lines of at most `width` cells. Newlines stay; words longer than a line are broken. */
export function wrap(text: string, width: number): string[] {
  const room = Math.max(4, width);
  return text.split('\n').flatMap((paragraph) => {
    const words = safe(paragraph).split(/ +/);
    return filled(
      words.flatMap((word) => parts(word, room)),
      room,
    );
  });
}

export function wrapped(text: string, width: number, tone: Tone = 'plain', indent = 0): Line[] {
  const margin = ' '.repeat(indent);
  return wrap(text, width - indent).map((it) => [{ text: margin + it, tone }]);
}

/** First line starts with `head`, the others are indented below it. */
export function hanging(head: Line, text: string, width: number, tone: Tone = 'plain'): Line[] {
  const indent = lineWidth(head);
  const [first = '', ...rest] = wrap(text, width - indent);
  return [[...head, { text: first, tone }], ...rest.map((it) => [{ text: ' '.repeat(indent) + it, tone }])];
}

/** `height` lines from `top`, filled with empty ones. */
export function windowed(lines: readonly Line[], top: number, height: number): Line[] {
  const start = Math.max(0, Math.min(top, lines.length - height));
  const shown = lines.slice(start, start + height);
  return [...shown, ...Array.from({ length: Math.max(0, height - shown.length) }, (): Line => [])];
}

/** "3–20 of 45", or nothing when all of it is shown. */
export function position(total: number, top: number, height: number): string {
  if (total <= height) return '';
  const start = Math.max(0, Math.min(top, total - height));
  return `${start + 1}–${Math.min(total, start + height)} of ${total}`;
}

export function rule(width: number, words = '', tone: Tone = 'muted', dash = '─'): Line {
  if (words === '') return [{ text: dash.repeat(width), tone: 'muted' }];
  const label = cut(` ${safe(words)} `, Math.max(0, width - 2));
  return [
    { text: dash.repeat(2), tone: 'muted' },
    { text: label, tone },
    { text: dash.repeat(Math.max(0, width - 2 - cells(label))), tone: 'muted' },
  ];
}

export function plainText(lines: readonly Line[]): string {
  return lines
    .map((it) =>
      it
        .map((piece) => piece.text)
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
