// Rules: YAML 1.2 core data and nothing else: one document, no tags, no merge keys, no directives, each key once, at most
// 100 aliases and 10,000 nodes after expansion, nesting at most 32. Every value keeps its place and its spelling.
// The three names that could reach a prototype are refused at every depth. All problems are collected, none thrown.
import {
  Alias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
} from 'yaml';
import type { Problem } from '../model/errors.ts';
import { shown } from '../text/grammar.ts';
import { DEPTH_LIMIT, tooDeepLine } from '../text/nesting.ts';
import { sanitizeLine } from '../text/sanitize.ts';

const ALIAS_LIMIT = 100;
const NODE_LIMIT = 10_000;
/** A broken file may fault at every character; nobody reads more than this. */
const PROBLEM_LIMIT = 50;
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

/** A value of the file with its place. `source` is the spelling of a scalar, `plain` whether it stood without quotes. */
export type Located =
  | (Place & {
      readonly kind: 'scalar';
      readonly value: unknown;
      readonly source: string;
      readonly plain: boolean;
    })
  | (Place & { readonly kind: 'list'; readonly items: readonly Located[] })
  | (Place & { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Entry> });

export type Entry = { readonly key: Place; readonly value: Located };
/** Line and column count from 1. */
export type Place = { readonly line: number; readonly column: number };

export type Parsed = {
  /** undefined when the file holds nothing or its syntax is too broken to be read. */
  readonly root: Located | undefined;
  readonly problems: readonly Problem[];
};

/** Text of `file` (LF line ends) → located values and everything that is wrong with it as YAML. Never throws. */
export function parseYaml(text: string, file: string): Parsed {
  const deep = tooDeepLine(text);
  if (deep !== undefined) {
    const what = `nested deeper than ${DEPTH_LIMIT} levels`;
    return {
      root: undefined,
      problems: [
        { file, line: deep, column: 1, what, allowed: 'a profile needs 4 levels', fix: 'flatten it' },
      ],
    };
  }
  const counter = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: counter,
  });
  const walker = new Walker(file, counter);
  const directive = /^%.*$/m.exec(text);
  if (directive !== null) {
    walker.report(
      directive.index,
      'directives are not allowed',
      'plain YAML 1.2',
      'remove the line that begins with %',
    );
  }
  let broken = false;
  for (const error of document.errors) broken = walker.syntax(error) || broken;
  const root = document.contents === null ? undefined : walker.walk(document.contents as Node, 0);
  const all = walker.problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const last = all[PROBLEM_LIMIT];
  const problems = all.slice(0, PROBLEM_LIMIT);
  if (last !== undefined) {
    const what = `and ${all.length - PROBLEM_LIMIT} more problems from here on`;
    problems.push({ ...last, what, allowed: 'YAML 1.2', fix: 'correct the first ones and check again' });
  }
  return { root: broken ? undefined : root, problems };
}

/** State of one walk over one document. */
class Walker {
  readonly problems: Problem[] = [];
  readonly #file: string;
  readonly #counter: LineCounter;
  readonly #anchors = new Map<string, { readonly node: Node; open: boolean }>();
  #aliases = 0;
  #nodes = 0;

  constructor(file: string, counter: LineCounter) {
    this.#file = file;
    this.#counter = counter;
  }

  place(offset: number): Place {
    const { line, col } = this.#counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  report(offset: number, what: string, ...[allowed, fix]: readonly [string, string]): void {
    this.problems.push({ file: this.#file, ...this.place(offset), what, allowed, fix });
  }

  /** Returns true when the tree cannot be trusted after this error. */
  syntax(error: YAMLError): boolean {
    const [offset] = error.pos;
    const known: Record<string, readonly [string, string, string]> = {
      TAB_AS_INDENT: ['tabs cannot indent YAML; use spaces', 'spaces', 'replace the tab by two spaces'],
      MULTIPLE_DOCS: [
        'only one document per profile',
        'one document',
        'remove the "---" line and what follows',
      ],
    };
    const [what, allowed, fix] = known[error.code] ?? [
      sanitizeLine(error.message.split('\n')[0] ?? '', 120),
      'YAML 1.2',
      'check indentation, quotes and brackets here and on the line above',
    ];
    this.report(offset, what, allowed, fix);
    return error.code !== 'MULTIPLE_DOCS';
  }

  walk(node: Node, depth: number): Located | undefined {
    const offset = node.range?.[0] ?? 0;
    if (++this.#nodes > NODE_LIMIT) {
      if (this.#nodes === NODE_LIMIT + 1) {
        this.report(
          offset,
          `more than ${NODE_LIMIT} values after aliases are followed`,
          'fewer values',
          'write less, alias less',
        );
      }
      return undefined;
    }
    if (depth > DEPTH_LIMIT) {
      this.report(
        offset,
        `nested deeper than ${DEPTH_LIMIT} levels`,
        'a profile needs 4 levels',
        'flatten it',
      );
      return undefined;
    }
    if (node instanceof Alias) return this.#follow(node, depth);
    if (node.tag !== undefined) {
      this.report(
        offset,
        `tags are not allowed (${sanitizeLine(String(node.tag), 40)})`,
        'plain values',
        'remove the word that begins with "!"',
      );
    }
    const anchor = 'anchor' in node && typeof node.anchor === 'string' ? { node, open: true } : undefined;
    if (anchor !== undefined) this.#anchors.set(String((node as { anchor?: string }).anchor), anchor);
    const located = this.#content(node, depth);
    if (anchor !== undefined) anchor.open = false;
    return located;
  }

  #content(node: Node, depth: number): Located | undefined {
    const place = this.place(node.range?.[0] ?? 0);
    if (isMap(node))
      return {
        kind: 'map',
        ...place,
        entries: this.#entries(node.items as Pair<Node, Node | null>[], depth),
      };
    if (isSeq(node)) {
      const items = (node.items as Node[]).map((item) => this.walk(item, depth + 1));
      return { kind: 'list', ...place, items: items.filter((item) => item !== undefined) };
    }
    if (!isScalar(node)) return undefined;
    return {
      kind: 'scalar',
      ...place,
      value: node.value,
      source: node.source ?? '',
      plain: node.type === 'PLAIN',
    };
  }

  #entries(pairs: readonly Pair<Node, Node | null>[], depth: number): ReadonlyMap<string, Entry> {
    const entries = new Map<string, Entry>();
    for (const { key, value } of pairs) {
      const offset = key?.range?.[0] ?? 0;
      const place = this.place(offset);
      if (!isScalar(key)) {
        this.report(offset, 'a key must be plain text', 'text keys', 'write the key as one word');
        continue;
      }
      const name = typeof key.value === 'string' ? key.value : String(key.source ?? '');
      if (key.tag !== undefined)
        this.report(offset, 'tags are not allowed', 'plain keys', 'remove the word that begins with "!"');
      if (name === '<<' && key.type === 'PLAIN') {
        this.report(
          offset,
          'merge keys are not supported',
          'plain keys',
          'use `extends`, or write the keys out',
        );
        continue;
      }
      if (RESERVED.has(name)) {
        this.report(offset, `the key "${name}" is not allowed`, 'any other name', 'rename or remove it');
        continue;
      }
      const earlier = entries.get(name);
      if (earlier !== undefined) {
        const what = `${shown(name)} is already set on line ${earlier.key.line}`;
        this.report(offset, what, 'each key once', 'keep one of the two lines');
      }
      const located = value === null ? emptyScalar(place) : this.walk(value, depth + 1);
      if (located !== undefined && earlier === undefined) entries.set(name, { key: place, value: located });
    }
    return entries;
  }

  #follow(alias: Alias, depth: number): Located | undefined {
    const offset = alias.range?.[0] ?? 0;
    if (++this.#aliases > ALIAS_LIMIT) {
      if (this.#aliases === ALIAS_LIMIT + 1) {
        this.report(
          offset,
          `more than ${ALIAS_LIMIT} aliases`,
          `at most ${ALIAS_LIMIT}`,
          'write the values out',
        );
      }
      return undefined;
    }
    const anchor = this.#anchors.get(alias.source);
    // An unknown anchor is already among the parser's own errors.
    if (anchor === undefined) return undefined;
    if (anchor.open) {
      this.report(
        offset,
        'an alias must not lead back to a value that holds it',
        'values without loops',
        'write the value out',
      );
      return undefined;
    }
    return this.walk(anchor.node, depth + 1);
  }
}

function emptyScalar(place: Place): Located {
  return { kind: 'scalar', ...place, value: null, source: '', plain: true };
}

/** The values alone, in maps without a prototype. */
export function plainValue(located: Located): unknown {
  if (located.kind === 'scalar') return located.value;
  if (located.kind === 'list') return located.items.map(plainValue);
  const map = Object.create(null) as Record<string, unknown>;
  for (const [name, entry] of located.entries) map[name] = plainValue(entry.value);
  return map;
}

/** The value at a path of keys and indexes, as far as it exists. */
export function locate(
  root: Located,
  path: readonly (string | number)[],
): { readonly at: Place; readonly found: Located } {
  let found = root;
  let at: Place = root;
  for (const part of path) {
    const next = found.kind === 'map' ? found.entries.get(String(part)) : undefined;
    const item = found.kind === 'list' && typeof part === 'number' ? found.items[part] : undefined;
    const value = next?.value ?? item;
    if (value === undefined) break;
    at = next?.key ?? value;
    found = value;
  }
  return { at, found };
}
