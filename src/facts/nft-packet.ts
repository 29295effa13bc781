// A packet that begins a connection from outside, and what single values of a rule say about it. Rules: what is not known of the
// packet is never guessed; "some" means that it depends on who sends it or how often, "unread" that we cannot tell.
import ipaddr from 'ipaddr.js';
import type { Family } from '../model/target.ts';

export type Packet = {
  readonly family: Family;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** Absent: any address at all. */
  readonly from?: string;
  /** The address that is dialled; absent: some address of the host that is not loopback. */
  readonly to?: string;
  /** Links it may come in by; absent: not known. */
  readonly over?: readonly string[];
  /** Set once a rule gave it another destination: what was dialled, and the link it leaves by (empty: not known; absent: it stays). */
  readonly rewritten?: { readonly dialled: number; readonly out?: string };
  /** A rule took it out of connection tracking. */
  readonly untracked?: boolean;
};

export type Truth = 'yes' | 'no' | 'some' | 'unread';

const WEIGHT: Readonly<Record<Truth, number>> = { no: 0, yes: 1, some: 2, unread: 3 };

export function either(truths: readonly Truth[]): Truth {
  if (truths.includes('yes')) return 'yes';
  return truths.reduce((one, other) => (WEIGHT[other] > WEIGHT[one] ? other : one), 'no');
}

export function both(one: Truth, other: Truth): Truth {
  if (one === 'no' || other === 'no') return 'no';
  return WEIGHT[one] > WEIGHT[other] ? one : other;
}

export function not(truth: Truth): Truth {
  if (truth === 'yes') return 'no';
  return truth === 'no' ? 'yes' : truth;
}

const sure = (holds: boolean): Truth => (holds ? 'yes' : 'no');

/** What one value of a match says; a key that is not here cannot be read. */
type Test = (value: string, packet: Packet) => Truth;

/** Keys that a rule may ask about, by their words. A test of another family or protocol never matches, not even negated. */
export const KEYS: Readonly<Record<string, { readonly of?: RegExp; readonly test: Test }>> = {
  nfproto: { test: (value, { family }) => sure(value === family) },
  protocol: { test: (value, { family }) => sure(value === (family === 'ipv4' ? 'ip' : 'ip6')) },
  l4proto: { test: isProtocol },
  'ip protocol': { of: /^ipv4 /, test: isProtocol },
  'ip6 nexthdr': { of: /^ipv6 /, test: isProtocol },
  'tcp dport': { of: / tcp$/, test: (value, { port }) => inRange(value, port) },
  'udp dport': { of: / udp$/, test: (value, { port }) => inRange(value, port) },
  'th dport': { test: (value, { port }) => inRange(value, port) },
  // Whoever wants to sends from any port.
  'tcp sport': { of: / tcp$/, test: () => 'some' },
  'udp sport': { of: / udp$/, test: () => 'some' },
  'th sport': { test: () => 'some' },
  'ip saddr': { of: /^ipv4 /, test: (value, { from }) => inNetwork(value, from) },
  'ip6 saddr': { of: /^ipv6 /, test: (value, { from }) => inNetwork(value, from) },
  'ip daddr': { of: /^ipv4 /, test: toNetwork },
  'ip6 daddr': { of: /^ipv6 /, test: toNetwork },
  iifname: { test: (value, { over }) => isLink(value, over) },
  iif: { test: (value, { over }) => isLink(value, over) },
  oifname: { test: leavesBy },
  oif: { test: leavesBy },
  pkttype: { test: (value) => sure(value === 'host' || value === 'unicast') },
  'ct state': { test: (value, { untracked }) => (untracked === true ? 'unread' : sure(value === 'new')) },
  'ct status': {
    test: (value, { rewritten }) => (value === 'dnat' ? sure(rewritten !== undefined) : 'unread'),
  },
  'ct direction': { test: (value) => sure(value === 'original') },
  'ct original proto-dst': { test: (value, it) => inRange(value, it.rewritten?.dialled ?? it.port) },
  'fib daddr type': {
    test: (value, { rewritten }) => {
      const here = rewritten?.out === undefined;
      return value === 'local' ? sure(here) : here ? 'no' : 'unread';
    },
  },
  // That the way back is the way it came is taken for granted.
  'fib saddr . iif oif': {
    test: (value) => (value === 'exists' ? 'yes' : sure(!/^(missing|0)$/.test(value))),
  },
  // What a first packet is not, or does not carry (ufw drops IPv6 routing headers of type 0).
  ...Object.fromEntries(
    [
      'rt type',
      'icmp type',
      'icmp code',
      'icmpv6 type',
      'icmpv6 code',
      'igmp type',
      'sctp dport',
      'arp operation',
    ].map((key) => [key, { of: /^$/, test: (): Truth => 'no' }]),
  ),
};

function isProtocol(value: string, { protocol }: Packet): Truth {
  return sure(value === protocol || value === (protocol === 'tcp' ? '6' : '17'));
}

/** "80", "80-90". */
function inRange(value: string, port: number): Truth {
  const match = /^(\d+)(?:-(\d+))?$/.exec(value);
  return match === null ? 'unread' : sure(port >= Number(match[1]) && port <= Number(match[2] ?? match[1]));
}

/** An address, a network, or "first-last"; `at` absent means any address. */
function inNetwork(value: string, at: string | undefined): Truth {
  const [first = '', last] = value.split('-');
  const [base = '', length] = first.split('/');
  if (!ipaddr.isValid(base) || (last !== undefined && !ipaddr.isValid(last))) return 'unread';
  if (length === '0') return 'yes';
  if (at === undefined) return 'some';
  const address = ipaddr.process(at.replace(/%.*$/, ''));
  const network = ipaddr.parse(base);
  if (address.kind() !== network.kind()) return 'no';
  if (last === undefined) {
    return sure(
      address.match(network, length === undefined ? network.toByteArray().length * 8 : Number(length)),
    );
  }
  const hex = (it: { toByteArray(): readonly number[] }) => Buffer.from(it.toByteArray()).toString('hex');
  return sure(hex(address) >= hex(network) && hex(address) <= hex(ipaddr.parse(last)));
}

function toNetwork(value: string, { to }: Packet): Truth {
  if (to !== undefined) return inNetwork(value, to);
  const truth = inNetwork(value, undefined);
  if (truth !== 'some') return truth;
  // Nobody outside dials a loopback address, and no connection begins with a multicast one.
  return /^(127\.|::1$|2(2[4-9]|3\d)\.|ff[0-9a-f]{2}:)/i.test(value) ? 'no' : 'unread';
}

/** "eth0", "br-*". */
function isLink(value: string, links: readonly string[] | undefined): Truth {
  const matches = (link: string) =>
    value.endsWith('*') ? link.startsWith(value.slice(0, -1)) : link === value;
  if (links === undefined) return value === 'lo' ? 'no' : 'unread';
  if (links.every(matches)) return 'yes';
  return links.some(matches) ? 'unread' : 'no';
}

function leavesBy(value: string, { rewritten }: Packet): Truth {
  if (rewritten?.out === undefined) return 'no';
  return isLink(value, rewritten.out === '' ? undefined : [rewritten.out]);
}
