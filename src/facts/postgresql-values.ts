// The shapes of what PostgreSQL's servers say. Names come from the host and are hostile: sanitize before showing.
import type { Looked } from './values.ts';

export type PostgresqlFact = {
  readonly clusters: readonly PostgresCluster[];
  /** Ports of sockets in /run/postgresql behind which something listens that does not say what it is: a pooler, or a server that keeps postgres out. */
  readonly silent: readonly number[];
  /** Files that hold passwords of other servers: not read, and not edited. */
  readonly withheld: readonly string[];
  readonly looked: Looked;
};

export type PostgresCluster = {
  /** "17/main"; "port 5433" for a server whose configuration lies elsewhere. */
  readonly name: string;
  /** /etc/postgresql/17/main; empty where it is not one of Debian's. */
  readonly folder: string;
  /** postgresql@17-main.service; empty where it is not one of Debian's. */
  readonly unit: string;
  /** Whose drop-ins in conf.d are read: owner of that folder, and the line of postgresql.conf that includes it. */
  readonly dropIns: { readonly line: number; readonly uid: number; readonly gid: number } | null;
  /** null: it does not answer over its local socket. */
  readonly server: PostgresServer | null;
};

export type PostgresSetting = {
  readonly value: string;
  /** Where it comes from; empty for a default. */
  readonly file: string;
  readonly line: number;
};

export type PostgresServer = {
  readonly port: number;
  /** server_version_num: 150020 is 15.20. */
  readonly version: number;
  /** The role that initdb made: whoever administers, and what the distribution's own jobs run as. */
  readonly superuser: string;
  readonly standby: boolean;
  /** Since the last time it read its files, pg_hba.conf was written. */
  readonly hbaPending: boolean;
  /** listen_addresses, port, password_encryption, ssl, hba_file, config_file, data_directory. */
  readonly settings: Readonly<Record<string, PostgresSetting>>;
  /** What the files say now, as the server itself reads them; it uses what it last loaded. */
  readonly hba: readonly HbaRow[];
  readonly roles: readonly PostgresRoleFact[];
  readonly databases: readonly PostgresDatabase[];
  /** Who is connected; the same kind once, with their number. */
  readonly clients: readonly PostgresClient[];
};

/** A line of pg_hba_file_rules. */
export type HbaRow = {
  readonly file: string;
  readonly line: number;
  readonly type: string;
  readonly databases: readonly string[];
  readonly users: readonly string[];
  /** Empty for local; "all", "samehost", "samenet", a name, or an address. */
  readonly address: string;
  /** Where the address is one. */
  readonly netmask: string;
  readonly method: string;
  /** Names alone, because a value may be a password; of clientcert its value too. */
  readonly options: readonly string[];
  /** Why the server cannot read it; empty where it can. */
  readonly error: string;
};

export type PostgresRoleFact = {
  readonly name: string;
  readonly super: boolean;
  readonly login: boolean;
  readonly createdb: boolean;
  readonly createrole: boolean;
  readonly replication: boolean;
  readonly bypassrls: boolean;
  /** As PostgreSQL writes it; empty for no end. */
  readonly until: string;
  readonly password: 'scram' | 'md5' | 'none';
  /** Directly. */
  readonly memberOf: readonly string[];
};

export type PostgresDatabase = {
  readonly name: string;
  readonly owner: string;
  readonly template: boolean;
  /** Roles that may enter it by a right of their own. */
  readonly enter: readonly string[];
  readonly publicConnect: boolean;
  readonly publicTemp: boolean;
  /** null: it was not looked into. */
  readonly inside: {
    /** Whether everybody may create in the schema public; false where there is none. */
    readonly publicCreate: boolean;
    readonly schemaOwner: string;
    /** Role → tables and views that it owns. */
    readonly owners: Readonly<Record<string, number>>;
  } | null;
};

export type PostgresClient = {
  readonly user: string;
  readonly database: string;
  /** Empty: over the local socket. */
  readonly address: string;
  readonly ssl: boolean;
  readonly gss: boolean;
  /** A standby that takes the write-ahead log. */
  readonly replication: boolean;
  readonly count: number;
};
