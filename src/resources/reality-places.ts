// Which ports of a host are worth a look, whoever names them.
import ipaddr from 'ipaddr.js';
import type { Listener } from '../facts/network-values.ts';
import type { RuleChain } from '../facts/nft-rules.ts';
import type { Context } from '../model/context.ts';
import { knownValue } from '../model/outcome.ts';
import type { Intent } from '../model/resource.ts';
import type { Family } from '../model/target.ts';

const FAMILIES = ['ipv4', 'ipv6'] as const;
const MOST_NAMED = 200;

export type Place = { readonly port: number; readonly protocol: 'tcp' | 'udp'; readonly family: Family };

/** Every port that listens, is published, is wanted, or that a rule lets in. */
export function placesOf(
  context: Context,
  intents: readonly Intent[],
  chains: readonly RuleChain[],
): readonly Place[] {
  const { listeners, docker, firewall } = context.readings;
  const found = new Map<string, Place>();
  const both = knownValue(firewall)?.ipv6 === false ? (['ipv4'] as const) : FAMILIES;
  const add = (port: number, protocol: 'tcp' | 'udp', families: readonly Family[]) => {
    for (const family of families.filter((one) => both.some((it) => it === one)))
      found.set(`${port} ${protocol} ${family}`, { port, protocol, family });
  };
  for (const it of knownValue(listeners) ?? [])
    add(
      it.port,
      it.protocol,
      FAMILIES.filter((family) => takes(it, family, knownValue(listeners) ?? [])),
    );
  for (const it of knownValue(docker)?.published ?? []) {
    if (it.protocol === 'sctp' || isLoopback(it.address)) continue;
    for (let port = it.port; port <= it.lastPort && port < it.port + MOST_NAMED; port += 1)
      add(port, it.protocol, [familyOf(it.address)]);
  }
  for (const { port, to, protocol, from, family: only } of intents) {
    // A range is its first port, and whatever listens in it.
    if (
      to !== undefined &&
      [...found.values()].some((it) => it.protocol === protocol && it.port >= port && it.port <= to)
    )
      continue;
    add(
      port,
      protocol,
      from === 'everyone'
        ? FAMILIES.filter((family) => only === undefined || only === family)
        : FAMILIES.filter((family) => from.some((one) => familyOf(one) === family)),
    );
  }
  for (const { port, protocol } of portsNamed(chains)) add(port, protocol, FAMILIES);
  // Not by a locale's rules: to load them takes longer than all the rest.
  const rank = ({ protocol, family }: Place) => (protocol === 'tcp' ? 0 : 2) + (family === 'ipv4' ? 0 : 1);
  return [...found.values()].sort((a, b) => a.port - b.port || rank(a) - rank(b));
}

/** Ports of rules that let something in; of a range the first. A DHCP client's port is always open. */
function portsNamed(chains: readonly RuleChain[]): readonly { port: number; protocol: 'tcp' | 'udp' }[] {
  const texts = chains.flatMap(({ rules }) =>
    rules.map(({ text, sets }) =>
      text
        .replace(/"[^"]*"/g, '""')
        .replace(/\bdport (vmap )?@(\S+)/g, (all, vmap: string = '', name: string) => {
          const elements = sets.get(name)?.elements;
          return elements === undefined ? all : `dport ${vmap}${elements.map((word) => word.text).join(' ')}`;
        }),
    ),
  );
  const named = texts.flatMap((text) =>
    /\b(accept|vmap|jump|goto)\b/.test(text)
      ? [...text.matchAll(/\b(tcp|udp|th) dport (?:vmap )?(?:(\d+)|\{([^}]*)\})/g)].flatMap(
          ([, protocol, one, many]) =>
            (one ?? many ?? '')
              .split(',')
              .map((word) => ({ protocol, port: Number.parseInt(word.trim(), 10) })),
        )
      : [],
  );
  return named
    .flatMap(({ port, protocol }) =>
      protocol === 'th'
        ? (['tcp', 'udp'] as const).map((each) => ({ port, protocol: each }))
        : [{ port, protocol: protocol === 'udp' ? ('udp' as const) : ('tcp' as const) }],
    )
    .filter(({ port, protocol }) => port > 0 && !(protocol === 'udp' && (port === 68 || port === 546)))
    .slice(0, MOST_NAMED);
}

/** Whether a socket takes connections of a family from outside. */
export function takes(it: Listener, family: Family, all: readonly Listener[]): boolean {
  if (isLoopback(it.address)) return false;
  if (familyOf(it.address) === family) return true;
  if (it.address !== '::' || family !== 'ipv4') return false;
  // Who has a socket of each family has parted them.
  const parted = all.some(
    (one) => one.port === it.port && one.protocol === it.protocol && familyOf(one.address) === 'ipv4',
  );
  return !parted && it.both !== false;
}

export function isLoopback(address: string): boolean {
  return /^(127\.|::1$|::ffff:127\.)/.test(address);
}

export function familyOf(address: string): Family {
  const [base = ''] = address.replace(/%.*$/, '').split('/');
  return ipaddr.isValid(base) ? ipaddr.process(base).kind() : address.includes(':') ? 'ipv6' : 'ipv4';
}
