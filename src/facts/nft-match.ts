// What one rule does to a packet. Rules: words are read from left to right as the kernel does; a word that is not understood makes
// the rest of its rule "unread", never true or false; what a rule only counts, logs or marks does not matter here.
import { type Act, actAt, type Cursor, know, skipStatement, textOf, word } from './nft-cursor.ts';
import { both, either, KEYS, not, type Packet, type Truth } from './nft-packet.ts';
import type { Rule } from './nft-rules.ts';

/** One way a rule may go: whether it matches, what happens then, and what it depends on. */
export type Branch = { readonly truth: Truth; readonly act: Act; readonly doubt: string };

/** Empty for a rule that does not match, or does nothing that matters. A map of verdicts is several branches. */
export function branchesOf(rule: Rule, packet: Packet): readonly Branch[] {
  const it: Cursor = { words: rule.words, packet, sets: rule.sets, at: 0, truth: 'yes', doubt: '' };
  while (it.at < it.words.length) {
    const act = actAt(it);
    if (act !== undefined) return [{ truth: it.truth, act, doubt: it.doubt }];
    const map = matchAt(it);
    if (map !== undefined) return map;
    if (it.truth === 'no') return [];
  }
  return [];
}

/** Reads one match or one statement that ends nothing. A map of verdicts is the answer, because it ends the rule. */
function matchAt(it: Cursor): readonly Branch[] | undefined {
  const before = it.at;
  if (skipStatement(it)) return undefined;
  const keys = keysAt(it);
  if (keys === undefined) return giveUp(it, before);
  const applies = keys.every(({ of }) => of?.test(`${it.packet.family} ${it.packet.protocol}`) !== false);
  if (word(it) === 'vmap') return mapAt(it, keys, applies, before);
  const negated = word(it) === '!=';
  const compared = /^(<|>|<=|>=)$/.test(word(it)) ? word(it) : '';
  if (/^(!=|==|eq|<|>|<=|>=)$/.test(word(it))) it.at += 1;
  const truth = compared === '' ? valuesAt(it, keys) : comparedAt(it, keys, compared);
  if (truth === undefined) return applies ? giveUp(it, before) : never(it);
  const said = applies ? (negated ? not(truth) : truth) : 'no';
  know(it, said, () => textOf(it.words.slice(before, it.at)));
  return undefined;
}

function never(it: Cursor): undefined {
  it.truth = 'no';
  return undefined;
}

/** Something is not understood: go on at what the rule does in the end, if it does anything. */
function giveUp(it: Cursor, from: number): undefined {
  for (it.at = from + 1; it.at < it.words.length; it.at += 1) {
    if (word(it) === 'vmap' || actAt(it) !== undefined) break;
  }
  know(it, 'unread', () => textOf(it.words.slice(from, it.at)));
  // A map behind words that are not understood may do anything.
  if (word(it) === 'vmap') it.at = it.words.length;
  return undefined;
}

type Key = (typeof KEYS)[string];

/** "tcp dport", "iifname . tcp dport"; undefined when one of them cannot be read. */
function keysAt(it: Cursor): readonly Key[] | undefined {
  const keys: Key[] = [];
  for (;;) {
    if (word(it) === 'meta') it.at += 1;
    const length = [5, 3, 2, 1].find((count) => keyOf(it, count) !== undefined);
    if (length === undefined) return undefined;
    keys.push(keyOf(it, length) as Key);
    it.at += length;
    if (word(it) !== '.') return keys;
    it.at += 1;
  }
}

function keyOf(it: Cursor, count: number): Key | undefined {
  const name = Array.from({ length: count }, (_, ahead) => word(it, ahead)).join(' ');
  return Object.hasOwn(KEYS, name) ? KEYS[name] : undefined;
}

/** One value, a list, a set in braces or a named one; undefined when it cannot be read. */
function valuesAt(it: Cursor, keys: readonly Key[]): Truth | undefined {
  const first = word(it);
  if (first.startsWith('@')) return namedAt(it, keys);
  const truths: Truth[] = [];
  const braced = first === '{';
  if (braced) it.at += 1;
  for (;;) {
    const truth = tupleAt(it, keys);
    if (truth === undefined) return undefined;
    truths.push(truth);
    if (word(it) !== ',') break;
    it.at += 1;
  }
  if (braced) {
    if (word(it) !== '}') return undefined;
    it.at += 1;
  } else if (/^[&|/]$/.test(word(it))) return undefined;
  return either(truths);
}

/** A set of the table: its elements, or what the kernel said of the sender where they are too many to be listed. */
function namedAt(it: Cursor, keys: readonly Key[]): Truth {
  const set = it.sets.get(word(it).slice(1));
  it.at += 1;
  if (set?.elements !== undefined) {
    if (set.elements.length === 0) return 'no';
    return valuesAt({ ...it, words: set.elements, at: 0 }, keys) ?? 'unread';
  }
  const sources = keys.length === 1 && (keys[0] === KEYS['ip saddr'] || keys[0] === KEYS['ip6 saddr']);
  if (!sources) return 'unread';
  // Which addresses are in it is not listed; that it is about addresses is.
  const held = set?.held.get(it.packet.from ?? '');
  return held === undefined ? 'some' : held ? 'yes' : 'no';
}

/** As many values as there are keys, parted by dots. */
function tupleAt(it: Cursor, keys: readonly Key[]): Truth | undefined {
  let truth: Truth = 'yes';
  for (const [index, key] of keys.entries()) {
    if (index > 0) {
      if (word(it) !== '.') return undefined;
      it.at += 1;
    }
    const value = it.words[it.at]?.text;
    if (value === undefined || /^[{}()&|,]$/.test(value)) return undefined;
    truth = both(truth, key.test(value, it.packet));
    it.at += 1;
  }
  return truth;
}

/** "> 1024" of a port. */
function comparedAt(it: Cursor, keys: readonly Key[], sign: string): Truth | undefined {
  const [key] = keys;
  const value = Number(word(it));
  if (keys.length !== 1 || key === undefined || !Number.isInteger(value)) return undefined;
  it.at += 1;
  const from = sign === '>' ? value + 1 : sign === '>=' ? value : 0;
  const to = sign === '<' ? value - 1 : sign === '<=' ? value : 65_535;
  return from > to ? 'no' : key.test(`${from}-${to}`, it.packet);
}

/** "vmap { 1-3 : drop, 4 : jump x }": one branch an entry. */
function mapAt(it: Cursor, keys: readonly Key[], applies: boolean, from: number): readonly Branch[] {
  it.at += 1;
  if (!applies) return [];
  const unread: Branch = {
    truth: both(it.truth, 'unread'),
    act: { kind: 'unread' },
    doubt: textOf(it.words.slice(from)),
  };
  if (word(it).startsWith('@')) {
    const words = it.sets.get(word(it).slice(1))?.elements;
    if (words === undefined) return [unread];
    const listed = { ...it, words: [...it.words.slice(0, it.at), ...words], at: it.at - 1 };
    return words.length === 0 ? [] : mapAt(listed, keys, applies, from);
  }
  if (word(it) !== '{') return [unread];
  const branches: Branch[] = [];
  do {
    it.at += 1;
    const start = it.at;
    const truth = tupleAt(it, keys);
    if (truth === undefined || word(it) !== ':') return [unread];
    it.at += 1;
    const act = word(it) === 'continue' ? undefined : actAt(it);
    if (act === undefined && word(it) !== 'continue') return [unread];
    const all = both(it.truth, truth);
    if (act !== undefined && all !== 'no') {
      const doubt =
        all === 'yes'
          ? ''
          : `${it.doubt} ${textOf(it.words.slice(from, from + 2))} ${textOf(it.words.slice(start, it.at - 1))}`;
      branches.push({ truth: all, act, doubt: doubt.trim() });
    }
    it.at += act !== undefined && 'chain' in act ? 2 : 1;
  } while (word(it) === ',');
  return branches;
}
