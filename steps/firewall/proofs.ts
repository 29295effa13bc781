// Proofs of a firewall that closes: a fresh login still works, and a port from outside that was open does not answer any more.
import type { Context } from '../../src/model/context.ts';
import type { Proof } from '../../src/model/control.ts';
import type { Family } from '../../src/model/target.ts';
import { admits, type PublicPort, publicPorts } from '../../src/resources/firewall-policy.ts';
import { operatorAt } from '../../src/resources/ufw.ts';
import { fatesFrom } from '../../src/resources/ufw-fate.ts';
import { ufwHostOf } from '../../src/resources/ufw-host.ts';
import { ufwCandidate } from '../../src/resources/ufw-policy.ts';
import { acts, byUfw, policy } from './remedy.ts';

export function proofs(context: Context): readonly Proof[] {
  const { connection } = context;
  if (connection.transport === 'local' || !acts(context)) return [];
  const { user, port, root } = connection;
  // What a jump host reaches is not what strangers reach, and its silence tells nothing.
  const closing = connection.viaProxy ? undefined : closedAfter(context);
  return [
    {
      id: 'firewall.login',
      title: `a new login of ${user} on port ${port} passes the firewall`,
      viewpoint: 'fresh-login',
      expect: 'works',
      check: { kind: 'login', user, port, root: root !== 'none' },
    },
    {
      id: 'firewall.ssh-port',
      title: `port ${port} answers from outside`,
      viewpoint: 'outside',
      expect: 'works',
      check: { kind: 'port', port },
    },
    ...(closing === undefined
      ? []
      : [
          {
            id: 'firewall.closed-port',
            title: `port ${closing.port} does not answer from outside any more`,
            viewpoint: 'outside',
            expect: 'fails',
            check: { kind: 'port', port: closing.port, ...familyClosed(context, closing.port) },
          } as const,
        ]),
  ];
}

/** What listens today and is closed then; a port without a listener would fail before as well and proves nothing. */
function closedAfter(context: Context): PublicPort | undefined {
  const { readings } = context;
  const address = readings.who.kind === 'known' ? readings.who.value.clientAddress : '192.0.2.1';
  const intents = policy(context);
  const host = byUfw(context) ? ufwHostOf(context) : undefined;
  if (host?.ufw.active) return undefined;
  const texts = host === undefined ? undefined : ufwCandidate(host, intents, operatorAt(context)).user;
  return publicPorts(context).find(
    (one) =>
      one.protocol === 'tcp' &&
      !admits(intents, { address, ...one }) &&
      (host === undefined ||
        texts === undefined ||
        fatesFrom(host, texts, { port: one.port, protocol: one.protocol }).every(
          ({ fate }) => fate === 'dropped',
        )),
  );
}

/** Others may come, or the operator by the other family: then only what these rules do to him here is claimed. */
function familyClosed(context: Context, port: number): { readonly family?: Family } {
  const named = policy(context).some(({ port: first, to }) => port >= first && port <= (to ?? first));
  const { who } = context.readings;
  if (!named || who.kind !== 'known') return {};
  return { family: who.value.clientAddress.includes(':') ? 'ipv6' : 'ipv4' };
}
