// Rules: where a new directive goes and how it looks: on a line of its own with the indentation of its neighbours, or among them
// where the block stands on one line.
import type { Block, Directive, NewDirective, Syntax } from './directive-tree.ts';
import { type Edit, endOfLine, lineEnd, startOfLine } from './editor.ts';

type Layout = { readonly indent: string; readonly unit: string; readonly end: '\n' | '\r\n' };

/** A directive as it is written, its block over several lines; undefined when a word cannot be written. */
export function render(syntax: Syntax, directive: NewDirective, layout: Layout): string | undefined {
  const { indent, unit, end } = layout;
  const words = directive.args.map((arg) => syntax.write(arg, ''));
  if (words.includes(undefined)) return undefined;
  const head = [directive.name, ...words].join(' ');
  if (directive.children === undefined) return `${head}${syntax.end}`;
  const inside = directive.children.map((child) =>
    render(syntax, child, { ...layout, indent: indent + unit }),
  );
  if (inside.includes(undefined)) return undefined;
  const lines = inside.map((line) => `${indent}${unit}${line}${end}`);
  return `${head} {${end}${lines.join('')}${indent}}`;
}

/** The edit that puts it into the file itself. */
export function atRoot(text: string, isStart: boolean, written: string): Edit {
  const end = lineEnd(text);
  const at = isStart ? (text.startsWith('\ufeff') ? 1 : 0) : text.length;
  const gap = isStart || text === '' || text === '\ufeff' || text.endsWith('\n') ? '' : end;
  return { start: at, end: at, text: `${gap}${written}${end}` };
}

/** The edit that puts it into a block. */
export function inBlock(it: {
  readonly text: string;
  readonly block: Block;
  readonly isStart: boolean;
  readonly written: string;
  readonly indent: string;
}): Edit {
  const { text, block, written, indent } = it;
  const closeLine = startOfLine(text, block.close);
  const isAlone = /^[ \t]*$/.test(text.slice(closeLine, block.close)) && closeLine > block.open;
  const openEnd = endOfLine(text, block.open);
  const isOpen =
    openEnd <= block.close && /^\{[ \t]*(?:#[^\n]*)?\r?\n$/.test(text.slice(block.open, openEnd));
  const line = `${indent}${written}${lineEnd(text)}`;
  if (it.isStart && isOpen) return { start: openEnd, end: openEnd, text: line };
  if (!it.isStart && isAlone) return { start: closeLine, end: closeLine, text: line };
  // A block on one line.
  const last = it.isStart ? undefined : block.children.at(-1);
  const at = last?.end ?? block.open + 1;
  const gap = text.charAt(at) === '}' ? ' ' : '';
  return { start: at, end: at, text: ` ${written}${gap}` };
}

/** The edit that opens a block behind the last word of a directive; a comment behind it goes behind the block. */
export function newBlock(it: {
  readonly text: string;
  readonly parent: Directive;
  readonly written: string;
}): Edit {
  const { text, parent, written } = it;
  const end = lineEnd(text);
  const outer = blanksBefore(text, parent.start) ?? '';
  const at = parent.words.at(-1)?.end ?? parent.end;
  const inner = `${outer}${unitOf(text)}${written}`;
  return { start: at, end: at, text: ` {${end}${inner}${end}${outer}}` };
}

function blanksBefore(text: string, offset: number): string | undefined {
  const before = text.slice(startOfLine(text, offset), offset);
  return /^[ \t]*$/.test(before) ? before : undefined;
}

/** How the directives of a block are indented. */
export function indentIn(text: string, parent: Directive): string {
  const first = parent.block?.children[0];
  const own = first === undefined ? undefined : blanksBefore(text, first.start);
  return own ?? (blanksBefore(text, parent.start) ?? '') + unitOf(text);
}

/** One level of indentation: as the first indented line has it. */
export function unitOf(text: string): string {
  return /^(\t| +)\S/m.exec(text.slice(0, 20_000))?.[1] ?? '    ';
}
