// Rules: what a line does is seen by knocking: as an account that is nobody, without a password, over the ways that this host itself has; the
// administrator's way is always among them, and services that were named come back.
import type { HbaRow, PostgresServer } from '../../src/facts/postgresql-values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Proof } from '../../src/model/control.ts';
import type { DatabaseRightResource } from '../../src/model/resource.ts';
import { isNear, linesMet } from '../../src/resources/hba-match.ts';
import { type NamedService, servicesOf } from './questions.ts';
import { databasesOf, peopleOf, runningOf } from './state.ts';

const WAYS = ['', '127.0.0.1', '::1'] as const;
/** Fewer knocks than anybody notices. */
const MOST = 6;

type Knock = { readonly role: string; readonly database: string; readonly via: (typeof WAYS)[number] };

/** Somebody who surely meets this line when he comes from here. */
function knockAt(row: HbaRow, server: PostgresServer): Knock | undefined {
  for (const via of WAYS) {
    for (const { name: role } of [...peopleOf(server), { name: server.superuser }]) {
      for (const { name: database } of databasesOf(server)) {
        const visitor = { user: role, database, address: via, ssl: true, gss: false, replication: false };
        const met = linesMet(server.hba, visitor, server);
        if (met.sure && met.rows.length === 1 && met.rows[0] === row) return { role, database, via };
      }
    }
  }
  return undefined;
}

const wayWords = (via: string): string => (via === '' ? 'the local socket' : via);

/** `edited`: lines that this plan changes. */
export function lineProofs(context: Context, edited: readonly HbaRow[]): readonly Proof[] {
  const doors = runningOf(context).flatMap(({ server, cluster }): readonly Proof[] => {
    const { port } = server;
    const open = edited
      .filter((row) => server.hba.includes(row) && isNear(row) && row.method === 'trust')
      .flatMap((row) => knockAt(row, server) ?? [])
      .slice(0, MOST)
      .map(
        ({ role, database, via }): Proof => ({
          id: `postgresql.shut.${cluster.name}.${role}.${via}`,
          title: `Nobody is let in as ${role} over ${wayWords(via)} by his word alone`,
          viewpoint: 'inside',
          expect: 'fails',
          check: { kind: 'postgres-door', port, role, database, via, as: 'nobody' },
        }),
      );
    const admin: Proof = {
      id: `postgresql.admin.${cluster.name}`,
      title: `The administrator of PostgreSQL ${cluster.name} comes in over the local socket`,
      viewpoint: 'inside',
      expect: 'works',
      check: {
        kind: 'postgres-door',
        port,
        role: server.superuser,
        database: 'postgres',
        via: '',
        as: 'postgres',
      },
    };
    return [...open, admin];
  });
  return [...doors, ...comingBack(edited.length === 0 ? [] : servicesOf(context))];
}

/** Services that restart for rights that are taken. */
export function serviceProofs(taken: readonly DatabaseRightResource[]): readonly Proof[] {
  return comingBack(taken.flatMap(({ services }) => services));
}

function comingBack(services: readonly NamedService[]): readonly Proof[] {
  return services.map(
    ({ unit, role }): Proof => ({
      id: `postgresql.service.${unit}`,
      title: `${unit} comes back to its database as ${role}`,
      viewpoint: 'inside',
      expect: 'works',
      check: { kind: 'service', unit, role },
    }),
  );
}
