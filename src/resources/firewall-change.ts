// What the changes of a policy have in common, whoever holds it: our own table or ufw.
import type { Context } from '../model/context.ts';
import type { Change, FirewallResource, Primitive } from '../model/resource.ts';
import { type PublicPort, publicPorts } from './firewall-policy.ts';
import type { Wanted } from './wanted.ts';

export function policyChange(wanted: Wanted) {
  return {
    step: wanted.step,
    controls: [wanted.control],
    why: wanted.why,
    phase: 'expand',
    confidence: 'predicted',
    effective: [],
  } as const;
}

/** The unit that loads the rules at boot is enabled. `when`: what it does; `primitives`: how, where it is not enabled yet. */
export function bootChange(
  wanted: Wanted,
  it: {
    readonly unit: string;
    readonly enabled: boolean;
    readonly when: string;
    readonly primitives: readonly Primitive[];
  },
): Change {
  return {
    ...policyChange(wanted),
    address: `unit:${it.unit}`,
    action: it.enabled ? 'none' : 'update',
    title: it.enabled ? 'nothing to do: enabled' : `enabled: ${it.when}`,
    risk: it.enabled ? 'none' : 'service',
    primitives: it.enabled ? [] : it.primitives,
  };
}

/** What listens to the outside today and nobody will reach any more, but for what something else lets in. */
export function closingPorts(
  { intents }: FirewallResource,
  context: Context,
  letIn: (one: PublicPort) => boolean = () => false,
): readonly string[] {
  const meant = (one: PublicPort) =>
    intents.some(
      ({ port, to, protocol }) => protocol === one.protocol && one.port >= port && one.port <= (to ?? port),
    );
  return publicPorts(context)
    .filter((one) => !letIn(one) && !meant(one))
    .map(
      ({ port, protocol, process }) =>
        `${port}/${protocol}${process === '' ? '' : ` (${process})`}, which listens today`,
    );
}

/** Whom the policy lets in by its name, where that is not the person at the keyboard. */
export function jumpNotes(
  { intents }: FirewallResource,
  { connection, readings }: Context,
): readonly string[] {
  const named = intents.some(({ purpose, from }) => purpose === 'ssh' && from !== 'everyone');
  if (!connection.viaProxy || !named || readings.who.kind !== 'known') return [];
  return [
    `you come through a jump host: this host sees ${readings.who.value.clientAddress}, and that is the address which must stay among those who may reach SSH`,
  ];
}
