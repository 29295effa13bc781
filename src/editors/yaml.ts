// Rules: the parser finds where a value stands and the text is changed there; comments, anchors, quotes and blocks elsewhere stay
// as they are. Every result is parsed again and must hold the one value that was meant and all others as before: so a change
// behind an anchor that others use, or through an alias, is refused. What is new goes to the end of its map or list.
// One document a file; at most 32 levels and 100 aliases.
import { isDeepStrictEqual } from 'node:util';
import { type Document, isCollection, isMap, isScalar, isSeq, type Node, parseDocument, visit } from 'yaml';
import { DEPTH_LIMIT, tooDeepLine } from '../text/nesting.ts';
import { applyEdits, checkText, done, type Edit, type Editor, type Result, refuse } from './editor.ts';
import type { YamlScalar } from './yaml-scalar.ts';
import { cutting, replacing, type Spot } from './yaml-span.ts';

export type YamlValue = YamlScalar | readonly YamlScalar[];
/** Keys of maps and indexes of lists; the index behind the last one appends. */
export type YamlPath = readonly (string | number)[];

export type YamlDocument = {
  readonly text: string;
  readonly tree: Document;
  /** All values, aliases and merge keys filled in; maps and lists of their own everywhere. */
  readonly plain: unknown;
};

export const yamlEditor: Editor<YamlDocument, YamlPath, YamlValue> = { parse, get, set, remove };

function parse(text: string): Result<YamlDocument> {
  const hostile = checkText(text, { loneReturn: true });
  if (hostile !== undefined) return hostile;
  const deep = tooDeepLine(text);
  if (deep !== undefined) {
    const offset = text
      .split('\n')
      .slice(0, deep - 1)
      .join('\n').length;
    const allowed = `at most ${DEPTH_LIMIT} levels`;
    return refuse({ what: `nested deeper than ${DEPTH_LIMIT} levels`, allowed, at: { text, offset } });
  }
  try {
    const tree = parseDocument(text, {
      merge: true,
      prettyErrors: false,
      logLevel: 'error',
      uniqueKeys: false,
    });
    const [error] = tree.errors;
    const repeated = error === undefined ? repeatedKey(tree) : undefined;
    if (repeated !== undefined) {
      return refuse({
        what: 'a key that stands twice',
        allowed: 'each key once',
        at: { text, offset: repeated },
      });
    }
    if (error === undefined) return done({ text, tree, plain: unshared(tree.toJS({ maxAliasCount: 100 })) });
    // The parser's own message quotes what it stumbles over; its code holds no value.
    const what = `not readable as YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`;
    return refuse({ what, allowed: 'one document of YAML 1.2', at: { text, offset: error.pos[0] } });
  } catch {
    return refuse({
      what: 'aliases that cannot be filled in',
      allowed: 'at most 100 aliases, without loops',
    });
  }
}

/** Where a key stands for the second time in its map. The parser's own search costs the square of the number of keys. */
function repeatedKey(tree: Document): number | undefined {
  let found: number | undefined;
  visit(tree, {
    Map: (_key, map) => {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? String(key.value) : '';
        if (isScalar(key) && seen.has(name)) found ??= key.range?.[0] ?? 0;
        seen.add(name);
      }
      return found === undefined ? undefined : visit.BREAK;
    },
  });
  return found;
}

/** A copy in which nothing is the same object twice. */
function unshared(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unshared);
  if (value === null || typeof value !== 'object') return value;
  return new Map(Object.entries(value).map(([key, inner]) => [key, unshared(inner)]));
}

function childOf(value: unknown, step: string | number): unknown {
  if (value instanceof Map) return value.get(String(step));
  return Array.isArray(value) && typeof step === 'number' ? value[step] : undefined;
}

function get(document: YamlDocument, path: YamlPath): YamlValue | undefined {
  const value = path.reduce(childOf, document.plain);
  const isScalarValue = (one: unknown): boolean => one === null || typeof one !== 'object';
  if (Array.isArray(value)) return value.every(isScalarValue) ? (value as YamlScalar[]) : undefined;
  return isScalarValue(value) ? (value as YamlScalar | undefined) : undefined;
}

function set(document: YamlDocument, path: YamlPath, value: YamlValue): Result<string> {
  const { text, plain } = document;
  for (const one of [value].flat()) {
    const hostile = typeof one === 'string' ? checkText(one) : undefined;
    if (hostile !== undefined) return { ok: false, problem: { ...hostile.problem, line: 0, column: 0 } };
  }
  if (
    path.length > 0 &&
    isDeepStrictEqual(get(document, path), value) &&
    spotOf(document, path)?.left.length === 0
  )
    return done(text);
  const spot = spotOf(document, path);
  const edit = spot === undefined ? undefined : replacing(text, spot, value);
  return verified(text, edit, withAt(plain, path, value));
}

function remove(document: YamlDocument, path: YamlPath): Result<string> {
  const { text, plain } = document;
  const above = path.slice(0, -1).reduce(childOf, plain);
  const last = path.at(-1);
  if (last === undefined || childOf(above, last) === undefined) return done(text);
  const spot = spotOf(document, path);
  const edit = spot === undefined ? undefined : cutting(text, spot);
  return verified(text, edit, withAt(plain, path, undefined));
}

/** The deepest node on the path that is written there itself; undefined where an alias or a scalar stands in the way. */
function spotOf({ tree }: YamlDocument, path: YamlPath): Spot | undefined {
  let node = tree.contents as Node | null;
  let parent: Spot['parent'];
  for (const [index, step] of path.entries()) {
    const left = path.slice(index);
    if (node === null || (isScalar(node) && node.value === null)) return { node, parent, left };
    if (!isCollection(node)) return undefined;
    const at: number = isMap(node)
      ? node.items.findIndex(({ key }) => isScalar(key) && String(key.value) === String(step))
      : Number(step);
    const item: unknown = node.items[at];
    if (item === undefined) return { node, parent, left };
    parent = { node, index: at };
    const child: unknown = isSeq(node) ? item : (item as { value: unknown }).value;
    node = child as Node | null;
  }
  return { node, parent, left: [] };
}

/** The values with one of them replaced; undefined takes it away. */
function withAt(plain: unknown, path: YamlPath, value: YamlValue | undefined): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const inner = withAt(childOf(plain, step), rest, value);
  if (Array.isArray(plain) && typeof step === 'number') {
    return inner === undefined ? plain.toSpliced(step, 1) : plain.toSpliced(step, 1, inner);
  }
  const map = new Map<string, unknown>(plain instanceof Map ? plain : []);
  if (inner === undefined) map.delete(String(step));
  else map.set(String(step), inner);
  return map;
}

function verified(text: string, edit: Edit | undefined, wanted: unknown): Result<string> {
  const after = edit === undefined ? undefined : applyEdits(text, [edit]);
  const again = after === undefined ? undefined : parse(after);
  if (after !== undefined && again?.ok && isDeepStrictEqual(again.value.plain, wanted)) return done(after);
  const what = 'a change that would change more than this value, or not read back';
  const allowed = 'values that no anchor shares, in maps and lists that are written out';
  return refuse({ what, allowed, fix: 'make the change by hand' });
}
