// Rules: who has certificates that are fetched over port 80 is told before the rules shut it, and after; the rules are judged by what the kernel
// has and by what was answered, because a policy that is about to come in force closes the port just as well.
import type { Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import type { Intent } from '../../src/model/resource.ts';
import { fetchedOverPort80, port80Now, shutByPolicy, someOf } from '../../src/resources/over-port-80.ts';
import { judged, remedy } from './remedy.ts';

/** `decided`: what shall be open; undefined where another firewall is only judged. */
export function renewalControl(decided: (context: Context) => readonly Intent[] | undefined): Control {
  const opens = (context: Context): boolean => shutByPolicy(decided(context) ?? [], context).length === 0;
  return {
    id: 'firewall.renewals',
    title: 'Port 80 is open where certificates are fetched over it',
    severity: 'high',
    why: 'An authority that gives certificates by ACME asks on port 80 first, from addresses that nobody knows. Shut, the renewal fails weeks later and the old certificate expires.',
    references: ['RFC 8555 8.3', "Let's Encrypt challenge types"],
    reads:
      'how certbot renews, sites that are to get a certificate by ACME, and what the rules do to strangers at port 80',
    mayBreak: 'Nothing: a server that answers on port 80 can be reached there.',
    applies: (context) => fetchedOverPort80(context).length > 0,
    judge: judged((context) => {
      const names = someOf(fetchedOverPort80(context));
      const intents = decided(context);
      const shut = intents === undefined ? [] : shutByPolicy(intents, context);
      if (shut.length > 0)
        return {
          result: 'fail',
          evidence: [
            `${names}: fetched over port 80, and what was decided lets not everyone in there over ${shut.join(' and ')}: add 80/tcp to firewall.open`,
          ],
        };
      const now = port80Now(context);
      if (now.shut.length > 0)
        return {
          result: 'fail',
          evidence: [`${names}: fetched over port 80, which is shut. ${now.shut.join('; ')}`],
        };
      return now.untold.length > 0
        ? { result: 'unknown', evidence: now.untold }
        : { result: 'pass', evidence: [`${names}: fetched over port 80, which is open`] };
    }),
    remedy: (context) => (opens(context) ? remedy(context) : []),
  };
}
