// Rules: a firewall is judged by its policy before anything is loaded: the operator's own way in, as the host sees it (behind a
// jump host that is the jump host), must be in it; nobody else may own the firewall; and sshd does not move to a port that the
// rules in force would drop.
import type { FirewallOwner } from '../../facts/network-values.ts';
import type { Context } from '../../model/context.ts';
import type { Refusal } from '../../model/plan.ts';
import type { Change } from '../../model/resource.ts';
import { admits } from '../../resources/firewall-policy.ts';
import { intentsIn } from '../../resources/firewall-table.ts';
import { USER_RULES } from '../../resources/ufw-files.ts';
import { ufwHostOf } from '../../resources/ufw-host.ts';
import type { Wanted } from '../../resources/wanted.ts';
import { type Operator, operatorOf } from '../operator.ts';
import { banRefusals } from './banned.ts';
import { shown } from './guard.ts';
import { renewalRefusals } from './renewals.ts';
import { ufwLetsIn, ufwRefusals, ufwWayRefusals } from './ufw.ts';

export function firewallRefusals(wanted: readonly Wanted[], context: Context): readonly Refusal[] {
  const policies = wanted.flatMap(({ resource }) => (resource.kind === 'firewall' ? [resource] : []));
  if (policies.length === 0) return portRefusals(wanted, context);
  const refusals = policies.flatMap((policy) => [
    ...(policy.backend === 'ufw'
      ? [...ownerRefusals(context, 'ufw'), ...ufwRefusals(policy.intents, context)]
      : [...ownerRefusals(context, 'portcullis'), ...operatorRefusals(policy.intents, context)]),
    ...renewalRefusals(policy, context),
  ]);
  return [...new Map(refusals.map((one) => [one.message, one])).values()];
}

/**
 * A plan that is about to be carried out, perhaps from a file and by somebody who comes from elsewhere than the one who made it:
 * whether its rules let him in.
 */
export function wayRefusals(changes: readonly Change[], context: Context): readonly Refusal[] {
  // What closes at the end is judged with the port that is left, when it is planned.
  const moving = changes.filter(({ action, phase }) => action !== 'none' && phase !== 'contract');
  if (moving.length === 0) return [];
  const after = (address: string) => moving.findLast((change) => change.address === address)?.after;
  const table = after('nft-table:inet portcullis');
  const user = { ipv4: after(`file:${USER_RULES.ipv4}`), ipv6: after(`file:${USER_RULES.ipv6}`) };
  return [
    ...banRefusals(context),
    ...(typeof table === 'string' ? operatorRefusals(intentsIn(table), context) : []),
    ...(moving.some(({ address }) => address === 'ufw:rules') ? ufwWayRefusals(user, context) : []),
  ];
}

function operatorRefusals(intents: Parameters<typeof admits>[0], context: Context): readonly Refusal[] {
  const operator = operatorOf(context);
  if (operator === undefined) return [];
  const { address, serverPort: port } = operator;
  if (admits(intents, { address, port, protocol: 'tcp' })) return [];
  return [
    {
      guard: 'guard.firewall-operator',
      message: `this host sees you come from ${shown(address)} to port ${port}, and these rules would drop that`,
      remedy: `add ${shown(address)} or its network to firewall.ssh-from${context.connection.viaProxy ? ' (it is your jump host)' : ''}`,
    },
  ];
}

function ownerRefusals({ readings }: Context, backend: FirewallOwner): readonly Refusal[] {
  if (readings.firewall.kind !== 'known') return [];
  const others = readings.firewall.value.owners.filter((owner) => owner !== backend);
  return others.map((owner) => ({
    guard: 'guard.firewall-owner',
    message: `${owner} filters on this host already: two firewalls overwrite each other, and each hides what the other does`,
    remedy: 'answer firewall.backend with "none" to keep it, or switch it off yourself first and plan again',
  }));
}

/** sshd alone is planned: the rules that are in force must let its new port in. */
function portRefusals(wanted: readonly Wanted[], context: Context): readonly Refusal[] {
  const { firewall } = context.readings;
  const operator = operatorOf(context);
  if (firewall.kind !== 'known' || operator === undefined) return [];
  const lets = letsIn(context, operator);
  const ports = wanted.flatMap(({ resource }) =>
    resource.kind === 'sshd-option' && resource.keyword.toLowerCase() === 'port'
      ? resource.values.map(Number)
      : [],
  );
  return [...new Set(ports)]
    .filter((port) => !lets(port))
    .map((port) => ({
      guard: 'guard.firewall-port',
      message: `sshd would move to port ${port}, which the firewall of this host drops for ${shown(operator.address)}`,
      remedy: `plan the firewall step in the same run, with --set sshd.port=${port}: it opens both ports first`,
    }));
}

/** Whether the rules in force let the operator in at a port. */
function letsIn(context: Context, { address, serverAddress }: Operator): (port: number) => boolean {
  const { firewall } = context.readings;
  const own = firewall.kind === 'known' ? firewall.value.own : null;
  const host = ufwHostOf(context);
  const intents = own === null ? undefined : intentsIn(own);
  return (port) =>
    (intents === undefined || admits(intents, { address, port, protocol: 'tcp' })) &&
    (host?.ufw.active !== true || ufwLetsIn(host, { address, serverAddress, port }));
}
