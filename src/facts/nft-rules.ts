// `nft -s list ruleset` as chains of rules, each rule as words. Nothing is understood here: what a word means, and which of
// them cannot be read, is the business of nft-match.ts.
import type { SetHolds } from './network-values.ts';
import { elementsIn, type NamedSet } from './nft-sets.ts';

/** A word; what stood in quotes is marked, so that a comment "drop" is never taken for a verdict. */
export type Word = { readonly text: string; readonly quoted: boolean };

export type Rule = {
  readonly text: string;
  readonly words: readonly Word[];
  /** Named sets and maps of its table, by name. */
  readonly sets: ReadonlyMap<string, NamedSet>;
};

export type BaseChain = {
  readonly type: string;
  readonly hook: string;
  readonly priority: number;
  readonly policy: 'accept' | 'drop';
  /** Links of an ingress hook; empty for all. */
  readonly devices: readonly string[];
};

export type RuleChain = {
  /** "ip", "ip6", "inet", "netdev", "bridge", "arp". */
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** Absent for a chain that is only jumped to. */
  readonly base?: BaseChain;
  readonly rules: readonly Rule[];
};

const NAMED: Readonly<Record<string, number>> = {
  raw: -300,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
};

/**
 * Chains in the order of the listing. Undefined when it is no whole listing: something must not be read from half of it.
 * `held`: what the kernel said of sets whose elements are not listed.
 */
export function chainsIn(ruleset: string, held: readonly SetHolds[] = []): readonly RuleChain[] | undefined {
  const chains: { -readonly [Key in keyof RuleChain]: RuleChain[Key] }[] = [];
  let table: readonly string[] = [];
  let sets = new Map<string, NamedSet>();
  let set: { readonly name: string; words: Word[]; listed: boolean } | undefined;
  let depth = 0;
  let rules: Rule[] | undefined;
  for (const line of ruleset.split('\n')) {
    const text = line.trim();
    if (text === '# no elements' && set !== undefined) set.listed = true;
    if (text === '' || text.startsWith('#')) continue;
    const words = wordsIn(text);
    if (words === undefined) return undefined;
    const first = words[0]?.text ?? '';
    const last = words.at(-1);
    const opens = last?.text === '{' && !last.quoted;
    if (opens && depth === 0 && first === 'table') {
      table = words.slice(1, 3).map((word) => word.text);
      sets = new Map();
    }
    const [family = '', name = ''] = table;
    if (opens && depth === 1 && first === 'chain') {
      rules = [];
      chains.push({ family, table: name, name: words[1]?.text ?? '', rules });
    } else if (opens && depth === 1 && (first === 'set' || first === 'map')) {
      set = { name: words[1]?.text ?? '', words: [], listed: false };
    } else if (depth === 2 && set !== undefined && text !== '}') {
      if (first === 'elements') set.listed = true;
      if (set.listed) set.words.push(...words);
    } else if (depth === 2 && rules !== undefined && text !== '}') {
      const chain = chains.at(-1);
      if (first === 'type' && chain !== undefined) chain.base = baseOf(words);
      else if (first !== 'comment' || words.length !== 2) rules.push({ text, words, sets });
    }
    if (opens) depth += 1;
    else if (text === '}') depth -= 1;
    if (depth < 2) {
      rules = undefined;
      if (set !== undefined) {
        const of = `${family} ${name} ${set.name}`;
        const told = held.filter((one) => one.set === of).map((one) => [one.address, one.held] as const);
        const elements = set.listed ? elementsIn(set.words) : undefined;
        sets.set(set.name, { elements, held: new Map(told) });
        set = undefined;
      }
    }
    if (depth < 0) return undefined;
  }
  return depth === 0 ? chains : undefined;
}

/** "type filter hook input priority filter - 10; policy drop;" */
function baseOf(words: readonly Word[]): BaseChain {
  const texts = words.map(({ text }) => text);
  const after = (word: string) => texts[texts.indexOf(word) + 1] ?? '';
  const at = texts.indexOf('priority');
  const [name = '0', sign, more] = texts.slice(at + 1, at + 4);
  const offset = sign === '+' || sign === '-' ? Number(`${sign}${more}`) : 0;
  const start = texts.includes('device') ? texts.indexOf('device') : texts.indexOf('devices');
  return {
    type: after('type'),
    hook: after('hook'),
    priority: (NAMED[name] ?? Number(name)) + offset,
    policy: texts.includes('policy') && after('policy') === 'drop' ? 'drop' : 'accept',
    devices:
      start < 0
        ? []
        : words
            .slice(start + 1, at)
            .filter(({ quoted }) => quoted)
            .map(({ text }) => text),
  };
}

/** Words of one line; braces, commas and signs are words of their own. Undefined for an open quote. */
function wordsIn(line: string): readonly Word[] | undefined {
  const words: Word[] = [];
  let rest = line;
  while (rest !== '') {
    const [all = '', quoted, plain] = /^(?:"([^"]*)"|([{}()&|,]|[^\s,;{}()&|"]+)|[\s;]+)/.exec(rest) ?? [];
    if (all === '') return undefined;
    if (quoted !== undefined) words.push({ text: quoted, quoted: true });
    else if (plain !== undefined) words.push({ text: plain, quoted: false });
    rest = rest.slice(all.length);
  }
  return words;
}
