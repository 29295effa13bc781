// What becomes of single lines of pg_hba.conf. Rules: a line is left when the server cannot read its file, or when it stands in a file that is included;
// whoever is connected must be able to come again, and a role with an md5 password cannot come over a scram-sha-256 line.
import type { HbaRow, PostgresClient, PostgresServer } from '../../src/facts/postgresql-values.ts';
import { answerOf, type Context } from '../../src/model/context.ts';
import type { HbaRuleResource } from '../../src/model/resource.ts';
import { fatesOf, rowsAfter } from '../../src/resources/hba-after.ts';
import { fitUser, isNear, linesMet } from '../../src/resources/hba-match.ts';
import { localWay, servicesOf } from './questions.ts';
import { factOf, peopleOf, type Running, runningOf, shown } from './state.ts';

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

/** What a line that takes everybody's word becomes. */
export function settleTrust(it: Running, row: HbaRow, context: Context): Settled {
  const way = row.type === 'local' ? String(answerOf(localWay, context)) : 'scram-sha-256';
  return settle(it, { row, context, edits: [...adminFirst(it, row), method(it.server, row, way)] });
}

/** What a line becomes that takes passwords in clear or as md5. */
export function settlePassword(it: Running, row: HbaRow, context: Context): Settled {
  const weak = peopleOf(it.server).filter(
    ({ name, password }) =>
      password === 'md5' && row.users.some((word) => fitUser(word, name, it.server) !== 'no'),
  );
  if (weak.length > 0) {
    const names = weak.map(({ name }) => shown(name)).join(', ');
    return {
      stays: `${names} would be shut out: give a new password first (portcullis secrets rotate, or \\password in psql)`,
    };
  }
  return settle(it, { row, context, edits: [method(it.server, row, 'scram-sha-256')] });
}

/** What a line becomes over which others come without TLS. */
export function settleTls(it: Running, row: HbaRow, context: Context): Settled {
  if (it.server.settings.ssl?.value !== 'on')
    return { stays: 'the server has no TLS: set ssl = on with a certificate first' };
  const plain = it.server.clients.filter(
    (client) => !client.ssl && client.address !== '' && meets(it.server, client, row),
  );
  if (plain.length > 0)
    return {
      stays: `${plain.map(({ user, address }) => `${shown(user)} from ${shown(address)}`).join(', ')} came without TLS`,
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
    ({ client, lost, open }) => !named.has(client.user) && (lost ?? open) !== undefined,
  );
  if (left === undefined) return { edits: edits.map((edit) => ({ ...edit, services })) };
  const { client, lost, open } = left;
  return {
    stays: `${shown(client.user)} is connected over it, and ${lost ?? open}; name its service in postgresql.services ("UNIT.service ${shown(client.user)}"), which then proves that it comes back`,
  };
}

/** Lines over which others than this machine come. */
export function farLines(server: PostgresServer): readonly HbaRow[] {
  return server.hba.filter((row) => row.error === '' && row.method !== 'reject' && !isNear(row));
}
