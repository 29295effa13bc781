// Rules: a first value is given to what has none, where nothing can be lost by it, neither by it nor by who shares its role; another value
// only to what was named; whoever shares a role gets it too. Every new value is proved: the database opens for it and not for the old one, and services come up and stay.

import type { SecretSeen } from '../../src/facts/secret-values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Proof } from '../../src/model/control.ts';
import type { SecretEntry, SecretResource } from '../../src/model/secret-entry.ts';
import { holeOf } from '../../src/resources/secret.ts';
import { entriesOf, generatedOf, rotatedOf, sightOf } from './state.ts';
import { lackOf } from './weakness.ts';

/** Secrets without a value of their own that may be given one, and are meant. */
export function lacking(context: Context): readonly SecretEntry[] {
  const meant = generatedOf(context);
  return (sightOf(context)?.secrets ?? [])
    .filter((seen) => lackOf(seen) !== undefined && heldBack(context, seen) === undefined)
    .map(({ entry }) => entry)
    .filter(({ name }) => meant === undefined || meant.includes(name));
}

/** Why a secret that lacks a value gets no first one from us, in words. */
export function heldBack(context: Context, { entry, status }: SecretSeen): string | undefined {
  if (entry.rotation === 'destroys' || entry.rotation === 'second-write')
    return `it is declared as "rotate ${entry.rotation}", so its first value is given by hand`;
  if (isLeftToReader({ entry, status })) return 'whoever reads it may fill it in';
  const role = entry.role?.name;
  if (role === undefined || rotatedOf(context).some((it) => it.role?.name === role)) return undefined;
  const sharers = (sightOf(context)?.secrets ?? []).filter((it) => it.entry.role?.name === role);
  const container = sharers.flatMap((it) => it.entry.containers)[0];
  if (container !== undefined)
    return `the container ${container} uses the role ${role} and would lose its database; give it by hand`;
  const kept = sharers.find(
    (it) =>
      lackOf(it) === undefined ||
      ['destroys', 'second-write'].includes(it.entry.rotation) ||
      isLeftToReader(it),
  );
  if (kept !== undefined)
    return `${kept.entry.name} uses the role ${role} too and keeps its value; name it in secrets.rotate, or give it by hand`;
  const verifier = sightOf(context)?.roles.find(({ name }) => name === role)?.verifier ?? 'none';
  return verifier === 'none'
    ? undefined
    : `the role ${role} has a password already; name ${entry.name} in secrets.rotate to change it, or give it by hand`;
}

/** Compose may fill variables in; a service manager does not. */
function isLeftToReader({ entry, status }: Pick<SecretSeen, 'entry' | 'status'>): boolean {
  return status === 'template' && (entry.units.length === 0 || entry.containers.length > 0);
}

/** Everything that gets a new value in this run. */
function filledNow(context: Context): readonly SecretEntry[] {
  const left = rotatedOf(context).filter(({ name }) => !context.rotated?.includes(name));
  return withSharers(context, [...left, ...lacking(context)]);
}

function withSharers(context: Context, entries: readonly SecretEntry[]): readonly SecretEntry[] {
  const roles = new Set(entries.flatMap(({ role }) => role?.name ?? []));
  const sharers = entriesOf(context).filter(({ role }) => role !== undefined && roles.has(role.name));
  return [...new Map([...entries, ...sharers].map((entry) => [entry.name, entry])).values()];
}

export function fills(context: Context, entries: readonly SecretEntry[]): readonly SecretResource[] {
  return withSharers(context, entries).map((fill) => ({ kind: 'secret', path: fill.path, fill }));
}

/** Those among `names` that somebody named to be changed. */
export function named(context: Context, wrong: (seen: SecretSeen) => boolean): readonly SecretResource[] {
  const bad = (sightOf(context)?.secrets ?? []).filter(wrong).map(({ entry }) => entry.name);
  return fills(
    context,
    rotatedOf(context).filter(({ name }) => bad.includes(name)),
  );
}

export function proofs(context: Context): readonly Proof[] {
  const sight = sightOf(context);
  if (sight === undefined) return [];
  const filled = filledNow(context);
  const logins = filled.flatMap((entry): readonly Proof[] => {
    if (entry.role === undefined) return [];
    const had = sight.secrets.find((it) => it.entry.name === entry.name)?.status === 'set';
    const check = {
      ...({ kind: 'postgres-login', secret: entry.name, hole: holeOf(entry) } as const),
      ...{ role: entry.role.name, database: entry.role.database },
    };
    const login = (value: 'new' | 'old', expect: Proof['expect']): Proof => ({
      id: `secrets.login-${value}.${entry.name}`,
      title:
        value === 'new'
          ? `The new ${entry.name} opens the database`
          : `The old ${entry.name} opens nothing any more`,
      viewpoint: 'inside',
      expect,
      check: { ...check, value },
    });
    return had ? [login('new', 'works'), login('old', 'fails')] : [login('new', 'works')];
  });
  const running = new Set(filled.flatMap(({ units }) => units));
  const services = sight.units
    .filter(({ name, active }) => running.has(name) && active === 'active')
    .map(({ name }): Proof => {
      const role = filled.find((it) => it.units.includes(name) && it.role !== undefined)?.role?.name;
      const connected = sight.roles.some((it) => it.name === role && it.connections > 0);
      return {
        id: `secrets.service.${name}`,
        title: `${name} runs with the new values`,
        viewpoint: 'inside',
        expect: 'works',
        check: { kind: 'service', unit: name, ...(connected && role !== undefined ? { role } : {}) },
      };
    });
  return [...logins, ...services];
}
