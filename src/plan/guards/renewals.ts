// Rules: rules of ours that shut port 80 while certificates are fetched over it are not loaded: the day on which the old one expires is a bad day
// to learn it. Who means it says so once, by waiving the control that judges the same.
import type { Context } from '../../model/context.ts';
import type { Refusal } from '../../model/plan.ts';
import type { FirewallResource } from '../../model/resource.ts';
import { fetchedOverPort80, shutByPolicy, someOf } from '../../resources/over-port-80.ts';
import { ufwHostOf } from '../../resources/ufw-host.ts';
import { ufwWants } from '../../resources/ufw-wants.ts';
import { shown } from './guard.ts';

const CONTROL = 'firewall.renewals';

export function renewalRefusals(policy: FirewallResource, context: Context): readonly Refusal[] {
  const names = fetchedOverPort80(context);
  const waived = (context.statements ?? []).some(
    ({ control, kind, expired }) => control === CONTROL && kind === 'waive' && !expired,
  );
  if (names.length === 0 || waived) return [];
  const host = policy.backend === 'ufw' ? ufwHostOf(context) : undefined;
  const open = host === undefined ? policy.intents : [...policy.intents, ...ufwWants(host, context)];
  const shut = shutByPolicy(open, context);
  if (shut.length === 0) return [];
  return [
    {
      guard: 'guard.renewals',
      message: `certificates of ${shown(someOf(names))} are fetched over port 80 (HTTP-01), and these rules would drop the authority there over ${shut.join(' and ')}: the next renewal would fail`,
      remedy: `add 80/tcp to firewall.open; or have certbot prove itself over DNS first; or, if it is meant so: portcullis waive TARGET ${CONTROL} --reason WORDS`,
    },
  ];
}
