// A policy among an administrator's own ufw rules. Rules: his come first and are never changed; a rule of ours is written only where
// his do not let the connection in already; what is true is decided by walking the rules, not by comparing them.
import type { Intent } from '../model/resource.ts';
import { isIpv6 } from './firewall-policy.ts';
import { type Chains, type Fate, fateOf } from './iptables-rules.ts';
import { chainsWith, newcomerFrom, STRANGER } from './ufw-fate.ts';
import {
  rulesIn,
  type UfwFamily,
  type UfwRule,
  UNCOUNTED,
  USER_RULES,
  ufwRules,
  withOurs,
  withoutOurs,
} from './ufw-files.ts';
import { familiesOf, textOf, type UfwHost } from './ufw-host.ts';

export type UfwCandidate = {
  readonly user: Readonly<Record<UfwFamily, string>>;
  /** Intents that a rule of the administrator keeps from holding. */
  readonly blocked: readonly { readonly intent: Intent; readonly by: string }[];
};

/** The user rules of both families with what the policy needs; stable: made from its own result it is the same. */
export function ufwCandidate(
  host: UfwHost,
  intents: readonly Intent[],
  operator?: { readonly address: string; readonly serverAddress: string },
): UfwCandidate {
  const blocked = new Map<string, { intent: Intent; by: string }>();
  const logging = /^\s*LOGLEVEL=["']?low/m.test(textOf(host, '/etc/ufw/ufw.conf'));
  const user = { ipv4: textOf(host, USER_RULES.ipv4), ipv6: textOf(host, USER_RULES.ipv6) };
  for (const family of familiesOf(host)) {
    const now = user[family];
    const chains = chainsWith(host, family, withoutOurs(now));
    const last = intents.flatMap((intent) =>
      ufwRules(intent, family).flatMap((rule) => {
        const fates = endsOf(host, rule, chains);
        if (fates.every(({ fate }) => fate === 'accepted')) return [];
        // His own rule stops it before ours would be asked.
        const stopped = endsOf(
          host,
          rule,
          chainsWith(host, family, `${withoutOurs(now)}\n${rule.lines.join('\n')}`),
        );
        const by = stopped.find(({ fate }) => fate !== 'accepted')?.by;
        if (by !== undefined) blocked.set(`${family} ${rule.tuple}`, { intent, by });
        return by === undefined ? [rule] : [];
      }),
    );
    const first = uncounted(host, { family, now, chains, intents, operator });
    const same = JSON.stringify([...first, ...last]) === JSON.stringify(rulesIn(now).filter(isOurs));
    user[family] = same ? now : withOurs(now, { first, last }, { family, logging });
  }
  return { user, blocked: [...blocked.values()] };
}

const isOurs = ({ purpose }: UfwRule): boolean => purpose !== undefined;

/** What becomes of the connections that a rule is for: first and last port, one address of its source. */
function endsOf(host: UfwHost, rule: UfwRule, chains: Chains): readonly Fate[] {
  const match = /^allow (tcp|udp) (\d+)(?::(\d+))? (\S+) any (\S+) in /.exec(rule.tuple);
  if (match === null) return [];
  const [, protocol, first, last = first, any = '', source = ''] = match;
  const stranger = any.includes(':') ? STRANGER.ipv6 : STRANGER.ipv4;
  const from = source === any ? stranger : (source.split('/')[0] ?? '');
  return [first, last].map((port) =>
    fateOf(
      chains,
      newcomerFrom(host, { source: from, port: Number(port), protocol: protocol === 'udp' ? 'udp' : 'tcp' }),
    ),
  );
}

/** Where a rule counts logins, those of the operator are let in before it: a walk makes more than it allows in half a minute. */
function uncounted(
  host: UfwHost,
  it: {
    readonly family: UfwFamily;
    readonly now: string;
    readonly chains: Chains;
    readonly intents: readonly Intent[];
    readonly operator: { readonly address: string; readonly serverAddress: string } | undefined;
  },
): readonly UfwRule[] {
  const { family, now, chains, intents, operator } = it;
  const kept = rulesIn(now).filter(({ purpose }) => purpose === UNCOUNTED);
  const mine =
    operator !== undefined && isIpv6(operator.address) === (family === 'ipv6') ? operator : undefined;
  if (mine === undefined) return kept;
  const added = intents
    .filter(({ purpose }) => purpose === 'ssh')
    .filter(({ port, protocol }) => {
      const newcomer = newcomerFrom(host, { source: mine.address, port, protocol }, mine.serverAddress);
      const { fate, limited } = fateOf(chains, newcomer);
      return fate === 'accepted' && limited;
    })
    .flatMap((intent) => ufwRules({ ...intent, from: [mine.address], purpose: UNCOUNTED }, family));
  return [...kept, ...added.filter((rule) => !kept.some(({ tuple }) => tuple === rule.tuple))];
}
