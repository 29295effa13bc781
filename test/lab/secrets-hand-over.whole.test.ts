// New values handed to the operator who asked: in a file that the real age opens with his key, or once on a screen that leaves nothing behind.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { open } from '../terminal/driver.ts';
import { type Cli, cliFor } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { ENV_FILE, INVENTORY, opens, plantApplication, untilServed } from './secrets-kit.ts';

const launcher = resolve(import.meta.dirname, '../../bin/portcullis.js');
const FAST = ['--set', `secrets.inventory=${INVENTORY.join(',')}`, '--lease', '60s', '--recheck', 'none'];

for (const image of onImages('trixie-services', 'bookworm-services')) {
  await describeLab(`secrets handed over on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    const keys = { age: '', ssh: '', rsa: '' };
    beforeAll(async () => {
      cli = await cliFor(host);
      await plantApplication(host());
      keys.age = join(cli.state, 'age.key');
      keys.ssh = join(cli.state, 'id_ed25519');
      keys.rsa = join(cli.state, 'id_rsa');
      execFileSync('age-keygen', ['-o', keys.age], { stdio: 'ignore' });
      execFileSync('ssh-keygen', ['-q', '-N', '', '-t', 'ed25519', '-f', keys.ssh]);
      execFileSync('ssh-keygen', ['-q', '-N', '', '-t', 'rsa', '-b', '3072', '-f', keys.rsa]);
    }, 60_000);

    async function valueNow(key: string): Promise<string> {
      const text = await host().readFile(ENV_FILE);
      return new RegExp(`^${key}="?([^"\\n]*)`, 'm').exec(text)?.[1] ?? '';
    }

    it('a rotation writes a file that each of the recipients opens, with the password that the database takes', async () => {
      const output = join(cli.state, 'shop.age');
      const recipients = join(cli.state, 'recipients');
      writeFileSync(
        recipients,
        `# the others\n${readFileSync(`${keys.ssh}.pub`, 'utf8')}${readFileSync(`${keys.rsa}.pub`, 'utf8')}`,
      );
      const own = execFileSync('age-keygen', ['-y', keys.age]).toString().trim();
      const { code, stdout, stderr } = await cli.on(
        ...(['secrets', 'rotate', 'DB_PASSWORD', 'API_TOKEN', '--yes', ...FAST] as const),
        ...['--to-age', own, '--to-age', recipients, '--output', output],
      );
      expect(code, stderr).toBe(0);
      expect(stderr).toContain(`2 new values are in ${output}, encrypted`);
      const [password, token] = [await valueNow('DB_PASSWORD'), await valueNow('API_TOKEN')];
      for (const key of Object.values(keys)) {
        const text = execFileSync('age', ['-d', '-i', key, output]).toString();
        expect(text).toMatch(
          /^# Secrets of root@\S+, new since .* UTC\n# DB_PASSWORD stands in \/srv\/app\/\.env\n/,
        );
        expect(text.split('\n').slice(-3)).toEqual([`DB_PASSWORD=${password}`, `API_TOKEN=${token}`, '']);
      }
      expect(statSync(output).mode & 0o777).toBe(0o600);
      expect(await opens(host(), password)).toBe(true);
      for (const value of [password, token]) expect(stdout + stderr).not.toContain(value);
      const again = await cli.on(
        ...([
          'secrets',
          'rotate',
          'API_TOKEN',
          '--yes',
          ...FAST,
          '--to-age',
          own,
          '--output',
          output,
        ] as const),
      );
      expect([again.code, again.stderr]).toEqual([64, expect.stringContaining('nothing is overwritten')]);
      expect(await valueNow('API_TOKEN')).toBe(token);
    }, 120_000);

    it('what is taken back is handed to nobody', async () => {
      const output = join(cli.state, 'never.age');
      await host().console(
        `cp -p /srv/app/app.py /root/app.py; sed -i "s/^try:/sys.exit('mine')\\ntry:/" /srv/app/app.py`,
      );
      const { code, stderr } = await cli.on(
        ...(['secrets', 'rotate', 'DB_PASSWORD', '--yes', ...FAST] as const),
        ...['--to-age', `${keys.ssh}.pub`, '--output', output],
      );
      expect([code, stderr]).toEqual([4, expect.stringContaining('none to hand over')]);
      expect(existsSync(output)).toBe(false);
      await host().console(
        'cp -p /root/app.py /srv/app/app.py; rm /root/app.py; systemctl reset-failed app; systemctl restart app',
      );
      await untilServed(host());
    }, 120_000);

    it('stdout is written to where it was asked for, and a pipe is no screen', async () => {
      const piped = await cli.on('secrets', 'rotate', 'API_TOKEN', '--yes', ...FAST, '--reveal');
      expect([piped.code, piped.stderr]).toEqual([64, expect.stringContaining('not a terminal')]);
      const { code, stdout, stderr } = await cli.on(
        ...(['secrets', 'rotate', 'API_TOKEN', '--yes', ...FAST, '--reveal-to-stdout'] as const),
      );
      expect(code, stderr).toBe(0);
      const token = await valueNow('API_TOKEN');
      expect(stdout.split('\n')).toContain(`API_TOKEN=${token}`);
      expect(stderr).not.toContain(token);
    }, 120_000);

    it('a screen shows it once and leaves nothing behind', async () => {
      const to = host();
      const at = await open(launcher, {
        columns: 100,
        rows: 24,
        patience: 60_000,
        words: [
          ...['secrets', `root@${to.address}`, 'rotate', 'DB_PASSWORD', '--yes', '--reveal', ...FAST],
          ...['--identity', to.keyFile, '--known-hosts', to.knownHostsFile],
        ],
        environment: {
          HOME: cli.state,
          XDG_STATE_HOME: join(cli.state, 'state'),
          PORTCULLIS_TEST_LEASE: '1',
        },
      });
      try {
        await at.shows('Shown once. Enter: this is gone');
        const password = await valueNow('DB_PASSWORD');
        expect([at.alternate(), at.screen().split('\n')]).toEqual([true, expect.arrayContaining([password])]);
        await at.reads();
        await at.press('enter');
        expect(await at.exits()).toBe(0);
        expect(at.alternate()).toBe(false);
        expect(at.scrollback()).toContain('Applied, proved and kept');
        expect(at.scrollback()).not.toContain(password);
        const [before, shown, after] = at.bytes().split(/\u001b\[\?1049[hl]/);
        expect([before, shown, after].map((part) => part?.includes(password))).toEqual([false, true, false]);
      } finally {
        at.close();
      }
    }, 120_000);

    it('the wizard shows new values at a key, once, and its terminal keeps nothing of them', async () => {
      const to = host();
      const at = await open(launcher, {
        columns: 100,
        rows: 30,
        patience: 90_000,
        words: [
          ...['harden', `root@${to.address}`, '--steps', 'secrets', '--recheck', 'none', '--lease', '60s'],
          ...['--set', `secrets.inventory=${INVENTORY.join(',')}`, '--set', 'secrets.rotate=DB_PASSWORD'],
          ...['--identity', to.keyFile, '--known-hosts', to.knownHostsFile],
        ],
        environment: {
          HOME: cli.state,
          XDG_STATE_HOME: join(cli.state, 'state'),
          PORTCULLIS_TEST_LEASE: '1',
        },
      });
      try {
        await at.shows(' → ');
        await at.showsNot('planning…');
        await at.reads();
        await at.press('a');
        await at.shows('Type apply');
        await at.reads();
        await at.types('apply');
        await at.shows('> apply');
        await at.press('enter');
        await at.shows('Type keep');
        const password = await valueNow('DB_PASSWORD');
        await at.reads();
        await at.types('keep');
        await at.shows('> keep');
        await at.press('enter');
        await at.shows('n shows the new values once');
        expect(at.bytes()).not.toContain(password);
        await at.press('n');
        await at.shows(password);
        expect(at.alternate()).toBe(true);
        await at.press('escape');
        await at.showsNot(password);
        await at.press('n');
        await at.shows('they were shown');
        await at.press('q');
        expect(await at.exits()).toBe(0);
        expect([at.alternate(), at.scrollback().includes(password)]).toEqual([false, false]);
        const outside = at.bytes().split(/\u001b\[\?1049h[\s\S]*?\u001b\[\?1049l/);
        expect(outside.length).toBeGreaterThan(1);
        expect(outside.join('')).not.toContain(password);
        expect(await opens(to, password)).toBe(true);
      } finally {
        at.close();
      }
    }, 180_000);
  });
}
