// What the changes of a policy have in common, whoever holds it: our own table or ufw.
import type { FirewallFact } from '../facts/network-values.ts';
import type { Context } from '../model/context.ts';
import { known } from '../model/outcome.ts';
import type { Change, FirewallResource, Primitive } from '../model/resource.ts';
import { type PublicPort, publicPorts } from './firewall-policy.ts';
import { NO_DIFF, type ResourceDiff, type Wanted } from './wanted.ts';

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

/**
 * The same policy once the ways in that this run leaves are gone, as the last stage of it: worked out on the host as its first stage
 * leaves it.
 */
export function closingDiff(
  wanted: Wanted<FirewallResource>,
  it: {
    readonly context: Context;
    readonly first: ResourceDiff;
    readonly diff: (wanted: Wanted<FirewallResource>, context: Context) => ResourceDiff;
  },
): ResourceDiff {
  const { leaving = [], ...resource } = wanted.resource;
  const { firewall } = it.context.readings;
  if (leaving.length === 0 || firewall.kind !== 'known') return NO_DIFF;
  const intents = resource.intents.filter(
    ({ purpose, port }) => purpose !== 'ssh' || !leaving.includes(port),
  );
  const after = known(factAfter(firewall.value, it.first.changes));
  const later = it.diff(
    { ...wanted, resource: { ...resource, intents } },
    { ...it.context, readings: { ...it.context.readings, firewall: after } },
  );
  const changes = later.changes
    .filter(({ action }) => action !== 'none')
    .map((change): Change => ({ ...change, phase: 'contract' }));
  return { ...later, changes, notes: [] };
}

/** The firewall of the host as these changes leave it. */
function factAfter(fact: FirewallFact, changes: readonly Change[]): FirewallFact {
  const acting = changes.filter(({ action }) => action !== 'none');
  const table = acting.findLast(({ address }) => address === 'nft-table:inet portcullis')?.after;
  const files = new Map((fact.looked.files ?? []).map((file) => [file.realPath, file]));
  const units = { ...fact.units };
  for (const { primitives, after } of acting) {
    for (const one of primitives) {
      if (one.kind === 'put-file') {
        const { path, sha256, mode, uid, gid } = one;
        const was = { path, realPath: path, nlink: 1, ...files.get(path) };
        files.set(path, { ...was, text: after ?? '', sha256, mode, uid, gid });
      }
      if (one.kind === 'unit' && one.verb === 'enable') {
        units[one.name] = { active: units[one.name]?.active ?? 'inactive', enabled: 'enabled' };
      }
    }
  }
  const ufw = fact.ufw !== undefined && acting.some(({ address }) => address === 'ufw:rules');
  return {
    ...fact,
    units,
    looked: { ...fact.looked, files: [...files.values()] },
    ...(typeof table === 'string' ? { own: table } : {}),
    ...(ufw && fact.ufw !== undefined
      ? {
          ufw: {
            ...fact.ufw,
            enabled: true,
            active: true,
            ipv6: fact.ufw.ipv6 || fact.ipv6,
            inputPolicy: fact.ufw.inputPolicy === 'reject' ? 'reject' : 'drop',
          },
        }
      : {}),
  };
}
