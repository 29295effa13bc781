// Rules: JSON as its standard has it, with the place of every value. Comments, trailing commas and a key that stands twice are
// refused with their place: readers differ on them. Nesting ends at 64, so that a few bytes cannot exhaust the stack.
import { checkText, done, type EditProblem, type Result, refuse } from './editor.ts';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

type Span = { readonly start: number; readonly end: number };
export type JsonMember = { readonly key: string; readonly start: number; readonly value: JsonNode };
export type JsonNode =
  | (Span & { readonly kind: 'scalar'; readonly value: string | number | boolean | null })
  | (Span & { readonly kind: 'array'; readonly items: readonly JsonNode[] })
  | (Span & { readonly kind: 'object'; readonly members: readonly JsonMember[] });

const DEPTH_LIMIT = 64;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

export function parseJson(text: string): Result<JsonNode> {
  const hostile = checkText(text, { mark: true });
  if (hostile !== undefined) return hostile;
  const reader = new Reader(text);
  const node = reader.value(0);
  if (node !== undefined && !reader.atEnd()) reader.fail('text behind the value', 'one value');
  if (node === undefined || reader.problem !== undefined) {
    const unread = refuse({ what: 'a file that is not JSON', allowed: 'one value' });
    return reader.problem === undefined ? unread : { ok: false, problem: reader.problem };
  }
  return done(node);
}

/** State of one reading; after the first problem every method gives undefined. */
class Reader {
  problem: EditProblem | undefined;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  fail(what: string, allowed: string, offset = this.#at): undefined {
    const isComment = /^(?:\/\/|\/\*|#)/.test(this.#text.slice(offset, offset + 2));
    const found = isComment ? 'a comment, which JSON does not have' : what;
    this.problem ??= refuse({ what: found, allowed, at: { text: this.#text, offset } }).problem;
    return undefined;
  }

  /** Skips white space; true at the end of the text. */
  atEnd(): boolean {
    while (this.#at < this.#text.length && ' \t\r\n'.includes(this.#text.charAt(this.#at))) this.#at += 1;
    return this.#at >= this.#text.length;
  }

  value(depth: number): JsonNode | undefined {
    if (this.atEnd()) return this.fail('the end of the file where a value should be', 'a value');
    const character = this.#text.charAt(this.#at);
    if (depth >= DEPTH_LIMIT) return this.fail(`values nested deeper than ${DEPTH_LIMIT}`, 'fewer levels');
    if (character === '{') return this.#object(depth);
    if (character === '[') return this.#array(depth);
    if (character === '"') return this.#string();
    const start = this.#at;
    for (const pattern of [NUMBER, WORD]) {
      pattern.lastIndex = start;
      const found = pattern.exec(this.#text)?.[0];
      if (found === undefined) continue;
      this.#at = start + found.length;
      if (/[\w.+-]/.test(this.#text.charAt(this.#at))) break;
      const value = JSON.parse(found) as number | boolean | null;
      return { kind: 'scalar', value, start, end: this.#at };
    }
    return this.fail('text that is not a value', 'a value; text stands in double quotes', start);
  }

  #string(): (JsonNode & { readonly kind: 'scalar'; readonly value: string }) | undefined {
    const start = this.#at;
    let at = start + 1;
    while (at < this.#text.length && this.#text.charAt(at) !== '"')
      at += this.#text.charAt(at) === '\\' ? 2 : 1;
    if (at >= this.#text.length) return this.fail('a quote that is not closed', 'a closing quote');
    try {
      const value = JSON.parse(this.#text.slice(start, at + 1)) as string;
      this.#at = at + 1;
      return { kind: 'scalar', value, start, end: at + 1 };
    } catch {
      return this.fail(
        'text with an escape or a character that JSON does not have',
        'escapes such as \\n, \\u00e9',
      );
    }
  }

  #array(depth: number): JsonNode | undefined {
    const start = this.#at;
    const items: JsonNode[] = [];
    const isRead = this.#list(']', () => {
      const item = this.value(depth + 1);
      if (item !== undefined) items.push(item);
      return item !== undefined;
    });
    return isRead ? { kind: 'array', items, start, end: this.#at } : undefined;
  }

  #object(depth: number): JsonNode | undefined {
    const start = this.#at;
    const members: JsonMember[] = [];
    const keys = new Set<string>();
    const isRead = this.#list('}', () => {
      if (this.#text.charAt(this.#at) !== '"')
        return this.fail('a key without quotes', '"key": value') ?? false;
      const key = this.#string();
      if (key === undefined) return false;
      if (keys.has(key.value))
        return this.fail('a key that stands twice', 'each key once', key.start) ?? false;
      keys.add(key.value);
      if (this.atEnd() || this.#text.charAt(this.#at) !== ':') {
        return this.fail('a key without a ":"', '"key": value') ?? false;
      }
      this.#at += 1;
      const value = this.value(depth + 1);
      if (value !== undefined) members.push({ key: key.value, start: key.start, value });
      return value !== undefined;
    });
    return isRead ? { kind: 'object', members, start, end: this.#at } : undefined;
  }

  /** Parts between the bracket that stands here and the closing one, with commas between them. */
  #list(close: string, part: () => boolean): boolean {
    this.#at += 1;
    for (let count = 0; ; count += 1) {
      if (this.atEnd()) return this.fail('the end of the file inside brackets', `a "${close}"`) ?? false;
      const character = this.#text.charAt(this.#at);
      if (character === close && count === 0) break;
      if (count > 0) {
        if (character === close) break;
        if (character !== ',')
          return this.fail('values without a comma between them', `"," or "${close}"`) ?? false;
        this.#at += 1;
        if (!this.atEnd() && this.#text.charAt(this.#at) === close) {
          return this.fail('a comma before a closing bracket', 'a value behind each comma') ?? false;
        }
        if (this.atEnd()) continue;
      }
      if (!part()) return false;
    }
    this.#at += 1;
    return true;
  }
}

/** The value alone. */
export function plainJson(node: JsonNode): JsonValue {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'array') return node.items.map(plainJson);
  return Object.fromEntries(node.members.map(({ key, value }) => [key, plainJson(value)]));
}
