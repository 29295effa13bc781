// What the administrator of a host with ufw wants open: the answer of his own rules, walked as the kernel does, port by port. Rules of
// ours are left out (what was asked of us is known); what goes to containers never meets these rules.
import type { Context } from '../model/context.ts';
import { knownValue } from '../model/outcome.ts';
import type { Intent } from '../model/resource.ts';
import { fateOf } from './iptables-rules.ts';
import { isLoopback } from './reality-places.ts';
import { chainsWith, newcomerFrom, STRANGER } from './ufw-fate.ts';
import { rulesIn, type UfwFamily, type UfwRule, USER_RULES, withoutOurs } from './ufw-files.ts';
import { familiesOf, textOf, type UfwHost } from './ufw-host.ts';

type Port = { readonly port: number; readonly protocol: 'tcp' | 'udp' };

/** One intent a port, family and kind of source; a range of ports is told by its first and by whatever listens in it. */
export function ufwWants(host: UfwHost, context: Context): readonly Intent[] {
  const { listeners, docker } = context.readings;
  const published = knownValue(docker)?.published ?? [];
  const heard = (knownValue(listeners) ?? []).filter(
    ({ process, address }) => process !== 'docker-proxy' && !isLoopback(address),
  );
  return familiesOf(host).flatMap((family) => {
    const text = withoutOurs(textOf(host, USER_RULES[family]));
    const rules = rulesIn(text);
    const chains = chainsWith(host, family, text);
    const passes = (source: string, it: Port): boolean =>
      fateOf(chains, newcomerFrom(host, { source, ...it })).fate === 'accepted';
    const ports = [...heard, ...rules.flatMap(portsOf)].filter(
      (it) =>
        !published.some(
          (one) => one.protocol === it.protocol && it.port >= one.port && it.port <= one.lastPort,
        ),
    );
    const each = new Map(ports.map(({ port, protocol }) => [`${port}/${protocol}`, { port, protocol }]));
    return [...each.values()].flatMap((it): readonly Intent[] => {
      if (passes(STRANGER[family], it)) return [{ ...it, from: 'everyone', family, purpose: '' }];
      const from = sourcesOf(rules, family).filter((source) => passes(source.split('/')[0] ?? '', it));
      return from.length === 0 ? [] : [{ ...it, from, purpose: '' }];
    });
  });
}

/** "allow tcp 80,443 0.0.0.0/0 any 10.0.0.0/8 in": protocol, ports, destination, ports of the source, source. */
function wordsOf({ tuple }: UfwRule): readonly string[] {
  return tuple.split(' ');
}

function portsOf(rule: UfwRule): readonly Port[] {
  const [, protocol = '', ports = ''] = wordsOf(rule);
  const both =
    protocol === 'any' ? (['tcp', 'udp'] as const) : ([protocol === 'udp' ? 'udp' : 'tcp'] as const);
  return ports
    .split(',')
    .map((one) => Number.parseInt(one, 10))
    .filter((port) => port > 0)
    .flatMap((port) => both.map((each) => ({ port, protocol: each })));
}

/** Networks that rules name; everyone is no network. */
function sourcesOf(rules: readonly UfwRule[], family: UfwFamily): readonly string[] {
  const any = family === 'ipv4' ? '0.0.0.0/0' : '::/0';
  const named = rules.map((rule) => wordsOf(rule)[5] ?? any);
  return [...new Set(named)].filter((source) => source !== any && /^[0-9a-f.:]+(\/\d+)?$/i.test(source));
}
