// What becomes of single lines of pg_hba.conf. Rules: a line is left when the server cannot read its file, or when it stands in a file that is included;
// whoever is connected must be able to come again, and a role with an md5 password cannot come over a scram-sha-256 line. Whom a line lets go must
// not find an easier one behind it.
import type { HbaRow, PostgresClient, PostgresServer } from '../../src/facts/postgresql-values.ts';
import { answerOf, type Context } from '../../src/model/context.ts';
import type { HbaRuleResource } from '../../src/model/resource.ts';
import { fatesOf, isOfHost, type PairedRow, rowsAfter } from '../../src/resources/hba-after.ts';
import { covers, type Eased, easedAt } from '../../src/resources/hba-ease.ts';
import { fitUser, isNear, linesMet } from '../../src/resources/hba-match.ts';
import { localWay, servicesOf } from './questions.ts';
import { factOf, lineWords, type Running, runningOf, shown } from './state.ts';

/** An edit, or why the line stays as it is. */
export type Settled = { readonly edits: readonly HbaRuleResource[] } | { readonly stays: string };

function fileOf(server: PostgresServer): string {
  return server.settings.hba_file?.value ?? '';
}

/** Why nothing in this server's file is edited. */
function heldBack({ server, cluster }: Running, context: Context): string | undefined {
  const file = fileOf(server);
  if (cluster.unit === '') return 'the cluster is not one of Debian’s, so nobody knows how it is reloaded';
  if (factOf(context)?.withheld.includes(file) === true)
    return 'the file holds passwords of other servers; edit it by hand';
  if (runningOf(context).some((one) => one.server.hba.some(({ error }) => error !== '')))
    return 'PostgreSQL cannot read all of pg_hba.conf; mend that first';
  return server.hbaPending
    ? 'pg_hba.conf was changed and not loaded; reload it or take the change back first'
    : undefined;
}

function method(server: PostgresServer, row: HbaRow, value: string): HbaRuleResource {
  const edit = { do: 'set', part: 'method', value } as const;
  return { kind: 'hba-rule', file: fileOf(server), line: row.line, edit, services: [] };
}

/** What each line that takes everybody's word becomes. */
export function settleTrust(it: Running, context: Context): (row: HbaRow) => Settled {
  return (row) => {
    const way = row.type === 'local' ? String(answerOf(localWay, context)) : 'scram-sha-256';
    return settle(it, { row, context, edits: [...adminFirst(it, row), method(it.server, row, way)] });
  };
}

/** What each line becomes that takes passwords in clear or as md5. */
export function settlePassword(it: Running, context: Context): (row: HbaRow) => Settled {
  return (row) => {
    const weak = it.server.roles.filter(
      ({ name, password, login }) => login && password === 'md5' && mayComeBy(row, name, it.server),
    );
    if (weak.length === 0)
      return settle(it, { row, context, edits: [method(it.server, row, 'scram-sha-256')] });
    const names = weak.map(({ name }) => shown(name)).join(', ');
    return {
      stays: `${names} would be shut out: give a new password first (portcullis secrets rotate, or \\password in psql)`,
    };
  };
}

/** The line is for this role, and no other line surely was before it. */
function mayComeBy(row: HbaRow, role: string, server: PostgresServer): boolean {
  if (row.users.every((word) => fitUser(word, role, server) === 'no')) return false;
  const his = { ...row, users: [role] };
  const ahead = server.hba.slice(0, server.hba.indexOf(row));
  return !ahead.some((one) => one.error === '' && one.type === row.type && covers(one, his, server));
}

/** Lines for other machines over which somebody may come without TLS. */
export function isPlain(row: HbaRow, server: PostgresServer): boolean {
  return ['host', 'hostnossl', 'hostnogssenc'].includes(row.type) && farLines(server).includes(row);
}

/** What each line becomes over which others come without TLS; from the last, because whom a line lets go meets those behind it. */
export function settleTls(it: Running, context: Context): (row: HbaRow) => Settled {
  const lines = it.server.hba.map((row): PairedRow => ({ before: row, after: row }));
  const told = new Map<HbaRow, Settled>();
  for (const [index, row] of [...it.server.hba.entries()].reverse()) {
    if (!isPlain(row, it.server)) continue;
    const changed: PairedRow = { before: row, after: { ...row, type: 'hostssl' } };
    const eased = easedAt({ lines: lines.with(index, changed), index, server: it.server });
    const settled = tlsOf(it, { row, context, eased });
    told.set(row, settled);
    if ('edits' in settled) lines[index] = changed;
  }
  return (row) => told.get(row) ?? { stays: 'it is not for other machines' };
}

function tlsOf(
  it: Running,
  {
    row,
    context,
    eased,
  }: { readonly row: HbaRow; readonly context: Context; readonly eased: Eased | undefined },
): Settled {
  if (row.type === 'hostnossl')
    return { stays: 'it is only for those who come without TLS: take it out by hand once nobody needs it' };
  if (it.server.settings.ssl?.value !== 'on')
    return { stays: 'the server has no TLS: set ssl = on with a certificate first' };
  const plain = it.server.clients.filter(
    (client) => !client.ssl && client.address !== '' && meets(it.server, client, row),
  );
  if (plain.length > 0)
    return {
      stays: `${plain.map(({ user, address }) => `${shown(user)} from ${shown(address)}`).join(', ')} came without TLS`,
    };
  if (eased !== undefined)
    return {
      stays: `whoever comes ${eased.kind} would then be let in by ${lineWords(eased.now)}, which may ask for less: mend that line first`,
    };
  const edit = { do: 'set', part: 'type', value: 'hostssl' } as const;
  return settle(it, {
    row,
    context,
    edits: [{ kind: 'hba-rule', file: fileOf(it.server), line: row.line, edit, services: [] }],
  });
}

function meets(server: PostgresServer, client: PostgresClient, row: HbaRow): boolean {
  return linesMet(server.hba, client, server).rows.includes(row);
}

/** The administrator's way stays in front of a line that was his. */
function adminFirst({ server }: Running, row: HbaRow): readonly HbaRuleResource[] {
  if (row.type !== 'local') return [];
  const admin = {
    user: server.superuser,
    database: 'postgres',
    address: '',
    ssl: false,
    gss: false,
    replication: false,
  };
  const [first] = linesMet(server.hba, admin, server).rows;
  return first === row
    ? [
        {
          kind: 'hba-rule',
          file: row.file,
          line: row.line,
          edit: { do: 'admin-first', role: server.superuser },
          services: [],
        },
      ]
    : [];
}

/** The edits, unless they shut out somebody who is connected and whose coming again nobody could prove. */
function settle(
  it: Running,
  {
    row,
    context,
    edits,
  }: { readonly row: HbaRow; readonly context: Context; readonly edits: readonly HbaRuleResource[] },
): Settled {
  const why = heldBack(it, context);
  if (why !== undefined) return { stays: why };
  if (row.file !== fileOf(it.server))
    return { stays: `it stands in ${shown(row.file)}, which is included: edit it by hand` };
  const services = servicesOf(context);
  const named = new Set(services.map(({ role }) => role));
  const left = fatesOf(it.server, rowsAfter(it.server, edits)).find(
    ({ client, lost, open }) =>
      (lost ?? open) !== undefined && !(named.has(client.user) && isOfHost(client, context)),
  );
  if (left === undefined) return { edits: edits.map((edit) => ({ ...edit, services })) };
  const { client, lost, open } = left;
  if (!isOfHost(client, context))
    return {
      stays: `${shown(client.user)} is connected over it from ${shown(client.address)}, and ${lost ?? open}; no service of this host can prove that it comes back: change the line by hand`,
    };
  return {
    stays: `${shown(client.user)} is connected over it, and ${lost ?? open}; name its service in postgresql.services ("UNIT.service ${shown(client.user)}"), which then proves that it comes back`,
  };
}

/** Lines over which others than this machine come. */
export function farLines(server: PostgresServer): readonly HbaRow[] {
  return server.hba.filter((row) => row.error === '' && row.method !== 'reject' && !isNear(row));
}
