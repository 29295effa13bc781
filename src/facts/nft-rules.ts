// `nft -s -t list ruleset` as chains of rules, each rule as words. Nothing is understood here: what a word means, and which of
// them cannot be read, is the business of nft-match.ts.

/** A word; what stood in quotes is marked, so that a comment "drop" is never taken for a verdict. */
export type Word = { readonly text: string; readonly quoted: boolean };

export type Rule = { readonly text: string; readonly words: readonly Word[] };

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

/** Chains in the order of the listing. Undefined when it is no whole listing: something must not be read from half of it. */
export function chainsIn(ruleset: string): readonly RuleChain[] | undefined {
  const chains: { -readonly [Key in keyof RuleChain]: RuleChain[Key] }[] = [];
  let table: readonly string[] = [];
  let depth = 0;
  let rules: Rule[] | undefined;
  for (const line of ruleset.split('\n')) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const words = wordsIn(text);
    if (words === undefined) return undefined;
    const first = words[0]?.text ?? '';
    const last = words.at(-1);
    const opens = last?.text === '{' && !last.quoted;
    if (opens && depth === 0 && first === 'table') table = words.slice(1, 3).map((word) => word.text);
    if (opens && depth === 1 && first === 'chain') {
      rules = [];
      const [family = '', name = ''] = table;
      chains.push({ family, table: name, name: words[1]?.text ?? '', rules });
    } else if (depth === 2 && rules !== undefined && text !== '}') {
      const chain = chains.at(-1);
      if (first === 'type' && chain !== undefined) chain.base = baseOf(words);
      else if (first !== 'comment' || words.length !== 2) rules.push({ text, words });
    }
    if (opens) depth += 1;
    else if (text === '}') depth -= 1;
    if (depth < 2) rules = undefined;
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
