// A server's own answer, from JSON to its shape. Rules: what is missing or of another kind makes the answer unreadable; nothing is guessed.
import type {
  HbaRow,
  PostgresClient,
  PostgresDatabase,
  PostgresRoleFact,
  PostgresServer,
} from './postgresql-values.ts';
import { Unreadable, whole } from './sections.ts';

/** `inside`: what each database said, by its name. */
export function serverOf(
  said: string,
  it: { readonly port: string; readonly inside: ReadonlyMap<string, string> },
): PostgresServer {
  const all = new Fields(parsed(said));
  const settings = new Fields(all.get('settings'));
  const hbaFile = new Fields(settings.get('hba_file')).text('value');
  return {
    port: whole(it.port),
    version: all.number('version'),
    superuser: all.text('superuser'),
    standby: all.flag('standby'),
    hbaPending: all.number('hbaChanged') > all.number('loaded'),
    settings: Object.fromEntries(
      settings.names().map((name) => {
        const one = new Fields(settings.get(name));
        return [name, { value: one.text('value'), file: one.text('file'), line: one.number('line') }];
      }),
    ),
    hba: all.list('hba').map((one) => rowOf(one, hbaFile)),
    roles: all.list('roles').map(roleOf),
    databases: all
      .list('databases')
      .filter((one) => one.flag('allow'))
      .map((one) => databaseOf(one, it.inside)),
    clients: all.list('clients').map(clientOf),
  };
}

class Fields {
  private readonly value: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Unreadable('PostgreSQL gave an answer of another shape');
    this.value = value as Readonly<Record<string, unknown>>;
  }

  names(): readonly string[] {
    return Object.keys(this.value);
  }

  get(name: string): unknown {
    return Object.hasOwn(this.value, name) ? this.value[name] : undefined;
  }

  private of<T>(name: string, isOne: (value: unknown) => value is T): T {
    const value = this.get(name);
    if (!isOne(value)) throw new Unreadable(`PostgreSQL does not say "${name}"`);
    return value;
  }

  text(name: string): string {
    return this.of(name, (value) => typeof value === 'string');
  }

  number(name: string): number {
    return this.of(name, (value) => typeof value === 'number');
  }

  flag(name: string): boolean {
    return this.of(name, (value) => typeof value === 'boolean');
  }

  texts(name: string): readonly string[] {
    const isList = (value: unknown): value is readonly string[] =>
      Array.isArray(value) && value.every((one) => typeof one === 'string');
    return this.of(name, isList);
  }

  list(name: string): readonly Fields[] {
    return this.of(name, Array.isArray).map((one) => new Fields(one));
  }

  /** As text, null being empty. */
  orEmpty(name: string): string {
    return this.get(name) === null ? '' : this.text(name);
  }

  orNone(name: string): readonly string[] {
    return this.get(name) === null ? [] : this.texts(name);
  }
}

function parsed(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    throw new Unreadable('PostgreSQL gave an answer that is not whole');
  }
}

/** Releases before 16 do not name the file: there is only one. */
function rowOf(one: Fields, hbaFile: string): HbaRow {
  return {
    file: one.get('file_name') === undefined ? hbaFile : one.text('file_name'),
    line: one.number('line_number'),
    type: one.orEmpty('type'),
    databases: one.orNone('database'),
    users: one.orNone('user_name'),
    address: one.orEmpty('address'),
    netmask: one.orEmpty('netmask'),
    method: one.orEmpty('auth_method'),
    options: one.orNone('options'),
    error: one.orEmpty('error'),
  };
}

function roleOf(one: Fields): PostgresRoleFact {
  const password = one.text('password');
  return {
    name: one.text('name'),
    super: one.flag('super'),
    login: one.flag('login'),
    createdb: one.flag('createdb'),
    createrole: one.flag('createrole'),
    replication: one.flag('replication'),
    bypassrls: one.flag('bypassrls'),
    until: one.text('until'),
    password: password === 'scram' || password === 'md5' ? password : 'none',
    memberOf: one.texts('memberOf'),
  };
}

function databaseOf(one: Fields, inside: ReadonlyMap<string, string>): PostgresDatabase {
  const name = one.text('name');
  const said = inside.get(name);
  const fields = said === undefined ? undefined : new Fields(parsed(said));
  const owners = fields === undefined ? undefined : new Fields(fields.get('owners'));
  return {
    name,
    owner: one.text('owner'),
    template: one.flag('template'),
    enter: one.texts('enter'),
    publicConnect: one.flag('publicConnect'),
    publicTemp: one.flag('publicTemp'),
    inside:
      fields === undefined || owners === undefined
        ? null
        : {
            publicCreate: fields.get('publicCreate') === true,
            schemaOwner: fields.orEmpty('schemaOwner'),
            owners: Object.fromEntries(owners.names().map((role) => [role, owners.number(role)])),
          },
  };
}

function clientOf(one: Fields): PostgresClient {
  return {
    user: one.text('user'),
    database: one.text('database'),
    address: one.text('address'),
    ssl: one.flag('ssl'),
    gss: one.flag('gss'),
    replication: one.flag('replication'),
    count: one.number('count'),
  };
}
