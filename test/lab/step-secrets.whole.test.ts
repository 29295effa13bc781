// Secrets changed together with the services and the database that use them, on real hosts: kept when it works, everything as it was
// when it does not, and never seen where they do not belong.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Manifest } from '../../src/lab/manifest.ts';
import { releaseCanary } from './canary.ts';
import { type Cli, cliFor } from './cli-kit.ts';
import { describeLab, useHost } from './harness.ts';
import {
  changedSince,
  ENV_FILE,
  ENV_TEXT,
  INVENTORY,
  OLD_PASSWORD,
  opens,
  plantApplication,
  untilServed,
} from './secrets-kit.ts';

const DECLARED = `secrets.inventory=${INVENTORY.join(',')}`;
const FAST = ['--set', DECLARED, '--lease', '60s', '--recheck', 'none'];
const VERIFIER = `runuser -u postgres -- psql -XAtqc "select rolpassword from pg_authid where rolname = 'app'"`;

/** The value of a key, as the application's service manager reads it. */
function valueIn(text: string, key: string): string {
  return new RegExp(`^${key}="?([^"\\n]*)`, 'm').exec(text)?.[1] ?? '';
}

for (const image of ['trixie-services', 'bookworm-services'] as const) {
  await describeLab(`changing secrets on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    let bad: Manifest;
    let verifier: string;
    const verifierNow = async () => (await host().console(VERIFIER)).stdout;
    beforeAll(async () => {
      cli = await cliFor(host);
      await plantApplication(host());
      const unit = '/etc/systemd/system/app.service';
      await host().console(
        `sed -i '/^Environment=/d' ${unit}; systemctl daemon-reload; systemctl restart app`,
      );
      await untilServed(host());
      verifier = await verifierNow();
      bad = await host().manifest();
    }, 60_000);

    /** The host as it was planted, the application serving with the old password. */
    async function asBefore(): Promise<void> {
      expect(await host().readFile(ENV_FILE)).toBe(ENV_TEXT);
      await untilServed(host());
      expect([await opens(host(), OLD_PASSWORD), await verifierNow()]).toEqual([true, verifier]);
      expect(await changedSince(bad, host())).toEqual([]);
    }

    it('shows a rotation without a value, refuses what destroys, and changes nothing', async () => {
      const { code, stdout } = await cli.on('secrets', 'rotate', 'DB_PASSWORD', '--dry-run', ...FAST);
      expect(stdout).toContain('DB_PASSWORD: •••');
      expect(stdout).toContain('restart of app.service');
      expect(stdout).not.toContain(OLD_PASSWORD);
      expect(code).toBe(2);
      const refused = await cli.on('secrets', 'rotate', 'VAULT_KEY', '--yes', ...FAST);
      expect([refused.code, refused.stderr]).toEqual([
        5,
        expect.stringContaining('never changed by this program'),
      ]);
      await asBefore();
    }, 60_000);

    it('rotates the password of a live application, seen by nobody, and gives it back', async () => {
      const canary = await releaseCanary(host());
      const shown = await cli.on('secrets', 'rotate', 'DB_PASSWORD', '--dry-run', '--json', ...FAST);
      const { code, stderr, stdout } = await cli.on(
        'secrets',
        'rotate',
        'DB_PASSWORD',
        '--yes',
        '--verbose',
        ...FAST,
      );
      expect(code, stderr + stdout).toBe(0);
      const text = await host().readFile(ENV_FILE);
      const fresh = valueIn(text, 'DB_PASSWORD');
      expect(fresh).toMatch(/^[A-Za-z0-9]{32}$/);
      expect(text.replace(fresh, OLD_PASSWORD)).toBe(
        ENV_TEXT.replace('DB_PASSWORD=older-and-forgotten\n', ''),
      );
      await untilServed(host());
      const hits = await canary.hits({
        values: [fresh],
        homes: [ENV_FILE],
        users: ['python3'],
        texts: [stdout, stderr, shown.stdout, shown.stderr],
        folder: cli.state,
      });
      expect(hits).toEqual([]);
      expect([await opens(host(), fresh), await opens(host(), OLD_PASSWORD)]).toEqual([true, false]);
      expect(await verifierNow()).toMatch(/^SCRAM-SHA-256\$4096:/);
      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stderr).toBe(0);
      await asBefore();
    }, 180_000);

    it('takes everything back when the application does not come up with it', async () => {
      // It ends whenever its password is not the old one.
      const broken = `sed -i "s/^try:/if os.environ['DB_PASSWORD'] != '${OLD_PASSWORD}': sys.exit('mine')\\ntry:/" /srv/app/app.py`;
      await host().console(`cp -p /srv/app/app.py /root/app.py; ${broken}`);
      const { code, stderr } = await cli.on('secrets', 'rotate', 'DB_PASSWORD', '--yes', ...FAST);
      expect([code, stderr]).toEqual([4, expect.stringContaining('app.service does not stay up')]);
      await host().console('cp -p /root/app.py /srv/app/app.py; rm /root/app.py');
      await asBefore();
    }, 180_000);

    it('begins nothing when PostgreSQL is down, or has no such role', async () => {
      const other = DECLARED.replace('postgres app@appdb', 'postgres nobody_here');
      const strange = await cli.on('secrets', 'rotate', 'DB_PASSWORD', '--yes', ...FAST.with(1, other));
      expect([strange.code, strange.stderr]).toEqual([1, expect.stringContaining('no role nobody_here')]);
      await host().console('systemctl stop postgresql');
      const down = await cli.on('secrets', 'rotate', 'DB_PASSWORD', '--yes', ...FAST);
      expect([down.code, down.stderr]).toEqual([1, expect.stringContaining('PostgreSQL does not answer')]);
      await host().console('systemctl start postgresql; sleep 1; systemctl restart app');
      await asBefore();
    }, 120_000);

    it('mends all that it may, passes then, has nothing left to do, and gives all of it back', async () => {
      const made = await cli.on('secrets', 'generate', '--yes', ...FAST);
      expect(made.code, made.stderr).toBe(0);
      const all = await cli.on('secrets', 'rotate', '--all', '--yes', ...FAST);
      expect(all.code, all.stderr).toBe(0);
      const text = await host().readFile(ENV_FILE);
      expect(valueIn(text, 'SESSION_KEY')).toMatch(/^[0-9a-f]{64}$/);
      expect(new Set(['ADMIN_TOKEN', 'API_TOKEN', 'DB_PASSWORD'].map((key) => valueIn(text, key))).size).toBe(
        3,
      );
      await untilServed(host());
      const again = await cli.on('secrets', 'generate', '--yes', ...FAST);
      expect([again.code, again.stdout]).toEqual([
        0,
        expect.stringContaining('Everything is as it should be'),
      ]);
      for (const _ of ['rotated', 'made']) {
        const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
        expect(undone.code, undone.stderr).toBe(0);
      }
      await asBefore();
    }, 240_000);

    it('mends files and copies as a step of a profile, has nothing left to do, and gives all back', async () => {
      const profile = join(cli.state, 'shop.yaml');
      const head =
        'schema: 1\nid: shop\ntitle: Shop\ndescription: A shop with secrets.\nsteps: [secrets]\nanswers:\n';
      const list = INVENTORY.map((entry) => `    - ${entry}\n`).join('');
      await writeFile(profile, `${head}  secrets.inventory:\n${list}`);
      const mine = ['--profile', profile, '--set', 'secrets.rotate=DB_PASSWORD,ADMIN_TOKEN,API_TOKEN'];
      const applied = await cli.on('apply', '--yes', '--recheck', 'none', ...mine);
      expect(applied.code, applied.stderr + applied.stdout).toBe(0);
      const modes = await host().console(`stat -c %a ${ENV_FILE} ${ENV_FILE}.bak`);
      expect(modes.stdout).toBe('600\n600\n');
      expect(await host().readFile(ENV_FILE)).not.toContain('older-and-forgotten');
      await untilServed(host());
      const rest = await cli.on('plan', '--profile', profile, '--set', 'secrets.rotate=', '--format', 'json');
      const left = (JSON.parse(rest.stdout) as { changes: { action: string }[] }).changes;
      expect([rest.code, left.filter(({ action }) => action !== 'none')]).toEqual([0, []]);
      const judged = await cli.on('secrets', 'validate', '--profile', profile, '--json');
      const failing = JSON.parse(judged.stdout.trim().split('\n').at(-1) ?? '') as {
        findings: { control: string }[];
      };
      expect(failing.findings.map(({ control }) => control)).toEqual(['secrets.git']);
      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stderr).toBe(0);
      await asBefore();
    }, 240_000);

    it('writes through a link and keeps CRLF; refuses a folder that others can write to', async () => {
      const odd = '# odd\r\nKEY=Summer24x\r\nLAST=1';
      await host().writeFile('/etc/odd.env', odd, '0600');
      await host().console(
        'ln -s /etc/odd.env /srv/odd.env; mkdir -m 0777 /srv/open; cp /etc/odd.env /srv/open/odd.env',
      );
      const at = (path: string) => [
        '--set',
        `secrets.inventory=KEY in ${path} rotate safe`,
        '--recheck',
        'none',
      ];
      const linked = await cli.on('secrets', 'rotate', 'KEY', '--yes', ...at('/srv/odd.env'));
      expect(linked.code, linked.stderr).toBe(0);
      const text = await host().readFile('/etc/odd.env');
      expect(text).toMatch(/^# odd\r\nKEY=[A-Za-z0-9]{32}\r\nLAST=1$/);
      expect((await host().console('readlink /srv/odd.env')).stdout).toBe('/etc/odd.env\n');
      const open = await cli.on('secrets', 'rotate', 'KEY', '--yes', ...at('/srv/open/odd.env'));
      expect([open.code, open.stderr]).toEqual([5, expect.stringContaining('can be written by everyone')]);
      expect(await host().readFile('/srv/open/odd.env')).toBe(odd);
      const planted = await host().console(
        'mkdir /srv/own && ln -s /etc/odd.env /srv/own/config && chown -h app: /srv/own /srv/own/config',
      );
      expect(planted.code).toBe(0);
      const owner = await host().console('stat -c "%u %a" /etc/odd.env');
      const own = await cli.on('secrets', 'rotate', 'KEY', '--yes', ...at('/srv/own/config'));
      expect([own.code, own.stderr]).toEqual([
        1,
        expect.stringContaining('a link leads to it from /srv/own, which others than root may change'),
      ]);
      expect([
        await host().readFile('/etc/odd.env'),
        await host().console('stat -c "%u %a" /etc/odd.env'),
      ]).toEqual([text, owner]);
      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stderr).toBe(0);
      expect(await host().readFile('/etc/odd.env')).toBe(odd);
    }, 120_000);

    it('is taken back by the host when it is killed with the new password in the database and the old one in use', async () => {
      await host().console('mkdir -p -m 0700 /var/lib/portcullis; rm -rf /var/lib/portcullis/fault-stamps');
      await host().writeFile('/var/lib/portcullis/faults', 'op-2-after-alter kill\n', '0600');
      const { code } = await cli.on('secrets', 'rotate', 'DB_PASSWORD', '--yes', ...FAST.with(3, '5s'));
      const stamps = await host().console(
        'ls /var/lib/portcullis/fault-stamps; rm -rf /var/lib/portcullis/fault*',
      );
      expect([code, stamps.stdout]).toEqual([4, 'op-2-after-alter\n']);
      expect(await host().readFile(ENV_FILE)).toBe(ENV_TEXT);
      await untilServed(host());
      expect([await opens(host(), OLD_PASSWORD), await verifierNow()]).toEqual([true, verifier]);
    }, 120_000);
  });
}
