// A case is Debian's own cluster with single things changed: its lines, roles, databases, and who is connected.
import type {
  HbaRow,
  PostgresClient,
  PostgresCluster,
  PostgresDatabase,
  PostgresRoleFact,
} from '../../../src/facts/postgresql-values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { AnswerValue, FindingResult } from '../../../src/model/control.ts';
import { absent, known, unknown } from '../../../src/model/outcome.ts';
import { sha256 } from '../../../src/resources/wanted.ts';
import { contextOf as baseOf } from '../sshd/context.ts';

export type Case = {
  readonly about: string;
  /** Lines of pg_hba.conf; Debian's own when left out. */
  readonly lines?: readonly string[];
  /** Line → what the server says is wrong with it. */
  readonly errors?: Readonly<Record<number, string>>;
  /** Lines that stand in another file. */
  readonly included?: readonly number[];
  /** Besides postgres. */
  readonly roles?: Readonly<Record<string, Partial<PostgresRoleFact>>>;
  readonly databases?: Readonly<
    Record<
      string,
      Partial<Omit<PostgresDatabase, 'inside'>> & { inside?: Partial<PostgresDatabase['inside']> | null }
    >
  >;
  readonly clients?: readonly Partial<PostgresClient>[];
  readonly settings?: Readonly<Record<string, string | { value: string; file: string; line: number }>>;
  readonly cluster?: Partial<PostgresCluster>;
  /** Sockets that do not say what they are. */
  readonly silent?: readonly number[];
  readonly pending?: boolean;
  readonly withheld?: boolean;
  /** "absent", or the reason why nothing is known. */
  readonly reading?: string;
  readonly now?: string;
  /** Addresses of the host. */
  readonly own?: readonly string[];
  readonly answers?: Readonly<Record<string, AnswerValue>>;
  readonly findings?: Readonly<Record<string, FindingResult>>;
  readonly evidence?: Readonly<Record<string, string>>;
  /** Lines of the file after the plan; left out: it stays. */
  readonly after?: readonly string[];
  /** Client → the line that it would meet then. */
  readonly then?: Readonly<Record<string, string>>;
  /** Guard → words of its refusal. */
  readonly refusals?: Readonly<Record<string, string>>;
  /** Titles of changes of rights, all of them. */
  readonly rights?: readonly string[];
  readonly writes?: readonly string[];
  readonly refused?: Readonly<Record<string, string>>;
  readonly proposes?: Readonly<Record<string, AnswerValue>>;
  /** Titles of proofs, among others. */
  readonly proofs?: readonly string[];
};

const FOLDER = '/etc/postgresql/17/main';
export const HBA = `${FOLDER}/pg_hba.conf`;
const DEBIAN = [
  'local   all             postgres                                peer',
  'local   all             all                                     peer',
  'host    all             all             127.0.0.1/32            scram-sha-256',
  'host    all             all             ::1/128                 scram-sha-256',
  'local   replication     all                                     peer',
  'host    replication     all             127.0.0.1/32            scram-sha-256',
  'host    replication     all             ::1/128                 scram-sha-256',
];
const DEFAULTS = {
  listen_addresses: 'localhost',
  password_encryption: 'scram-sha-256',
  ssl: 'on',
  hba_file: HBA,
  config_file: `${FOLDER}/postgresql.conf`,
};

function maskOf(address: string): { readonly address: string; readonly netmask: string } {
  const [plain = '', bits] = address.split('/');
  if (bits === undefined) return { address: plain, netmask: '' };
  const v6 = plain.includes(':');
  const length = v6 ? 128 : 32;
  const digits = '1'.repeat(Number(bits)).padEnd(length, '0');
  const parts = digits.match(v6 ? /.{16}/g : /.{8}/g) ?? [];
  const netmask = parts.map((part) => Number.parseInt(part, 2).toString(v6 ? 16 : 10)).join(v6 ? ':' : '.');
  return { address: plain, netmask };
}

function rowOf(text: string, line: number, it: Case): HbaRow {
  const [type = '', databases = '', users = '', ...rest] = text.trim().split(/\s+/);
  const [address = '', method = '', ...said] = type === 'local' ? ['', ...rest] : rest;
  // As the fact tells them: a value only where it is no secret.
  const options = said.map((one) => (one.startsWith('clientcert=') ? one : (one.split('=')[0] ?? '')));
  const error = it.errors?.[line] ?? '';
  const file = it.included?.includes(line) ? `${FOLDER}/more.conf` : HBA;
  if (error !== '') {
    const empty = { type: '', databases: [], users: [], address: '', netmask: '', method: '', options: [] };
    return { file, line, ...empty, error };
  }
  const words = { databases: databases.split(','), users: users.split(','), options };
  return { file, line, type, ...words, ...maskOf(address), method, error };
}

function factOf(it: Case) {
  const lines = it.lines ?? DEBIAN;
  const text = `# head\n${lines.join('\n')}\n`;
  const role = (name: string, more: Partial<PostgresRoleFact>): PostgresRoleFact => ({
    ...{ name, super: false, login: true, createdb: false, createrole: false, replication: false },
    ...{ bypassrls: false, until: '', password: 'scram', memberOf: [], ...more },
  });
  const all = { super: true, createdb: true, createrole: true, replication: true, bypassrls: true };
  const settings = Object.entries({ ...DEFAULTS, ...it.settings }).map(([name, one]) => [
    name,
    typeof one === 'string' ? { value: one, file: '', line: 0 } : one,
  ]);
  const databases: NonNullable<Case['databases']> = { postgres: {}, ...it.databases };
  const inside = { publicCreate: false, schemaOwner: 'pg_database_owner', owners: {} };
  const cluster: PostgresCluster = {
    ...{ name: '17/main', folder: FOLDER, unit: 'postgresql@17-main.service' },
    dropIns: { line: 840, uid: 100, gid: 103 },
    server: {
      ...{ port: 5432, version: 170012, superuser: 'postgres', standby: false },
      hbaPending: it.pending ?? false,
      settings: Object.fromEntries(settings),
      hba: lines.flatMap((line, index) => (line.startsWith('#') ? [] : [rowOf(line, index + 2, it)])),
      roles: [
        role('postgres', { ...all, password: 'none' }),
        ...Object.entries(it.roles ?? {}).map(([name, more]) => role(name, more)),
      ],
      databases: Object.entries(databases).map(([name, more]) => ({
        ...{
          name,
          owner: 'postgres',
          template: false,
          publicConnect: true,
          publicTemp: true,
          enter: ['postgres', more.owner ?? 'postgres'],
          ...more,
        },
        inside: more.inside === null ? null : { ...inside, ...more.inside },
      })),
      clients: (it.clients ?? []).map((one) => ({
        ...{ user: 'app', database: 'shop', address: '127.0.0.1', ssl: true, gss: false },
        ...{ replication: false, count: 1, ...one },
      })),
    },
    ...it.cluster,
  };
  const file = {
    path: HBA,
    realPath: HBA,
    text,
    mode: '0640',
    uid: 100,
    gid: 103,
    nlink: 1,
    sha256: sha256(text),
  };
  const unit = { enabled: 'enabled-runtime', active: 'active' };
  return {
    clusters: [cluster],
    silent: it.silent ?? [],
    withheld: it.withheld ? [HBA] : [],
    looked: {
      files: [file],
      places: [`${FOLDER}/conf.d/portcullis.conf`],
      units: { 'postgresql@17-main.service': unit },
    },
  };
}

export function contextOf(it: Case): Context {
  const base = baseOf({ about: it.about, ...(it.answers === undefined ? {} : { answers: it.answers }) });
  const reading =
    it.reading === undefined ? known(factOf(it)) : it.reading === 'absent' ? absent : unknown(it.reading);
  const { boot } = base.readings;
  const epochSeconds = Date.parse(it.now ?? '2026-11-22T12:00:00Z') / 1000;
  return {
    ...base,
    readings: {
      ...base.readings,
      boot: boot.kind === 'known' ? known({ ...boot.value, epochSeconds }) : boot,
      postgresql: reading,
      ...(it.own === undefined ? {} : { network: known({ addresses: it.own, routes: [] }) }),
    },
  };
}
