// Rules: what is judged is what the running servers say; one that does not answer passes nothing. Names are sanitised where they are told.
import type {
  HbaRow,
  PostgresCluster,
  PostgresqlFact,
  PostgresServer,
} from '../../src/facts/postgresql-values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Verdict } from '../../src/model/control.ts';
import { knownValue } from '../../src/model/outcome.ts';
import { rowWords } from '../../src/resources/hba-match.ts';
import { sanitizeLine } from '../../src/text/sanitize.ts';

export type Running = { readonly cluster: PostgresCluster; readonly server: PostgresServer };

export function factOf({ readings }: Context): PostgresqlFact | undefined {
  return knownValue(readings.postgresql);
}

export const there = ({ readings }: Context): boolean => readings.postgresql.kind !== 'absent';

export function runningOf(context: Context): readonly Running[] {
  return (factOf(context)?.clusters ?? []).flatMap((cluster) =>
    cluster.server === null ? [] : [{ cluster, server: cluster.server }],
  );
}

export const shown = (text: string): string => sanitizeLine(text, 80);

type Faults = (server: PostgresServer, cluster: PostgresCluster) => readonly string[];

/** Judges server by server: `faults` says what is wrong with one. What does not run is not known. */
export function eachServer(context: Context, good: string, faults: Faults): Verdict {
  const { postgresql } = context.readings;
  if (postgresql.kind === 'unknown') return { result: 'unknown', evidence: [postgresql.reason] };
  const all = postgresql.kind === 'known' ? postgresql.value.clusters : [];
  const several = all.length > 1;
  const name = (cluster: PostgresCluster, words: string) =>
    several ? `${shown(cluster.name)}: ${words}` : words;
  const bad = runningOf(context).flatMap(({ cluster, server }) =>
    faults(server, cluster).map((words) => name(cluster, words)),
  );
  if (bad.length > 0) return { result: 'fail', evidence: bad };
  const words = [
    ...all.flatMap((one) =>
      one.server === null
        ? [`${shown(one.name)} does not run, or does not answer over its local socket`]
        : [],
    ),
    ...(factOf(context)?.silent ?? []).map(
      (port) =>
        `/run/postgresql/.s.PGSQL.${port}: something listens there and does not tell the account postgres what it is (a pooler, or a server of its own)`,
    ),
  ];
  if (words.length > 0 || all.length === 0) {
    return { result: 'unknown', evidence: words.length > 0 ? words : ['no cluster was found'] };
  }
  return { result: 'pass', evidence: [good] };
}

/** As eachServer, for what is only seen inside each database: one that nobody looked into passes nothing. */
export function eachDatabase(context: Context, good: string, faults: Faults): Verdict {
  const verdict = eachServer(context, good, faults);
  if (verdict.result !== 'pass') return verdict;
  const unseen = runningOf(context).flatMap(({ server, cluster }) =>
    databasesOf(server).flatMap(({ name, inside }) =>
      inside === null ? [`${shown(cluster.name)}: the database ${shown(name)} was not looked into`] : [],
    ),
  );
  return unseen.length > 0 ? { result: 'unknown', evidence: unseen } : verdict;
}

/** A line with its number, for evidence. */
export function lineWords(row: HbaRow): string {
  return `line ${row.line}: ${shown(rowWords(row))}`;
}

/** Roles that may log in and are not the one that initdb made. */
export function peopleOf(server: PostgresServer): PostgresServer['roles'] {
  return server.roles.filter(({ login, name }) => login && name !== server.superuser);
}

/** Databases that somebody works in. */
export function databasesOf(server: PostgresServer): PostgresServer['databases'] {
  return server.databases.filter(({ template }) => !template);
}

/** Others than this machine itself can reach it. */
export function isOpenWide(server: PostgresServer): boolean {
  const listens = (server.settings.listen_addresses?.value ?? '').split(',').map((one) => one.trim());
  return listens.some((one) => one !== '' && !/^(localhost|127\..*|::1)$/.test(one));
}
