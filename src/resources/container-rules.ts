// Rules: who may reach what containers publish, decided before Docker's own chains and in none of them, by the port that was
// dialled (the original destination, before Docker rewrites it). Only packets on their way to a container are looked at:
// what containers send, and what they say to each other, passes. A packet for a container's own address that no published
// port leads to is dropped, because Docker lets a neighbour in that way, even to a port published on 127.0.0.1 alone.
import ipaddr from 'ipaddr.js';
import type { Context } from '../model/context.ts';
import type { Intent } from '../model/resource.ts';

type Allowance = Omit<Intent, 'purpose'>;

export const CONTAINER_TABLE = { family: 'inet', name: 'portcullis_docker' } as const;

/** Docker names its links so, unless told otherwise. A link that comes later is then guarded from its first packet. */
const DOCKER_LINKS = ['docker0', 'docker_gwbridge', 'br-*'];

/**
 * Links as the rules name them: Docker's usual names, and others it was told to use. Where a link to the outside is called like
 * one of them ("br-lan"), a pattern would take it for a container's, so then only links that are known are named.
 */
export function containerLinks(bridges: readonly string[], outside: readonly string[]): readonly string[] {
  const usual = (name: string) => /^(docker0|docker_gwbridge|br-.*)$/.test(name);
  const inside = bridges.filter((name) => !outside.includes(name));
  if (outside.some(usual)) return [...new Set(inside)].sort();
  return [...DOCKER_LINKS, ...inside.filter((name) => !usual(name)).sort()];
}

/** The links of this host's containers; none without Docker. */
export function insideLinks({ readings }: Pick<Context, 'readings'>): readonly string[] {
  const { docker } = readings;
  return docker.kind === 'known' ? containerLinks(docker.value.bridges, docker.value.outside) : [];
}

/** Allowances one source each, in an order of their own, without doubles: two equal policies are equal lists. */
function singleAllowances(allowances: readonly Allowance[]): readonly string[] {
  const lines = allowances.flatMap(({ protocol, port, to, from, family }) => {
    const ports = to === undefined ? `${port}` : `${port}-${to}`;
    const any = family === undefined ? '' : `meta nfproto ${family} `;
    const sources = from === 'everyone' ? [any] : from.map((source) => `${saddr(source)} `);
    return sources.map(
      (source) => `ct status dnat ${source}meta l4proto ${protocol} ct original proto-dst ${ports} accept`,
    );
  });
  return [...new Set(lines)].sort();
}

function saddr(source: string): string {
  const [address, length] = source.includes('/') ? ipaddr.parseCIDR(source) : [ipaddr.parse(source), 128];
  const v4 = address.kind() === 'ipv4';
  const network = length >= (v4 ? 32 : 128) ? address.toString() : `${address.toString()}/${length}`;
  return `${v4 ? 'ip' : 'ip6'} saddr ${network}`;
}

/**
 * The table as `nft -f` takes it. One port or range a rule: Debian 12's nft cannot list a set of original ports in a
 * way that it could load again. Throws RangeError for a source that is no address.
 */
export function containerTable(allowances: readonly Allowance[], links: readonly string[]): string {
  const chain = (name: string, lines: readonly string[]) => [
    `\tchain ${name} {`,
    ...lines.map((line) => `\t\t${line}`),
    '\t}',
  ];
  const allowed = [
    'ct state established,related accept',
    ...links.map((link) => `iifname ${JSON.stringify(link)} accept`),
    ...accepted(allowances),
    'drop',
  ];
  const forward = [
    'type filter hook forward priority filter - 10; policy accept;',
    ...links.map((link) => `oifname ${JSON.stringify(link)} jump to_containers`),
  ];
  return [
    `table ${CONTAINER_TABLE.family} ${CONTAINER_TABLE.name} {`,
    ...chain('to_containers', allowed),
    '',
    ...chain('forward', forward),
    '}',
    '',
  ].join('\n');
}

function accepted(allowances: readonly Allowance[]): readonly string[] {
  try {
    return singleAllowances(allowances);
  } catch (error) {
    throw new RangeError(`a source of the policy is no address: ${(error as Error).message}`);
  }
}
