// What lines of pg_hba.conf come to once a plan's edits are made, and whether whoever is connected could come again.
import type { HbaRow, PostgresClient, PostgresRoleFact, PostgresServer } from '../facts/postgresql-values.ts';
import type { Context } from '../model/context.ts';
import { knownValue } from '../model/outcome.ts';
import type { HbaRuleResource } from '../model/resource.ts';
import { holdsAddress } from '../text/network.ts';
import { linesMet, rowWords } from './hba-match.ts';

/** A line before and after; undefined before: it is new. */
export type PairedRow = { readonly before: HbaRow | undefined; readonly after: HbaRow };

/** The server's lines with the edits of its main file, in their order. */
export function pairedRows(server: PostgresServer, edits: readonly HbaRuleResource[]): readonly PairedRow[] {
  const main = server.settings.hba_file?.value ?? '';
  return server.hba.flatMap((row): readonly PairedRow[] => {
    const mine = row.file === main ? edits.filter(({ line }) => line === row.line) : [];
    const ahead = mine.flatMap(({ edit }) => (edit.do === 'admin-first' ? [wayOf(edit.role, row)] : []));
    const after = mine.reduce((one, { edit }) => (edit.do === 'set' ? withEdit(one, edit) : one), row);
    return [...ahead.map((one) => ({ before: undefined, after: one })), { before: row, after }];
  });
}

export function rowsAfter(server: PostgresServer, edits: readonly HbaRuleResource[]): readonly HbaRow[] {
  return pairedRows(server, edits).map(({ after }) => after);
}

function wayOf(role: string, row: HbaRow): HbaRow {
  const fields = { databases: ['all'], users: [role], address: '', netmask: '', options: [] };
  return { ...row, type: 'local', ...fields, method: 'peer' };
}

function withEdit(row: HbaRow, edit: Extract<HbaRuleResource['edit'], { do: 'set' }>): HbaRow {
  if (edit.part === 'type') return { ...row, type: edit.value };
  return { ...row, method: edit.value, options: row.options.filter(isKept) };
}

/** Options belong to their method, but for what asks for a certificate besides. */
export function isKept(option: string): boolean {
  return /^client(cert|name)(=|$)/.test(option);
}

/** What becomes of a client when it comes again: the line it meets now, the one it will meet, and why it would be left out. */
export type Fate = {
  readonly client: PostgresClient;
  readonly before: readonly HbaRow[];
  readonly after: readonly HbaRow[];
  /** It surely does not come in any more. */
  readonly lost?: string;
  /** Nobody can tell from here whether it comes in; only its coming again proves it. */
  readonly open?: string;
};

export function fatesOf(server: PostgresServer, after: readonly HbaRow[]): readonly Fate[] {
  return server.clients.map((client) => {
    const [was, will] = [linesMet(server.hba, client, server), linesMet(after, client, server)];
    const common = { client, before: was.rows, after: will.rows };
    // What it meets is as it was: nothing of ours changes how it comes in.
    if (JSON.stringify(was.rows) === JSON.stringify(will.rows) && was.sure === will.sure) return common;
    const [first] = will.rows;
    if (first === undefined) return { ...common, lost: 'no line lets it in any more' };
    const role = server.roles.find(({ name }) => name === client.user);
    const told = will.rows.map((row) => entry(row, role, was.rows));
    const lost = told.find((one) => one?.kind === 'lost');
    if (lost !== undefined) return { ...common, lost: lost.why };
    const open = told.find((one) => one?.kind === 'open');
    return open === undefined ? common : { ...common, open: open.why };
  });
}

type Told = { readonly kind: 'lost' | 'open'; readonly why: string };

const BY_PASSWORD: readonly string[] = ['md5', 'password', 'scram-sha-256'];

function entry(row: HbaRow, role: PostgresRoleFact | undefined, before: readonly HbaRow[]): Told | undefined {
  if (row.method === 'reject') return { kind: 'lost', why: `"${rowWords(row)}" refuses it` };
  if (row.method === 'scram-sha-256') {
    if (role?.password === 'none') return { kind: 'lost', why: 'its role has no password' };
    if (role?.password === 'md5')
      return { kind: 'lost', why: 'its role has an md5 password, which does not open a scram-sha-256 line' };
    // Who gave a password to the line of before gives it to this one.
    const gave = before.length > 0 && before.every(({ method }) => BY_PASSWORD.includes(method));
    return gave ? undefined : { kind: 'open', why: 'it gave no password so far' };
  }
  const same = before.some(({ method }) => method === row.method);
  if (row.method === 'trust' || same) return undefined;
  return { kind: 'open', why: `it did not come by "${row.method}" so far` };
}

/** It comes from this host itself, so a service of this host can be what comes. */
export function isOfHost({ address }: Pick<PostgresClient, 'address'>, { readings }: Context): boolean {
  if (address === '' || holdsAddress('127.0.0.0/8', address) || holdsAddress('::1', address)) return true;
  return (knownValue(readings.network)?.addresses ?? []).some((own) => holdsAddress(own, address));
}

/** The client in words. */
export function clientWords({ user, database, address, ssl, replication, count }: PostgresClient): string {
  const what = replication ? 'replication' : database;
  const where =
    address === '' ? 'over the local socket' : `from ${address}${ssl ? ' with TLS' : ' without TLS'}`;
  return `${user} on ${what} ${where}${count > 1 ? ` (${count} connections)` : ''}`;
}
