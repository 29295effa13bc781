// Who gets into PostgreSQL, on real hosts with an application that lives from it: faults are found, mended in the safe order, and all is given
// back; what would shut the application out is refused, or taken back.
import { beforeAll, expect, it } from 'vitest';
import type { Manifest } from '../../src/lab/manifest.ts';
import type { Change } from '../../src/model/resource.ts';
import { startTransaction } from '../../src/transaction/driver.ts';
import { type Cli, cliFor } from './cli-kit.ts';
import { describeLab, useHost } from './harness.ts';
import { FAULTS, plantDatabase, sql, sqlState } from './postgres-kit.ts';
import { changedSince, OLD_PASSWORD, opens, untilServed } from './secrets-kit.ts';
import { baseOf, consoleTransport, putFile, requestOf } from './transaction-kit.ts';

const STEP = ['--steps', 'postgresql'];
const FAST = [...STEP, '--lease', '60s', '--recheck', 'none'];
const SERVICE = ['--set', 'postgresql.services=app.service app'];
/** As a plain program of the host: which role lets it in over the local socket, without a password. */
const SAYS_SO =
  'cd /; setpriv --reuid=nobody --regid=nogroup --clear-groups psql -wqXAt -U app -d appdb -c "select 1" 2>&1';

const RELOADED = 'systemctl reload postgresql; sleep 1; systemctl restart app';
/** The application comes over a line that takes its word, and back. */
const TRUSTED = `sed -i '/127.0.0.1/s/md5$/trust/' /etc/postgresql/*/main/pg_hba.conf; ${RELOADED}`;
const UNTRUSTED = `sed -i '/127.0.0.1/s/trust$/md5/' /etc/postgresql/*/main/pg_hba.conf; ${RELOADED}`;

for (const image of ['trixie-services', 'bookworm-services'] as const) {
  await describeLab(`PostgreSQL on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    let bad: Manifest;
    let state: string;
    beforeAll(async () => {
      cli = await cliFor(host);
      await plantDatabase(host());
      await untilServed(host());
      state = await sqlState(host());
      bad = await host().manifest();
    }, 90_000);

    const folder = async () => (await host().console('echo /etc/postgresql/*/main')).stdout.trim();

    async function asBefore(): Promise<void> {
      await untilServed(host());
      expect(await opens(host(), OLD_PASSWORD)).toBe(true);
      expect(await sqlState(host())).toBe(state);
      expect(await changedSince(bad, host())).toEqual([]);
    }

    it('finds what was planted, shows what it would do, and touches nothing', async () => {
      const { stdout } = await cli.on('check', ...STEP, '--format', 'json');
      const { findings } = JSON.parse(stdout) as { findings: { control: string; result: string }[] };
      const failing = findings.filter(({ result }) => result === 'fail').map(({ control }) => control);
      expect(failing.sort()).toEqual(
        FAULTS.split(' ')
          .map((it) => `postgresql.${it}`)
          .sort(),
      );
      const plan = await cli.on('plan', ...STEP);
      expect(plan.code, plan.stderr).toBe(2);
      expect(plan.stdout).toContain('trust # for now');
      await asBefore();
    }, 120_000);

    it('goes from md5 to SCRAM in the safe order, proves it, has nothing left to do, and gives all of it back', async () => {
      expect((await host().console(SAYS_SO)).stdout).toBe('1\n');
      const first = await cli.on('apply', '--yes', ...FAST);
      expect(first.code, first.stderr + first.stdout).toBe(0);
      expect((await host().console(SAYS_SO)).stdout).toContain('Peer authentication failed');
      expect(await sql(host(), 'show password_encryption')).toBe('scram-sha-256\n');
      // The application still has an md5 password: its lines are as they were.
      expect(await sql(host(), "select count(*) from pg_hba_file_rules where auth_method = 'md5'")).not.toBe(
        '0\n',
      );
      await untilServed(host());
      expect((await cli.on('plan', ...STEP)).code).toBe(0);

      const md5 = await sql(host(), "select rolpassword from pg_authid where rolname = 'app'");
      await sql(host(), `ALTER ROLE app PASSWORD '${OLD_PASSWORD}'`);
      const second = await cli.on('apply', '--yes', ...FAST, ...SERVICE);
      expect(second.code, second.stderr + second.stdout).toBe(0);
      expect(
        await sql(
          host(),
          "select count(*) from pg_hba_file_rules where auth_method <> 'scram-sha-256' and type <> 'local'",
        ),
      ).toBe('0\n');
      await untilServed(host());
      expect([await opens(host(), OLD_PASSWORD), await opens(host(), 'wrong')]).toEqual([true, false]);
      const again = await cli.on('plan', ...STEP, ...SERVICE);
      expect(again.code, again.stdout).toBe(0);

      for (const _ of [first, second]) {
        const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
        expect(undone.code, undone.stderr).toBe(0);
      }
      await sql(host(), `SET log_statement = 'none'; ALTER ROLE app PASSWORD '${md5.trim()}'`);
      await asBefore();
    }, 240_000);

    it('takes what was named from roles and from everybody, makes roles that read and write, and gives all of it back', async () => {
      const answers = [
        ['postgresql.demote', 'app createrole'],
        ['postgresql.revoke', 'appdb create,appdb temporary'],
        ['postgresql.roles', 'appdb read,appdb write'],
      ].flatMap(([id, value]) => ['--set', `${id}=${value}`]);
      const unproved = await cli.on('apply', '--yes', ...FAST, ...answers);
      expect([unproved.code, unproved.stderr]).toEqual([5, expect.stringContaining('app is connected')]);
      const { code, stderr, stdout } = await cli.on('apply', '--yes', ...FAST, ...answers, ...SERVICE);
      expect(code, stderr + stdout).toBe(0);
      await untilServed(host());
      const rights = `select rolcreaterole from pg_roles where rolname = 'app';
        select has_schema_privilege('public', 'public', 'create'), has_database_privilege('public', 'appdb', 'temporary');
        set role appdb_read; select count(*) from orders;
        set role appdb_write; insert into orders values (1); delete from orders;
        reset role; set role app; create table later (id int); set role appdb_read; select count(*) from later;
        reset role; drop table later; select has_table_privilege('appdb_read', 'orders', 'insert');`;
      expect(await sql(host(), rights, 'appdb')).toBe('f\nf|f\n0\n0\nf\n');
      const again = await cli.on('plan', ...STEP, ...answers, ...SERVICE);
      expect(again.code, again.stdout).toBe(0);
      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stderr).toBe(0);
      await asBefore();
    }, 240_000);

    it('begins nothing where somebody who is connected could not come again', async () => {
      await host().console(TRUSTED);
      const was = await host().readFile(`${await folder()}/pg_hba.conf`);
      const stays = await cli.on('check', ...STEP);
      expect(stays.stdout).toContain('app is connected over it');
      // Its password is md5, so a scram-sha-256 line would be the end of it.
      const refused = await cli.on('apply', '--yes', ...FAST, ...SERVICE);
      expect([refused.code, refused.stderr]).toEqual([
        5,
        expect.stringContaining('md5 password, which does not open a scram-sha-256 line'),
      ]);
      expect(await host().readFile(`${await folder()}/pg_hba.conf`)).toBe(was);
      await host().console(UNTRUSTED);
      await asBefore();
    }, 120_000);

    it('takes everything back when the application does not come back to its database', async () => {
      // It comes in by its word, and the password that it has is wrong.
      const verifier = await sql(host(), "select rolpassword from pg_authid where rolname = 'app'");
      await sql(host(), "SET password_encryption = 'scram-sha-256'; ALTER ROLE app PASSWORD 'another-one'");
      await host().console(TRUSTED);
      const [was, before] = [await sqlState(host()), await host().manifest()];
      const { code, stderr } = await cli.on('apply', '--yes', ...FAST, ...SERVICE);
      expect([code, stderr]).toEqual([4, expect.stringMatching(/app\.service (does not stay up|runs, but)/)]);
      await untilServed(host());
      expect(await sqlState(host())).toBe(was);
      expect(await changedSince(before, host())).toEqual([]);
      await sql(host(), `SET log_statement = 'none'; ALTER ROLE app PASSWORD '${verifier.trim()}'`);
      await host().console(UNTRUSTED);
      await asBefore();
    }, 180_000);

    it('takes back a file that PostgreSQL cannot read, before the server is told to read it', async () => {
      const path = `${await folder()}/pg_hba.conf`;
      const content = `${await host().readFile(path)}hots all all all md5\n`;
      const loaded = await sql(host(), 'select pg_conf_load_time()');
      const [uid, gid] = (await host().console('stat -c "%u %g" "$1"', { args: [path] })).stdout
        .trim()
        .split(' ')
        .map(Number);
      const base = await baseOf(host(), path);
      const file = putFile({ path, content, base, mode: '0640', uid: uid ?? 0 });
      const primitives = file.primitives.map((one) =>
        one.kind === 'put-file' ? { ...one, gid: gid ?? 0 } : one,
      );
      const reload: Change = {
        ...file,
        address: 'reload',
        primitives: [
          { kind: 'validate', checker: 'postgresql' },
          { kind: 'unit', name: 'postgresql.service', verb: 'reload' },
        ],
      };
      const { request } = requestOf({
        changes: [{ ...file, primitives }, reload],
        contents: [content],
        lease: 60,
      });
      const told = await startTransaction(consoleTransport(host()), request);
      expect(told.status).toMatchObject({
        state: 'ROLLED_BACK',
        failure: expect.stringContaining('invalid connection type'),
      });
      expect(await sql(host(), 'select pg_conf_load_time()')).toBe(loaded);
      await asBefore();
    }, 120_000);
  });
}
