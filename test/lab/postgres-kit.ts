// A PostgreSQL with an application that uses it, and everything that can be wrong about who gets in.
import type { Host } from '../../src/lab/host.ts';
import { plantApplication } from './secrets-kit.ts';

/** SQL as the administrator; its rows. */
export async function sql(host: Host, text: string, database = 'postgres'): Promise<string> {
  const { code, stdout, stderr } = await host.console(
    `cd /; setpriv --reuid=postgres --regid=postgres --init-groups psql -qXAt -v ON_ERROR_STOP=1 -d ${database}`,
    { stdin: text },
  );
  if (code !== 0) throw new Error(`psql: ${stdout}${stderr}`);
  return stdout;
}

/** Everything about roles, rights and lines that a rollback has to give back. */
export async function sqlState(host: Host): Promise<string> {
  const roles = await host.console(
    'cd /; setpriv --reuid=postgres --regid=postgres --init-groups pg_dumpall --roles-only --restrict-key=lab 2>/dev/null || setpriv --reuid=postgres --regid=postgres --init-groups pg_dumpall --roles-only',
  );
  const rights = await sql(
    host,
    `select datname, datdba::regrole, (select array_agg(a::text order by a::text) from unnest(coalesce(datacl, acldefault('d', datdba))) a) from pg_database order by 1;
     select name, setting from pg_settings where name in ('password_encryption', 'listen_addresses') order by 1;
     select r from pg_hba_file_rules r;`,
  );
  const inside = await sql(
    host,
    `select nspname, (select array_agg(a::text order by a::text) from unnest(coalesce(nspacl, acldefault('n', nspowner))) a) from pg_namespace order by 1;
     select relname, relowner::regrole, (select array_agg(a::text order by a::text) from unnest(coalesce(relacl, acldefault('r', relowner))) a)
       from pg_class where relnamespace = 'public'::regnamespace order by 1;
     select defaclrole::regrole, defaclobjtype, defaclacl from pg_default_acl order by 1, 2;`,
    'appdb',
  );
  return roles.stdout.replace(/^\\(un)?restrict .*$/gm, '') + rights + inside;
}

/** What is planted makes these fail. */
export const FAULTS =
  'trust password-encryption role-passwords password-methods exposure remote-tls powers public-schema owners';

export async function plantDatabase(host: Host): Promise<void> {
  await plantApplication(host);
  await sql(
    host,
    `CREATE TABLE orders (id int); ALTER TABLE orders OWNER TO app; GRANT CREATE ON SCHEMA public TO PUBLIC; ALTER ROLE app CREATEROLE;`,
    'appdb',
  );
  const { code, stderr } = await host.console(
    `set -e
cd /etc/postgresql/*/main
sed -i "s/^#password_encryption.*/password_encryption = md5/; s/^#listen_addresses.*/listen_addresses = '*'/" postgresql.conf
sed -i 's/^local   all             all .*peer/local   all             all                                     trust # for now/; s/^# IPv6 local.*/host all all 0.0.0.0\\/0 md5/' pg_hba.conf
systemctl restart postgresql
n=0; until cd / && setpriv --reuid=postgres --regid=postgres --init-groups psql -qAtXc 'select 1' >/dev/null 2>&1; do n=$((n + 1)); [ $n -lt 100 ]; sleep 0.1; done
systemctl restart app`,
  );
  if (code !== 0) throw new Error(stderr);
}
