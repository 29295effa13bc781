// What becomes of a new connection once ufw has these user rules: its other chains as the kernel has them, or as its files say while it
// is off.
import { isIpv6 } from './firewall-policy.ts';
import { type Chains, chainsOf, type Fate, fateOf, type Newcomer, parseRule } from './iptables-rules.ts';
import type { UfwFamily } from './ufw-files.ts';
import { familiesOf, textOf, type UfwHost } from './ufw-host.ts';

/** Nobody comes from there. */
export const STRANGER = { ipv4: '203.0.113.77', ipv6: '2001:db8::77' } as const;

/** INPUT as it is with these user rules, ufw running and dropping by default. */
export function chainsWith(host: UfwHost, family: UfwFamily, user: string): Chains {
  const name = family === 'ipv4' ? 'ufw' : 'ufw6';
  const kernel = host.ufw.kernel[family];
  const own = user.split('\n').filter((line) => parseRule(line) !== undefined);
  if (kernel.some((line) => line.startsWith(`:${name}-user-input `))) {
    const others = kernel.filter(
      (line) => !line.startsWith(`-A ${name}-user-`) && !line.startsWith(`-A ${name}-track-input `),
    );
    return chainsOf([...others, ...own], 'DROP');
  }
  const before = filterPart(textOf(host, `/etc/ufw/before${family === 'ipv4' ? '' : '6'}.rules`));
  const hooks = [`-A INPUT -j ${name}-before-input`, `-A ${name}-before-input -j ${name}-user-input`];
  return chainsOf([...kernel, hooks[0] ?? '', ...before, hooks[1] ?? '', ...own], 'DROP');
}

function filterPart(text: string): readonly string[] {
  let table = '';
  return text.split('\n').filter((line) => {
    if (line.startsWith('*')) table = line.trim();
    return table === '*filter' && parseRule(line) !== undefined;
  });
}

/** A new connection from `source` to an address of this host of the same family. */
export function newcomerFrom(
  host: UfwHost,
  it: { readonly source: string; readonly port: number; readonly protocol: 'tcp' | 'udp' },
  destination?: string,
): Newcomer {
  const links = Object.entries(host.ufw.links);
  const global = links.find(
    ([address]) => isIpv6(address) === isIpv6(it.source) && !/^(127\.|::1$|fe80:)/i.test(address),
  );
  const to = destination ?? global?.[0];
  const link = to === undefined ? undefined : host.ufw.links[to];
  return {
    ...it,
    ...(to === undefined ? {} : { destination: to }),
    ...(link === undefined ? {} : { link }),
  };
}

/** What becomes of a connection to a port with these user rules: from a stranger of each family, or from one address. */
export function fatesFrom(
  host: UfwHost,
  user: Readonly<Record<UfwFamily, string>>,
  it: {
    readonly port: number;
    readonly protocol: 'tcp' | 'udp';
    readonly address?: string;
    readonly serverAddress?: string;
  },
): readonly Fate[] {
  const { port, protocol, address, serverAddress } = it;
  const families: readonly UfwFamily[] =
    address === undefined ? familiesOf(host) : [isIpv6(address) ? 'ipv6' : 'ipv4'];
  return families.map((family) => {
    const newcomer = { port, protocol, source: address ?? STRANGER[family] };
    return fateOf(chainsWith(host, family, user[family]), newcomerFrom(host, newcomer, serverAddress));
  });
}
