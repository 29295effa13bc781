// What the answers come to. Rules: every port that SSH has, will have, or was come by is one of the ways in; an order that does not
// depend on the order of the answers.
import type { FirewallFact, FirewallOwner } from '../../src/facts/network-values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Intent } from '../../src/model/resource.ts';
import { networkOf, sshPortsWanted } from '../../src/resources/firewall-policy.ts';
import { intentsIn } from '../../src/resources/firewall-table.ts';
import { ownIntents, rulesIn, USER_RULES } from '../../src/resources/ufw-files.ts';
import { textOf, ufwHostOf } from '../../src/resources/ufw-host.ts';
import { readIntent } from './groups.ts';

/** The comment of SSH's own rules in the table. */
export const SSH = 'ssh';

export function firewallOf(context: Context): FirewallFact | undefined {
  const { firewall } = context.readings;
  return firewall.kind === 'known' ? firewall.value : undefined;
}

export function ownersBeside(context: Context): readonly FirewallOwner[] {
  return (firewallOf(context)?.owners ?? []).filter((owner) => owner !== 'portcullis');
}

/**
 * Ways in that rules of ours hold today, in our own table or among ufw's; undefined when we have none. Where ufw filters already,
 * what it lets in is the administrator's business: nothing is proposed beside it.
 */
export function ownNow(context: Context): readonly Intent[] | undefined {
  const own = firewallOf(context)?.own ?? null;
  if (own !== null) return intentsIn(own);
  const host = ufwHostOf(context);
  if (host === undefined) return undefined;
  const user = { ipv4: textOf(host, USER_RULES.ipv4), ipv6: textOf(host, USER_RULES.ipv6) };
  const intents = ownIntents([...rulesIn(user.ipv4), ...rulesIn(user.ipv6)]);
  return intents.length > 0 || host.ufw.active ? intents : undefined;
}

/** `sshFrom` and `open` are valid answers of their questions. */
export function policyOf(
  context: Context,
  answers: { readonly sshFrom: readonly string[]; readonly open: readonly string[] },
): readonly Intent[] {
  const from = answers.sshFrom[0] === 'everyone' ? 'everyone' : answers.sshFrom.map(networkOf);
  const ssh = sshPortsWanted(context).map((port): Intent => ({ port, protocol: 'tcp', from, purpose: SSH }));
  const rest = answers.open
    .map((text) => readIntent(text, context))
    .filter((intent): intent is Intent => typeof intent !== 'string')
    .filter(
      (intent) =>
        !ssh.some(({ port }) => intent.protocol === 'tcp' && intent.to === undefined && intent.port === port),
    )
    .sort((a, b) => a.port - b.port || Number(a.protocol > b.protocol) - Number(a.protocol < b.protocol));
  return [...ssh, ...rest];
}
