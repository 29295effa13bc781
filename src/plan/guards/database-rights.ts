// Rules: nothing that somebody who is connected needs goes unproved: a role that loses an attribute comes back by its service, and a database is not
// closed to whoever is in it by everybody's right alone.
import type { PostgresServer } from '../../facts/postgresql-values.ts';
import type { Context } from '../../model/context.ts';
import type { Refusal } from '../../model/plan.ts';
import type { DatabaseRightResource } from '../../model/resource.ts';
import { isMember } from '../../resources/hba-match.ts';
import type { Wanted } from '../../resources/wanted.ts';
import { shown } from './guard.ts';

export function databaseRightRefusals(wanted: readonly Wanted[], context: Context): readonly Refusal[] {
  const { postgresql } = context.readings;
  const clusters = postgresql.kind === 'known' ? postgresql.value.clusters : [];
  return wanted.flatMap(({ resource }): readonly Refusal[] => {
    if (resource.kind !== 'database-right' || resource.to) return [];
    const server = clusters.find((one) => one.server?.port === resource.port)?.server;
    if (server == null) return [];
    return resource.what === 'connect' ? closed(resource, server) : unproved(resource, server);
  });
}

function unproved(
  { role, what, services }: DatabaseRightResource,
  server: PostgresServer,
): readonly Refusal[] {
  const works = server.clients.some(({ user }) => user === role);
  if (role === undefined || !works || services.length > 0) return [];
  return [
    {
      guard: 'guard.database-rights',
      message: `${shown(role)} is connected, and nothing would show that it still works without ${what}`,
      remedy: `name its service, which restarts and has to come back: --set "postgresql.services=UNIT.service ${shown(role)}"`,
    },
  ];
}

function closed({ database }: DatabaseRightResource, server: PostgresServer): readonly Refusal[] {
  const enter = server.databases.find(({ name }) => name === database)?.enter ?? [];
  const out = server.clients.filter(
    ({ user, database: where }) =>
      where === database &&
      server.roles.find(({ name }) => name === user)?.super !== true &&
      !enter.some((role) => isMember(user, role, server)),
  );
  return [...new Set(out.map(({ user }) => user))].map((user) => ({
    guard: 'guard.database-rights',
    message: `${shown(user)} is connected to ${shown(database)} by the right of everybody, and would not come in again`,
    remedy: `give it that right first: GRANT CONNECT ON DATABASE ${shown(database)} TO ${shown(user)}`,
  }));
}
