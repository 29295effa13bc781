// Where a packet from outside ends in a ruleset: the kernel's way through hooks and priorities. Rules: one chain that drops is
// enough, every chain must accept; what depends on the sender or on how often is "limited"; a rule that cannot be read and could
// change the end makes it "unknown", and which one is said.
import { holdsAddress } from '../text/network.ts';
import { textOf } from './nft-cursor.ts';
import { type Branch, branchesOf } from './nft-match.ts';
import { both, type Packet, type Truth } from './nft-packet.ts';
import type { RuleChain } from './nft-rules.ts';

export type WalkEnd = {
  readonly verdict: 'open' | 'closed' | 'limited' | 'unknown';
  /** The rule or policy that decides, or what it depends on; empty when nothing filters. */
  readonly why: string;
  /** Of what is limited: how it ends for everybody else. */
  readonly otherwise?: 'open' | 'closed';
  /** Where a rule sent it instead of to the host itself, e.g. "172.17.0.2:80". */
  readonly rewritten?: string;
};

export type Route = { readonly link: string; readonly network: string };

/** One way out of a chain. */
type End = {
  readonly end: 'accept' | 'drop' | 'on';
  readonly truth: Truth;
  readonly why: string;
  readonly last?: boolean;
};

const DEEPEST = 16;

/** `routes`: which link leads to an address that a rule names as destination. */
export function walk(chains: readonly RuleChain[], packet: Packet, routes: readonly Route[] = []): WalkEnd {
  const bridged = chains.find((chain) => chain.family === 'bridge' && mayDrop(chain));
  if (bridged !== undefined)
    return { verdict: 'unknown', why: `${placeOf(bridged)} filters what passes a bridge` };
  const untracked = chains.some(
    ({ base, rules }) => base?.hook === 'prerouting' && rules.some((rule) => untracks(rule, packet)),
  );
  const start = untracked ? { ...packet, untracked } : packet;
  const seen: End[] = [];
  const ingress = filterBy(chains, basesFor(chains, start, 'ingress'), start, seen);
  if (ingress !== undefined) return ingress;
  // Rules before and behind the one that rewrites see another destination.
  const early = basesFor(chains, start, 'prerouting');
  let it = start;
  for (const chain of early) {
    if (chain.base?.type !== 'nat') {
      const end = filterBy(chains, [chain], it, seen);
      if (end !== undefined) return end;
    } else if (it.rewritten === undefined) {
      const found = rewriteIn(chains, chain, it, 0);
      if (found === 'unread') return { verdict: 'unknown', why: `${placeOf(chain)} may send it elsewhere` };
      if (found !== undefined && found !== 'none') it = rewrite(it, found, routes);
    }
  }
  const hook = it.rewritten?.out === undefined ? 'input' : 'forward';
  const end = filterBy(chains, basesFor(chains, it, hook), it, seen) ?? sumOf(seen);
  return hook === 'input' ? end : { ...end, rewritten: addressText(it) };
}

function mayDrop({ base, rules }: RuleChain): boolean {
  if (base === undefined || !/^(prerouting|input)$/.test(base.hook)) return false;
  return base.policy === 'drop' || rules.length > 0;
}

function untracks(rule: RuleChain['rules'][number], packet: Packet): boolean {
  return branchesOf(rule, packet).some(({ act }) => act.kind === 'untrack');
}

function rewrite(packet: Packet, { address, port }: Rewrite, routes: readonly Route[]): Packet {
  const dialled = packet.port;
  const stays = address === undefined || address === packet.to || /^(127\.|::1$)/.test(address);
  const out = stays ? {} : { out: linkTo(address, routes) };
  return {
    ...packet,
    port: port ?? dialled,
    ...(address === undefined ? {} : { to: address }),
    rewritten: { dialled, ...out },
  };
}

/** The link of the narrowest route that holds the address; empty when none is known. */
function linkTo(address: string, routes: readonly Route[]): string {
  const prefix = ({ network }: Route) => Number(network.split('/')[1]);
  const holding = routes.filter(({ network }) => holdsAddress(network, address));
  return [...holding].sort((a, b) => prefix(b) - prefix(a))[0]?.link ?? '';
}

/** What chains of a hook do; undefined when it may go on, with what it depends on added to `seen`. */
function filterBy(
  chains: readonly RuleChain[],
  bases: readonly RuleChain[],
  packet: Packet,
  seen: End[],
): WalkEnd | undefined {
  for (const chain of bases) {
    if (chain.base?.type === 'nat') continue;
    const ends = through(chains, chain, packet, 0);
    const [first] = ends;
    const last = ends.at(-1);
    if (first === undefined || last === undefined) continue;
    const agree = ends.every(({ end }) => end === first.end);
    if (agree && last.end === 'drop') return { verdict: 'closed', why: last.why };
    // Where all ways end alike it does not matter which of them is taken.
    seen.push(
      ...(agree
        ? [{ ...last, truth: 'yes' as const, last: true }]
        : [...ends.slice(0, -1), { ...last, last: true }]),
    );
  }
  return undefined;
}

const placeOf = ({ family, table, name }: RuleChain): string => `${family} ${table}, chain ${name}`;

const addressText = ({ to = '', port }: Packet): string => `${to.includes(':') ? `[${to}]` : to}:${port}`;

/** Accepted everywhere, unless some end differs. */
function sumOf(ends: readonly End[]): WalkEnd {
  if (ends.every(({ end }) => end !== 'drop')) {
    return { verdict: 'open', why: ends.findLast(({ why }) => why !== '')?.why ?? '' };
  }
  const doubtful = ends.find(({ truth }) => truth === 'unread');
  if (doubtful !== undefined) return { verdict: 'unknown', why: doubtful.why };
  // What stands before the last end of its chain depends on something; the last one holds for everybody else.
  const exceptions = ends.filter(({ last }) => last !== true).map(({ why }) => why);
  const closed = ends.some(({ end, last }) => last === true && end === 'drop');
  return {
    verdict: 'limited',
    why: [...new Set(exceptions)].slice(0, 4).join('; '),
    otherwise: closed ? 'closed' : 'open',
  };
}

/** Base chains of a hook that see the packet, in the kernel's order. */
function basesFor(
  chains: readonly RuleChain[],
  { family, over }: Packet,
  hook: string,
): readonly RuleChain[] {
  const own = family === 'ipv4' ? 'ip' : 'ip6';
  return chains
    .filter(({ family: table, base }) => {
      if (base?.hook !== hook) return false;
      const far =
        base.devices.length > 0 && over !== undefined && !over.some((link) => base.devices.includes(link));
      return !far && (table === own || table === 'inet' || table === 'netdev');
    })
    .map((chain, index) => ({ chain, index }))
    .sort((a, b) => (a.chain.base?.priority ?? 0) - (b.chain.base?.priority ?? 0) || a.index - b.index)
    .map(({ chain }) => chain);
}

/** Every way out of a chain, doubtful ones before what holds otherwise. */
function through(
  chains: readonly RuleChain[],
  chain: RuleChain,
  packet: Packet,
  depth: number,
): readonly End[] {
  const ends: End[] = [];
  let path: Truth = 'yes';
  const place = placeOf(chain);
  const told = (rule: RuleChain['rules'][number]) => `${place}: ${textOf(rule.words)}`;
  for (const rule of chain.rules) {
    for (const branch of branchesOf(rule, packet)) {
      const [more, goesOn] = follow(chains, chain, { branch, packet, depth, why: told(rule) });
      ends.push(...more.map((one) => ({ ...one, truth: both(one.truth, path) })));
      if (!goesOn) return ends;
      if (more.length > 0) path = both(path, worst(branch.truth, more));
    }
  }
  return [...ends, { ...afterAll(chain, ''), truth: path }];
}

/** What holds behind the last rule of a chain, or where one says "return". */
function afterAll(chain: RuleChain, why: string): Omit<End, 'truth'> {
  const { base } = chain;
  if (base === undefined) return { end: 'on', why };
  return base.policy === 'drop'
    ? { end: 'drop', why: `${placeOf(chain)}: policy drop` }
    : { end: 'accept', why };
}

function worst(truth: Truth, ends: readonly End[]): Truth {
  return ends.reduce((one, other) => both(one, other.truth === 'no' ? 'yes' : other.truth), truth);
}

/** Ends that a branch leads to, and whether the chain goes on behind it. */
function follow(
  chains: readonly RuleChain[],
  chain: RuleChain,
  it: { readonly branch: Branch; readonly packet: Packet; readonly depth: number; readonly why: string },
): readonly [readonly End[], boolean] {
  const { truth, act } = it.branch;
  const sure = truth === 'yes';
  switch (act.kind) {
    case 'accept':
    case 'drop':
      return [[{ end: act.kind, truth, why: it.why }], !sure];
    case 'return': {
      return [[{ ...afterAll(chain, it.why), truth }], !sure];
    }
    case 'jump':
    case 'goto': {
      const target = chains.find(
        (one) => one.family === chain.family && one.table === chain.table && one.name === act.chain,
      );
      if (target === undefined || it.depth >= DEEPEST) return [unreadEnds(it.why), !sure];
      const inner = through(chains, target, it.packet, it.depth + 1);
      const back = inner.filter(({ end }) => end === 'on');
      const decided = inner
        .filter(({ end }) => end !== 'on')
        .map((one) => ({ ...one, truth: both(one.truth, truth) }));
      if (act.kind === 'goto') {
        const after = afterAll(chain, it.why);
        return [[...decided, ...back.map((one) => ({ ...after, truth: both(one.truth, truth) }))], !sure];
      }
      return [decided, !sure || back.length > 0];
    }
    case 'unread':
      return [unreadEnds(it.why), !sure];
    case 'rewrite':
    case 'untrack':
      return [[], true];
  }
}

const unreadEnds = (why: string): readonly End[] => [
  { end: 'drop', truth: 'unread', why },
  { end: 'accept', truth: 'unread', why },
];

type Rewrite = { readonly address?: string; readonly port?: number };

/** The destination that a nat chain gives the packet; "none" when a rule says so, "unread" when that cannot be told. */
function rewriteIn(
  chains: readonly RuleChain[],
  chain: RuleChain,
  packet: Packet,
  depth: number,
): Rewrite | 'unread' | 'none' | undefined {
  for (const rule of chain.rules) {
    for (const { truth, act } of branchesOf(rule, packet)) {
      if (act.kind === 'rewrite') return truth === 'yes' ? act : 'unread';
      if (act.kind === 'unread') return 'unread';
      if (act.kind === 'accept' && truth === 'yes') return 'none';
      if (act.kind === 'return' && truth === 'yes') return undefined;
      if (act.kind === 'jump' || act.kind === 'goto') {
        const target = chains.find(
          (one) => one.family === chain.family && one.table === chain.table && one.name === act.chain,
        );
        if (target === undefined || depth >= DEEPEST) return 'unread';
        const found = rewriteIn(chains, target, packet, depth + 1);
        if (found !== undefined && truth !== 'yes') return 'unread';
        if (found !== undefined || (act.kind === 'goto' && truth === 'yes')) return found;
      }
    }
  }
  return undefined;
}
