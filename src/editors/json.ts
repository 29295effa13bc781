// Rules: JSON files are changed where a value stands; keys keep their order, the rest its white space. What is new takes the
// indentation of its neighbours and goes to the end of its object or list; objects on the way are made.
import { isDeepStrictEqual } from 'node:util';
import {
  applyEdits,
  done,
  type Edit,
  type Editor,
  lineEnd,
  type Result,
  refuse,
  startOfLine,
} from './editor.ts';
import { type JsonNode, type JsonValue, parseJson, plainJson } from './json-lexer.ts';

export type JsonDocument = { readonly text: string; readonly root: JsonNode };
/** Keys of objects and indexes of lists; the index behind the last one appends. */
export type JsonPath = readonly (string | number)[];

export const jsonEditor: Editor<JsonDocument, JsonPath, JsonValue> = { parse, get, set, remove };

function parse(text: string): Result<JsonDocument> {
  const root = parseJson(text);
  return root.ok ? done({ text, root: root.value }) : root;
}

function childOf(node: JsonNode, step: string | number): JsonNode | undefined {
  if (node.kind === 'object') return node.members.find(({ key }) => key === step)?.value;
  return node.kind === 'array' && typeof step === 'number' ? node.items[step] : undefined;
}

/** The deepest value on the path that is there, and what of the path is left. */
function walk(root: JsonNode, path: JsonPath): { readonly node: JsonNode; readonly left: JsonPath } {
  let node = root;
  for (const [index, step] of path.entries()) {
    const child = childOf(node, step);
    if (child === undefined) return { node, left: path.slice(index) };
    node = child;
  }
  return { node, left: [] };
}

function get({ root }: JsonDocument, path: JsonPath): JsonValue | undefined {
  const { node, left } = walk(root, path);
  return left.length === 0 ? plainJson(node) : undefined;
}

function set(document: JsonDocument, path: JsonPath, value: JsonValue): Result<string> {
  const { text, root } = document;
  const { node, left } = walk(root, path);
  const [step, ...rest] = left;
  if (step === undefined) {
    if (isDeepStrictEqual(plainJson(node), value)) return done(text);
    const written = render(text, value, { indent: indentAt(text, node.start), isWide: text.includes('\n') });
    return verified(applyEdits(text, [{ start: node.start, end: node.end, text: written }]), path, value);
  }
  const isPlace =
    node.kind === 'object' ? typeof step === 'string' : node.kind === 'array' && step === node.items.length;
  if (!isPlace || rest.some((one) => typeof one === 'number')) {
    const allowed = 'keys of objects, indexes up to the end of a list';
    return refuse({
      what: 'a path through a value that cannot hold it',
      allowed,
      fix: 'choose another path',
    });
  }
  const made = rest.reduceRight<JsonValue>((inner, key) => ({ [key]: inner }), value);
  return verified(applyEdits(text, [insertion(text, node, step, made)]), path, value);
}

/** One more member or item at the end of a container. */
function insertion(
  text: string,
  node: JsonNode,
  ...[step, value]: readonly [string | number, JsonValue]
): Edit {
  const parts =
    node.kind === 'object' ? node.members.map((it) => ({ start: it.start, end: it.value.end })) : [];
  const items = node.kind === 'array' ? node.items : parts;
  const last = items.at(-1);
  const head = typeof step === 'string' ? `${JSON.stringify(step)}:${/":\S/.test(text) ? '' : ' '}` : '';
  const inside = text.slice(node.start, node.end);
  const end = lineEnd(text);
  if (last === undefined) {
    const isWide = text.includes('\n') && node.kind !== 'scalar';
    const outer = indentAt(text, node.start);
    const indent = outer + unitOf(text);
    const written = head + render(text, value, { indent, isWide });
    const body = isWide ? `${end}${indent}${written}${end}${outer}` : written;
    return { start: node.start + 1, end: node.end - 1, text: body };
  }
  const isWide = inside.includes('\n');
  const indent = indentAt(text, last.start);
  const written = head + render(text, value, { indent, isWide });
  const gap = isWide ? `${end}${indent}` : /,\S/.test(inside) ? '' : ' ';
  return { start: last.end, end: last.end, text: `,${gap}${written}` };
}

function remove(document: JsonDocument, path: JsonPath): Result<string> {
  const { text, root } = document;
  const step = path.at(-1);
  const { node, left } = walk(root, path.slice(0, -1));
  if (step === undefined)
    return refuse({ what: 'the whole file', allowed: 'a value in it', fix: 'name a path' });
  if (left.length > 0 || childOf(node, step) === undefined || node.kind === 'scalar') return done(text);
  const parts =
    node.kind === 'array' ? node.items : node.members.map((it) => ({ start: it.start, end: it.value.end }));
  const index = node.kind === 'array' ? Number(step) : node.members.findIndex(({ key }) => key === step);
  const [before, part, after] = [parts[index - 1], parts[index], parts[index + 1]];
  if (part === undefined) return done(text);
  const start = before?.end ?? (after === undefined ? node.start + 1 : part.start);
  const end = before !== undefined ? part.end : (after?.start ?? node.end - 1);
  return done(applyEdits(text, [{ start, end, text: '' }]));
}

function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(startOfLine(text, offset), offset))?.[0] ?? '';
}

/** One level of indentation: as the first indented line has it. */
function unitOf(text: string): string {
  return /\n(\t|[ ]+)\S/.exec(text.slice(0, 20_000))?.[1] ?? '  ';
}

function render(
  text: string,
  value: JsonValue,
  { indent, isWide }: { readonly indent: string; readonly isWide: boolean },
): string {
  const unit = isWide ? unitOf(text) : undefined;
  // JSON.stringify takes at most ten characters for one level.
  return JSON.stringify(value, undefined, unit?.slice(0, 10)).replaceAll('\n', `${lineEnd(text)}${indent}`);
}

/** The text if the value reads back: it always does, unless it holds what JSON cannot (NaN). */
function verified(text: string, path: JsonPath, value: JsonValue): Result<string> {
  const again = parse(text);
  if (again.ok && isDeepStrictEqual(get(again.value, path), value)) return done(text);
  return refuse({
    what: 'a value that does not read back',
    allowed: 'values that JSON has',
    fix: 'choose another value',
  });
}
