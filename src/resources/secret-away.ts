// What the roles of PostgreSQL cannot tell, in words.
import type { SecretsSight, SecretUnit } from '../facts/secret-values.ts';
import type { SecretEntry } from '../model/secret-entry.ts';

/** Why the roles are not known, in words. */
export function postgresAway(postgres: Exclude<SecretsSight['postgres'], 'read'>): string {
  if (postgres === 'down') return 'PostgreSQL does not answer';
  return postgres === 'absent'
    ? 'PostgreSQL is not on this host'
    : 'more than one PostgreSQL cluster runs here, and which one has the role cannot be told';
}

/** Roles that a live service is declared to use, and that have no connection. */
export function unseenRoles(it: {
  readonly fills: readonly SecretEntry[];
  readonly restarts: readonly SecretUnit[];
  readonly sight: SecretsSight;
}): readonly string[] {
  const { fills, restarts, sight } = it;
  const live = new Set(restarts.filter(({ active }) => active === 'active').map(({ name }) => name));
  const used = fills.flatMap(({ role, units }) =>
    role !== undefined && units.some((it) => live.has(it)) ? [role.name] : [],
  );
  return sight.roles
    .filter(({ name, connections }) => connections === 0 && used.includes(name))
    .map((it) => it.name);
}
