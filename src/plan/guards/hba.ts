// Rules: who is connected to a database comes in again after the plan, or nothing begins: whom no line lets in, or whose password does not open his
// line, is named. Whoever only has to prove something new is let be where his service on this host restarts and shows it. The administrator of the
// database keeps his way. Nobody else, connected or not, comes in more easily than before.
import type { Context } from '../../model/context.ts';
import type { Refusal } from '../../model/plan.ts';
import type { HbaRuleResource } from '../../model/resource.ts';
import { clientWords, fatesOf, isOfHost, pairedRows } from '../../resources/hba-after.ts';
import { easedAt } from '../../resources/hba-ease.ts';
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
  const lines = pairedRows(server, edits);
  const after = lines.map((line) => line.after);
  const proved = new Set(edits.flatMap(({ services }) => services.map(({ role }) => role)));
  const clients = fatesOf(server, after).flatMap(({ client, lost, open }): readonly Refusal[] => {
    const here = isOfHost(client, context);
    const why = lost ?? (here && proved.has(client.user) ? undefined : open);
    if (why === undefined) return [];
    return [
      {
        guard: 'guard.database-clients',
        message: `${shown(clientWords(client))} is connected and would not come in again: ${shown(why)}`,
        remedy:
          lost === undefined
            ? here
              ? `name its service, which then proves that it comes back: --set "postgresql.services=UNIT.service ${shown(client.user)}"`
              : 'leave the control out: only its own machine can show that it has a password'
            : `give the role ${shown(client.user)} a new password first, or leave the control out`,
      },
    ];
  });
  const eased = lines.flatMap(({ before, after: row }, index): readonly Refusal[] => {
    const one = before === row ? undefined : easedAt({ lines, index, server });
    if (one === undefined) return [];
    const was = one.was === null ? 'no line that is sure' : `"${shown(rowWords(one.was))}"`;
    return [
      {
        guard: 'guard.database-easier',
        message: `line ${row.line} becomes "${shown(rowWords(row))}": whoever comes ${one.kind} could then be let in by "${shown(rowWords(one.now))}" (line ${one.now.line}), and so far met ${was}`,
        remedy: 'put the lines of pg_hba.conf in order by hand, or leave the control out, then plan again',
      },
    ];
  });
  const admin = {
    ...{ user: server.superuser, database: 'postgres', address: '' },
    ...{ ssl: false, gss: false, replication: false },
  };
  const [way] = linesMet(after, admin, server).rows;
  if (way?.method === 'peer' || way?.method === 'trust') return [...clients, ...eased];
  return [
    ...clients,
    ...eased,
    {
      guard: 'guard.database-administrator',
      message: `${shown(server.superuser)} would come over the local socket by ${way === undefined ? 'no line' : shown(rowWords(way))}: nobody could administer the database`,
      remedy: 'put "local all postgres peer" first in pg_hba.conf, then plan again',
    },
  ];
}
