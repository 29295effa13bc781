// Rules: whoever is banned by fail2ban may keep the session he has and get no new one, and a new login is what proves every change.
// A ban on ports that he does not come by is none of it. It is told and lifted by hand: why he was banned is worth a look.
import type { JailFact } from '../../facts/network-values.ts';
import type { Context } from '../../model/context.ts';
import type { Refusal } from '../../model/plan.ts';
import { holdsAddress } from '../../text/network.ts';
import { coversPort } from '../../text/port-range.ts';
import { operatorOf } from '../operator.ts';
import { shown } from './guard.ts';

export function banRefusals(context: Context): readonly Refusal[] {
  const { fail2ban } = context.readings;
  const operator = operatorOf(context);
  if (fail2ban.kind !== 'known' || operator === undefined) return [];
  const { address, serverPort } = operator;
  const jails = fail2ban.value.jails.filter(
    (jail) =>
      jail.banned.some((one) => holdsAddress(one, address)) && portsOf(jail).some((it) => it(serverPort)),
  );
  if (jails.length === 0) return [];
  const names = jails.map(({ name }) => shown(name)).join(', ');
  return [
    {
      guard: 'guard.banned',
      message: `fail2ban has banned ${shown(address)}, where you come from (${names}): a new login from there does not come about, so nothing could be proved`,
      remedy: `on the host, as root: fail2ban-client unban ${shown(address)}; then plan again`,
    },
  ];
}

/** What each action of a jail bans from; one that names no port bans from all of them. */
function portsOf({ actions }: JailFact): readonly ((port: number) => boolean)[] {
  return Object.values(actions).map(
    (list) => (port) => list.trim() === '' || list.split(',').some((range) => coversPort(range.trim(), port)),
  );
}
