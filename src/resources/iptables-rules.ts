// Where a new connection ends in rules of iptables, as `iptables-save` and ufw's files write them. Rules: the first rule that decides
// decides; what a rule asks and nobody here can answer makes it a "maybe", and a maybe never counts in favour of getting in.
import { holdsAddress } from '../text/network.ts';

export type IptablesRule = {
  readonly chain: string;
  readonly target: string;
  /** Option → value, as written; a negated one carries "! " before its value. */
  readonly options: ReadonlyMap<string, string>;
  readonly text: string;
};

export type Chains = {
  /** Policy of INPUT: "ACCEPT" or "DROP". */
  readonly policy: string;
  readonly rules: ReadonlyMap<string, readonly IptablesRule[]>;
};

export type Newcomer = {
  readonly source: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** The address of the host that is asked, and the link it is on, where they are known. */
  readonly destination?: string;
  readonly link?: string;
};

/** unsure: a rule that might stop it comes first. `by` is the rule that decided, "" for the policy. */
export type Fate = {
  readonly fate: 'accepted' | 'dropped' | 'unsure';
  readonly by: string;
  /** A rule counts these connections and stops those who come too often. */
  readonly limited: boolean;
};

/** "-A CHAIN …" and "-I CHAIN …" of a text in the format of iptables-save; undefined for any other line. */
export function parseRule(line: string): IptablesRule | undefined {
  const words = [...line.trim().matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
  const [verb, chain = ''] = words;
  if (verb !== '-A' && verb !== '-I') return undefined;
  const options = new Map<string, string>();
  let target = '';
  let negated = '';
  for (let index = 2; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '!') {
      negated = '! ';
      continue;
    }
    if (!word.startsWith('-')) continue;
    const next = words[index + 1] ?? '';
    const value = next.startsWith('-') || next === '!' ? '' : next;
    if (word === '-j' || word === '-g') target = value;
    else options.set(LONG.get(word) ?? word, negated + value);
    negated = '';
  }
  return { chain, target, options, text: line.trim() };
}

const LONG = new Map([
  ['--protocol', '-p'],
  ['--source', '-s'],
  ['--destination', '-d'],
  ['--in-interface', '-i'],
  ['--destination-port', '--dport'],
  ['--destination-ports', '--dports'],
  ['--jump', '-j'],
]);

/** Rules of many lines by chain, in order; "-I" goes to the front. */
export function chainsOf(lines: readonly string[], policy?: string): Chains {
  const rules = new Map<string, IptablesRule[]>();
  let own = 'ACCEPT';
  for (const line of lines) {
    const declared = /^:INPUT (\S+)/.exec(line);
    if (declared !== null) own = declared[1] ?? own;
    const rule = parseRule(line);
    if (rule === undefined) continue;
    const chain = rules.get(rule.chain) ?? [];
    if (line.trim().startsWith('-I')) chain.unshift(rule);
    else chain.push(rule);
    rules.set(rule.chain, chain);
  }
  return { policy: policy ?? own, rules };
}

type Walk = { limited: boolean; doubt: string };

/** What becomes of a new connection that reaches INPUT. */
export function fateOf(chains: Chains, newcomer: Newcomer): Fate {
  const walk: Walk = { limited: false, doubt: '' };
  const end = walkChain('INPUT', { chains, newcomer, walk, depth: 0, sure: true });
  const { limited, doubt } = walk;
  const fate = end?.fate ?? (chains.policy === 'ACCEPT' ? 'accepted' : 'dropped');
  if (fate === 'accepted' && doubt !== '') return { fate: 'unsure', by: doubt, limited };
  return { fate, by: end?.by ?? '', limited };
}

type Visit = { chains: Chains; newcomer: Newcomer; walk: Walk; depth: number; sure: boolean };
type End = { readonly fate: 'accepted' | 'dropped'; readonly by: string };

/** Undefined: it comes back from the chain. Where it is not sure to be in it (`sure` false), ends only leave a doubt. */
function walkChain(name: string, visit: Visit): End | undefined {
  const { chains, newcomer, walk, depth } = visit;
  if (depth > 20) return undefined;
  for (const rule of chains.rules.get(name) ?? []) {
    const hit = matches(rule, newcomer);
    if (rule.options.has('--hitcount') && hit !== 'no') {
      walk.limited = true;
      continue;
    }
    if (hit === 'no' || SILENT.has(rule.target)) continue;
    const sure = visit.sure && hit === 'yes';
    if (rule.target === 'RETURN') {
      if (sure) return undefined;
      continue;
    }
    const end = endOf(rule) ?? walkChain(rule.target, { ...visit, depth: depth + 1, sure });
    if (end === undefined) continue;
    if (sure) return end.by === '' ? { ...end, by: rule.text } : end;
    if (end.fate === 'dropped' && walk.doubt === '') walk.doubt = rule.text;
  }
  return undefined;
}

/** Targets after which the next rule is looked at. */
const SILENT = new Set(['', 'LOG', 'NFLOG', 'ULOG', 'MARK', 'CONNMARK', 'SET', 'CT', 'AUDIT']);

function endOf({ target, text }: IptablesRule): End | undefined {
  if (target === 'ACCEPT') return { fate: 'accepted', by: text };
  return target === 'DROP' || target === 'REJECT' ? { fate: 'dropped', by: text } : undefined;
}

type Hit = 'yes' | 'no' | 'maybe';

function matches(rule: IptablesRule, newcomer: Newcomer): Hit {
  let hit: Hit = 'yes';
  for (const [option, value] of rule.options) {
    const negated = value.startsWith('! ');
    const answer = asked(option, negated ? value.slice(2) : value, newcomer);
    const turned = negated && answer !== 'maybe' ? (answer === 'yes' ? 'no' : 'yes') : answer;
    if (turned === 'no') return 'no';
    if (turned === 'maybe') hit = 'maybe';
  }
  return hit;
}

const yes = (is: boolean): Hit => (is ? 'yes' : 'no');

/** Options that say how and not whether. */
const HOW = new Set(['-m', '--comment', '--limit-burst', '--reject-with', '--set', '--update']);
const MORE_HOW = new Set([
  '--log-prefix',
  '--log-level',
  '--seconds',
  '--hitcount',
  '--name',
  '--mask',
  '--rsource',
]);

function asked(option: string, value: string, it: Newcomer): Hit {
  if (HOW.has(option) || MORE_HOW.has(option)) return 'yes';
  switch (option) {
    case '-p':
      return yes(value === it.protocol || value === 'all');
    case '-s':
      return yes(holdsAddress(value, it.source));
    case '-d':
      return it.destination === undefined ? 'maybe' : yes(holdsAddress(value, it.destination));
    case '-i':
      if (value === 'lo') return 'no';
      if (it.link === undefined) return 'maybe';
      return yes(value.endsWith('+') ? it.link.startsWith(value.slice(0, -1)) : value === it.link);
    case '--dport':
    case '--dports':
      return yes(value.split(',').some((ports) => within(ports, it.port)));
    case '--ctstate':
    case '--state':
      return yes(value.split(',').includes('NEW'));
    case '--dst-type':
      return yes(value === 'LOCAL');
    case '--icmp-type':
    case '--icmpv6-type':
    case '--rt-type':
      return 'no';
    default:
      return 'maybe';
  }
}

function within(ports: string, port: number): boolean {
  const [first = '', last = first] = ports.split(':');
  return port >= Number(first) && port <= Number(last);
}
