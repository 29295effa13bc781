// Port by port what a host lets in: who listens, what rules and Docker say, what the policy wants, what answered. Rules: every column
// is said by one witness and never filled from another; a rule that could not be read makes "unknown"; two witnesses who
// contradict each other are told, and so is a port that is reached and not wanted.

import type { Listener, PublishedPort } from '../facts/network-values.ts';
import { chainsIn, type RuleChain } from '../facts/nft-rules.ts';
import { type WalkEnd, walk } from '../facts/nft-walk.ts';
import type { Context } from '../model/context.ts';
import { knownValue } from '../model/outcome.ts';
import type { Reached } from '../model/outside.ts';
import type { Intent } from '../model/resource.ts';
import type { Family } from '../model/target.ts';
import { holdsAddress } from '../text/network.ts';
import { familyOf, isLoopback, type Place, placesOf, takes } from './reality-places.ts';

export type Wanted = 'everyone' | 'some' | 'nobody' | 'undecided';

export type RealityRow = {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly family: Family;
  readonly listens: readonly Listener[];
  readonly published: readonly PublishedPort[];
  /** What the rules say to somebody from anywhere, and to the operator where he is; undefined when he comes by the other family. */
  readonly anyone: WalkEnd;
  /** To an address that no rule knows. */
  readonly stranger: WalkEnd;
  readonly you: WalkEnd | undefined;
  readonly wanted: Wanted;
  /** Networks of the policy whose way the rules do not leave open. */
  readonly missed: readonly string[];
  /** Undefined: not tried. */
  readonly reached: Reached | undefined;
};

/** Addresses that nobody has: what holds for them holds for a stranger. */
const STRANGERS = { ipv4: '203.0.113.77', ipv6: '2001:db8::77' } as const;

/** `intents`: the policy; undefined when nobody decided one. */
export function realityOf(context: Context, intents: readonly Intent[] | undefined): readonly RealityRow[] {
  const rules = rulesOf(context);
  return placesOf(context, intents ?? [], 'chains' in rules ? rules.chains : [])
    .map((place) => rowOf(place, { context, intents, rules }))
    .filter(({ listens, published, wanted, anyone, reached }) => {
      const named = listens.length > 0 || published.length > 0 || reached === 'answers';
      return (
        named ||
        (wanted !== 'nobody' && wanted !== 'undecided') ||
        ('chains' in rules && anyone.verdict !== 'closed')
      );
    });
}

type Rules = { readonly chains: readonly RuleChain[] } | { readonly unread: string };

/** The rules of the kernel, or why they cannot be read as a whole. */
function rulesOf({ readings }: Context): Rules {
  const { firewall } = readings;
  if (firewall.kind !== 'known')
    return { unread: firewall.kind === 'unknown' ? firewall.reason : 'nobody looked at the rules' };
  const { nft, legacy, tools, ruleset, held } = firewall.value;
  if (legacy.length > 0)
    return {
      unread: `rules of the old iptables interface are in use (${legacy.join(', ')}), which nft does not show`,
    };
  const writers = tools.filter((tool) => tool !== 'docker');
  if (nft === null && writers.length > 0)
    return { unread: `nft is not installed, so what ${writers.join(', ')} wrote cannot be seen` };
  const chains = chainsIn(ruleset, held);
  return chains === undefined ? { unread: 'the ruleset could not be read as a whole' } : { chains };
}

type Known = {
  readonly context: Context;
  readonly intents: readonly Intent[] | undefined;
  readonly rules: Rules;
};

function rowOf(place: Place, it: Known): RealityRow {
  const { port, protocol, family } = place;
  const { readings, outside } = it.context;
  const all = knownValue(readings.listeners) ?? [];
  const listens = all.filter(
    (one) => one.port === port && one.protocol === protocol && takes(one, family, all),
  );
  const published = (knownValue(readings.docker)?.published ?? []).filter(
    (one) =>
      one.protocol === protocol &&
      port >= one.port &&
      port <= one.lastPort &&
      familyOf(one.address) === family &&
      !isLoopback(one.address),
  );
  const ask = (from: string | undefined) =>
    verdictOf(place, { ...it, from, bound: listens[0]?.address ?? published[0]?.address });
  const stranger = ask(STRANGERS[family]);
  const you = knownValue(readings.who)?.clientAddress;
  const mine = you !== undefined && familyOf(you) === family ? you : undefined;
  const own = (it.intents ?? []).filter(
    (intent) =>
      (intent.family ?? family) === family &&
      intent.protocol === protocol &&
      port >= intent.port &&
      port <= (intent.to ?? intent.port),
  );
  const sources = own
    .flatMap(({ from }) => (from === 'everyone' ? [] : from))
    .filter((one) => familyOf(one) === family);
  return {
    ...place,
    listens,
    published,
    stranger,
    anyone: sumOf(stranger, ask(undefined)),
    you: mine === undefined ? undefined : ask(mine),
    wanted: wantedBy(it.intents, own, sources),
    missed: sources.filter((source) => ask(source.split('/')[0]).verdict === 'closed'),
    reached: outside?.doors.find((door) => protocol === 'tcp' && door.port === port && door.family === family)
      ?.reached,
  };
}

function wantedBy(
  intents: readonly Intent[] | undefined,
  own: readonly Intent[],
  sources: readonly string[],
): Wanted {
  if (intents === undefined) return 'undecided';
  if (own.some(({ from }) => from === 'everyone')) return 'everyone';
  return sources.length > 0 ? 'some' : 'nobody';
}

/** A stranger's end, but where only he is kept out. */
function sumOf(stranger: WalkEnd, anybody: WalkEnd): WalkEnd {
  if (stranger.verdict !== 'closed' || anybody.verdict === 'closed') return stranger;
  return anybody.verdict === 'open' ? stranger : anybody;
}

function verdictOf(
  { port, protocol, family }: Place,
  it: Known & { readonly from: string | undefined; readonly bound: string | undefined },
): WalkEnd {
  if ('unread' in it.rules) return { verdict: 'unknown', why: it.rules.unread };
  const { network, who, docker } = it.context.readings;
  const routes = knownValue(network)?.routes ?? [];
  const client = knownValue(who)?.clientAddress;
  const leads = (network: string) => network === (family === 'ipv4' ? '0.0.0.0/0' : '::/0');
  const near = client === undefined || familyOf(client) !== family ? [] : linkTo(client, routes);
  const inner = knownValue(docker)?.bridges ?? [];
  const ways = [
    ...new Set([...routes.filter(({ network }) => leads(network)).map(({ link }) => link), ...near]),
  ];
  // Without a default route strangers are neighbours, on any link but those of containers.
  const beside = routes.filter(
    (route) => familyOf(route.network) === family && route.link !== 'lo' && !inner.includes(route.link),
  );
  const over = ways.length > 0 ? ways : [...new Set(beside.map(({ link }) => link))];
  const server = knownValue(who)?.serverAddress;
  const specific = it.bound !== undefined && !/^(0\.0\.0\.0|::|)$/.test(it.bound) ? it.bound : undefined;
  const to = specific ?? (server !== undefined && familyOf(server) === family ? server : undefined);
  return walk(
    it.rules.chains,
    {
      family,
      protocol,
      port,
      ...(it.from === undefined ? {} : { from: it.from }),
      ...(to === undefined ? {} : { to: to.replace(/%.*$/, '') }),
      ...(over.length === 0 ? {} : { over }),
    },
    routes,
  );
}

function linkTo(
  address: string,
  routes: readonly { readonly link: string; readonly network: string }[],
): readonly string[] {
  const length = (network: string) => Number(network.split('/')[1]);
  const holding = routes.filter(({ network }) => holdsAddress(network, address));
  return [...holding]
    .sort((a, b) => length(b.network) - length(a.network))
    .slice(0, 1)
    .map(({ link }) => link);
}
