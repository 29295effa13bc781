// The second look, for runs that are to ask an authority for certificates. Rules: it costs nothing where no name was answered; the host and this
// machine are asked side by side; port 80 is knocked at as any port is (look-outside.ts).
import { randomBytes } from 'node:crypto';
import { namesCommand, parseNames } from '../facts/names.ts';
import type { Context } from '../model/context.ts';
import type { NameResolver } from '../model/names.ts';
import { knownValue, unknown } from '../model/outcome.ts';
import { lookOutside } from './look-outside.ts';
import type { SessionState } from './session.ts';

const DOORS = [
  { family: 'ipv4', port: 80 },
  { family: 'ipv6', port: 80 },
] as const;

/** Names that the answers of this context put to an authority. */
function namesIn(state: Pick<SessionState, 'steps'>, context: Context): readonly string[] {
  return [...new Set(state.steps.flatMap((step) => step.names?.(context) ?? []))];
}

/** Whether these answers name others than were looked at. */
export function namesOthers(state: SessionState, context: Context): boolean {
  const seen = context.names?.kind === 'known' ? context.names.value.names.map(({ name }) => name) : [];
  return JSON.stringify(namesIn(state, context)) !== JSON.stringify(seen);
}

export async function withNames(
  state: SessionState,
  context: Context,
  resolver: NameResolver,
): Promise<Context> {
  const names = namesIn(state, context);
  const { names: _, ...bare } = context;
  if (names.length === 0) return bare;
  const transport = await state.line.transport();
  const addresses = knownValue(context.readings.network)?.addresses ?? [];
  const [outcome, here, port80] = await Promise.all([
    transport.run(namesCommand(names, randomBytes(16).toString('hex'))),
    Promise.all(
      names.map(async (name) => ({
        ...{ name, ...(await resolver.addresses(name)) },
        authorities: await resolver.authorities(name),
      })),
    ),
    lookOutside(transport, DOORS, { addresses }),
  ]);
  if (outcome.kind !== 'exited')
    return { ...context, names: unknown(`the host was not heard about where names lead (${outcome.kind})`) };
  const leads = parseNames(outcome);
  if (leads.kind !== 'known') return { ...context, names: leads };
  const sights = here.map(({ name, addresses: seen, why, authorities }) => ({
    ...{ name, host: leads.value.get(name) ?? [], here: seen, hereWhy: why },
    ...(authorities === undefined ? {} : { authorities }),
  }));
  return { ...context, names: { kind: 'known', value: { names: sights, port80 } } };
}
