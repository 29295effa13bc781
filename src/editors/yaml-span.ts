// Rules: where in a YAML text a value is put, and what is taken away with it. These are proposals: yaml.ts parses every result and
// refuses one that says anything else, so the rare layouts need no rules here.
import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, type Node } from 'yaml';
import { type Edit, endOfLine, lineEnd, startOfLine } from './editor.ts';
import { doubleQuoted, writeScalar, type YamlScalar } from './yaml-scalar.ts';

type YamlValue = YamlScalar | readonly YamlScalar[];

/** A node, the collection that holds it, and the steps below it that are not there yet. */
export type Spot = {
  readonly node: Node | null;
  readonly parent: { readonly node: Node; readonly index: number } | undefined;
  readonly left: readonly (string | number)[];
};

const UNIT = '  ';

/** The edit that puts the value there, with the maps on the way to it. */
export function replacing(text: string, spot: Spot, value: YamlValue): Edit | undefined {
  const { node, left } = spot;
  if (left.length > 0)
    return node === null || isScalar(node) ? below(text, spot, value) : adding(text, node, left, value);
  if (node === null) return undefined;
  const [start, end] = node.range ?? [0, 0];
  if (isCollection(node)) {
    const isFlat = node.flow === true && isSeq(node) && node.items.every((item) => isScalar(item));
    const written = isFlat ? inFlow(value) : undefined;
    return written === undefined || !Array.isArray(value) ? undefined : { start, end, text: written };
  }
  const written = Array.isArray(value) ? inFlow(value) : scalarAt(text, node, value as YamlScalar);
  if (written === undefined) return undefined;
  if (isAlias(node) || end > start) {
    // A block runs to the end of its last line; what replaces it ends that line too.
    const isLine = text.slice(start, end).endsWith('\n') && !written.endsWith('\n');
    return { start, end, text: isLine ? `${written}${lineEnd(text)}` : written };
  }
  const before = /[\s]$/.test(text.slice(0, start)) || start === 0 ? '' : ' ';
  const after = /^[^\s]/.test(text.slice(start)) ? ' ' : '';
  return { start, end, text: `${before}${written}${after}` };
}

function scalarAt(text: string, node: Node, value: YamlScalar): string | undefined {
  const type = isScalar(node) ? (node.type ?? 'PLAIN') : 'PLAIN';
  const start = node.range?.[0] ?? 0;
  const line = text.slice(startOfLine(text, start), start);
  const indent = (/^[ ]*(?:- +)*/.exec(line)?.[0].length ?? 0) + UNIT.length;
  return writeScalar(value, { type, indent: ' '.repeat(indent), end: lineEnd(text) });
}

function inFlow(value: YamlValue): string | undefined {
  const write = (one: YamlScalar) => writeScalar(one, { type: 'PLAIN', indent: '', end: '\n' });
  if (!Array.isArray(value)) return write(value as YamlScalar);
  const items = value.map(write);
  return items.includes(undefined) ? undefined : `[${items.join(', ')}]`;
}

function keyText(step: string | number): string | undefined {
  return writeScalar(String(step), { type: 'PLAIN', indent: '', end: '\n' }) ?? doubleQuoted(String(step));
}

/** "a: b: value" as lines of a block, the first without indentation. */
function asBlock(
  steps: readonly (string | number)[],
  value: YamlValue,
  ...[indent, end]: [string, string]
): string | undefined {
  const written = inFlow(value);
  if (written === undefined || steps.some((step) => typeof step === 'number')) return undefined;
  const lines = steps.map((step, depth) => `${indent}${UNIT.repeat(depth)}${keyText(step)}:`);
  return `${lines.join(end)} ${written}${end}`;
}

/** Under a key that has nothing yet, or in a file without values. */
function below(text: string, { node, parent, left }: Spot, value: YamlValue): Edit | undefined {
  const end = lineEnd(text);
  if (parent === undefined) {
    const written = asBlock(left, value, '', end);
    const gap = text === '' || text === '\ufeff' || text.endsWith('\n') ? '' : end;
    return written === undefined ? undefined : { start: text.length, end: text.length, text: gap + written };
  }
  const [start, stop] = node?.range ?? [-1, -1];
  if (start === -1 || start !== stop) return undefined;
  const line = text.slice(startOfLine(text, start), start);
  const indent = ' '.repeat((/^[ ]*(?:- +)*/.exec(line)?.[0].length ?? 0) + UNIT.length);
  const written = asBlock(left, value, indent, end);
  const at = endOfLine(text, start);
  const gap = text.slice(0, at).endsWith('\n') ? '' : end;
  return written === undefined ? undefined : { start: at, end: at, text: gap + written };
}

/** One more pair or item at the end of a collection. */
function adding(
  text: string,
  node: Node,
  ...[left, value]: readonly [Spot['left'], YamlValue]
): Edit | undefined {
  if (!isCollection(node)) return undefined;
  const [start, stop] = node.range ?? [0, 0];
  const last = endOfItem(node, node.items.length - 1);
  const [step, ...rest] = left;
  if (step === undefined || (isSeq(node) && (step !== node.items.length || rest.length > 0)))
    return undefined;
  if (node.flow) {
    const written = inFlow(value);
    if (written === undefined || rest.length > 0) return undefined;
    const one = isMap(node) ? `${keyText(step)}: ${written}` : written;
    const at = last ?? start + 1;
    return at > stop ? undefined : { start: at, end: at, text: last === undefined ? one : `, ${one}` };
  }
  const end = lineEnd(text);
  const indent = ' '.repeat(start - startOfLine(text, start));
  const written = isSeq(node) ? inFlow(value) : asBlock(left, value, indent, end);
  if (written === undefined || last === undefined) return undefined;
  const lines = isSeq(node) ? `${indent}- ${written}${end}` : written;
  const at = text.slice(0, last).endsWith('\n') ? last : endOfLine(text, last);
  const gap = text.slice(0, at).endsWith('\n') ? '' : end;
  return { start: at, end: at, text: gap + lines };
}

function spanOf(item: unknown): readonly [number, number] | undefined {
  const [first, second] = isPair(item)
    ? [item.key as Node | null, item.value as Node | null]
    : [item as Node | null, null];
  const from = first?.range?.[0];
  const to = second?.range?.[1] ?? first?.range?.[1];
  return from === undefined || to === undefined ? undefined : [from, to];
}

function endOfItem(node: Node, index: number): number | undefined {
  return isCollection(node) ? spanOf(node.items[index])?.[1] : undefined;
}

/** The edit that takes the item away: its lines, or what stands between it and its neighbour. */
export function cutting(text: string, { parent, left }: Spot): Edit | undefined {
  if (parent === undefined || left.length > 0 || !isCollection(parent.node)) return undefined;
  const { items, flow } = parent.node;
  const [before, span, after] = [-1, 0, 1].map((offset) => spanOf(items[parent.index + offset]));
  if (span === undefined) return undefined;
  if (flow) {
    const start = before?.[1] ?? span[0];
    const end = before === undefined ? (after?.[0] ?? span[1]) : span[1];
    return { start, end, text: '' };
  }
  const line = startOfLine(text, span[0]);
  const end = text.slice(0, span[1]).endsWith('\n') ? span[1] : endOfLine(text, span[1]);
  const isAlone = (isSeq(parent.node) ? /^[ ]*- *$/ : /^[ \ufeff]*$/).test(text.slice(line, span[0]));
  if (isAlone) return { start: line, end, text: '' };
  // The first pair of a list item: what follows takes its place behind the dash, unless a comment stands between.
  if (after === undefined || /#/.test(text.slice(span[1], after[0]))) return undefined;
  return { start: span[0], end: after[0], text: '' };
}
