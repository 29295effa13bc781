// Rules: who is connected to a database comes in again after the plan, or nothing begins: whom no line lets in, or whose password does not open his
// line, is named. Whoever only has to prove something new is let be where his service restarts and shows it. The administrator of the
// database keeps his way.
import type { Context } from '../../model/context.ts';
import type { Refusal } from '../../model/plan.ts';
import type { HbaRuleResource } from '../../model/resource.ts';
import { clientWords, fatesOf, rowsAfter } from '../../resources/hba-after.ts';
import { linesMet, rowWords } from '../../resources/hba-match.ts';
import { clusterWith } from '../../resources/hba-rule.ts';
import type { Wanted } from '../../resources/wanted.ts';
import { shown } from './guard.ts';

export function hbaRefusals(wanted: readonly Wanted[], context: Context): readonly Refusal[] {
  const edits = wanted.flatMap(({ resource }) => (resource.kind === 'hba-rule' ? [resource] : []));
  return [...new Set(edits.map(({ file }) => file))].flatMap((file) =>
    refusalsIn(
      edits.filter((edit) => edit.file === file),
      context,
    ),
  );
}

function refusalsIn(edits: readonly HbaRuleResource[], context: Context): readonly Refusal[] {
  const server = clusterWith(context, edits[0]?.file ?? '')?.server;
  if (server == null) return [];
  const after = rowsAfter(server, edits);
  const proved = new Set(edits.flatMap(({ services }) => services.map(({ role }) => role)));
  const clients = fatesOf(server, after).flatMap(({ client, lost, open }): readonly Refusal[] => {
    const why = lost ?? (proved.has(client.user) ? undefined : open);
    if (why === undefined) return [];
    return [
      {
        guard: 'guard.database-clients',
        message: `${shown(clientWords(client))} is connected and would not come in again: ${shown(why)}`,
        remedy:
          lost === undefined
            ? `name its service, which then proves that it comes back: --set "postgresql.services=UNIT.service ${shown(client.user)}"`
            : `give the role ${shown(client.user)} a new password first, or leave the control out`,
      },
    ];
  });
  const admin = {
    ...{ user: server.superuser, database: 'postgres', address: '' },
    ...{ ssl: false, gss: false, replication: false },
  };
  const [way] = linesMet(after, admin, server).rows;
  if (way?.method === 'peer' || way?.method === 'trust') return clients;
  return [
    ...clients,
    {
      guard: 'guard.database-administrator',
      message: `${shown(server.superuser)} would come over the local socket by ${way === undefined ? 'no line' : shown(rowWords(way))}: nobody could administer the database`,
      remedy: 'put "local all postgres peer" first in pg_hba.conf, then plan again',
    },
  ];
}
