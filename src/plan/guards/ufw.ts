// Rules: ufw's rules are walked as they will be, the administrator's own first, for a new connection of the operator's; only one that is
// surely let in passes. Files that ufw could not load, and a start that would bring what nobody here can take back, are refused.
import type { Context } from '../../model/context.ts';
import type { Refusal } from '../../model/plan.ts';
import type { Intent } from '../../model/resource.ts';
import { operatorAt } from '../../resources/ufw.ts';
import { fatesFrom } from '../../resources/ufw-fate.ts';
import { type UfwFamily, USER_RULES } from '../../resources/ufw-files.ts';
import { brokenUfw, startsMore, textOf, type UfwHost, ufwHostOf } from '../../resources/ufw-host.ts';
import { ufwCandidate } from '../../resources/ufw-policy.ts';
import { operatorOf } from '../operator.ts';
import { shown } from './guard.ts';

export function ufwRefusals(intents: readonly Intent[], context: Context): readonly Refusal[] {
  const host = ufwHostOf(context);
  if (host === undefined)
    return [
      {
        guard: 'guard.ufw',
        message: 'ufw is not installed on this host',
        remedy: 'answer firewall.backend with "portcullis", or install ufw yourself first',
      },
    ];
  const broken = brokenUfw(host);
  if (broken.length > 0)
    return broken.map((why) => ({
      guard: 'guard.ufw-files',
      message: `ufw could not load its own rules, so nothing is written among them: ${shown(why)}`,
      remedy: 'mend that file on the host, run "ufw reload" there, then plan again',
    }));
  const more = startsMore(host).map((what) => ({
    guard: 'guard.ufw-start',
    message: `switching ufw on would do more than filter, and could not be taken back: ${shown(what)}`,
    remedy: 'switch it on yourself first ("ufw enable", from a console) and plan again',
  }));
  return [...more, ...operatorRefusals(host, intents, context)];
}

function operatorRefusals(host: UfwHost, intents: readonly Intent[], context: Context): readonly Refusal[] {
  const { user } = ufwCandidate(host, intents, operatorAt(context));
  return userRefusals(host, user, context);
}

/** The same of rules that a plan wrote down; a family it does not write keeps what it has. */
export function ufwWayRefusals(
  written: Readonly<Record<UfwFamily, string | null | undefined>>,
  context: Context,
): readonly Refusal[] {
  const host = ufwHostOf(context);
  if (host === undefined) return [];
  const user = {
    ipv4: written.ipv4 ?? textOf(host, USER_RULES.ipv4),
    ipv6: written.ipv6 ?? textOf(host, USER_RULES.ipv6),
  };
  return userRefusals(host, user, context);
}

function userRefusals(
  host: UfwHost,
  user: Readonly<Record<UfwFamily, string>>,
  context: Context,
): readonly Refusal[] {
  const operator = operatorOf(context);
  if (operator === undefined) return [];
  const { address, serverAddress, serverPort: port } = operator;
  const [end] = fatesFrom(host, user, { port, protocol: 'tcp', address, serverAddress });
  if (end === undefined || end.fate === 'accepted') return [];
  const jump = context.connection.viaProxy ? ' (it is your jump host)' : '';
  return [
    {
      guard: 'guard.firewall-operator',
      message: `this host sees you come from ${shown(address)} to port ${port}, and ufw ${end.fate === 'unsure' ? 'may' : 'would'} drop that: ${end.by === '' ? 'no rule lets it in' : shown(end.by)}`,
      remedy:
        end.by === ''
          ? `add ${shown(address)} or its network to firewall.ssh-from${jump}`
          : 'take that rule of yours away ("ufw delete"), or put one for your address before it ("ufw prepend allow from")',
    },
  ];
}

/** Whether ufw as it is lets a new connection in. */
export function ufwLetsIn(
  host: UfwHost,
  it: { readonly address: string; readonly serverAddress: string; readonly port: number },
): boolean {
  const user = { ipv4: textOf(host, USER_RULES.ipv4), ipv6: textOf(host, USER_RULES.ipv6) };
  return fatesFrom(host, user, { ...it, protocol: 'tcp' })[0]?.fate === 'accepted';
}
