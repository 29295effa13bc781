// The canary on real hosts: what is planted is found, wherever it is; and of a rotation that a person with a sudo password makes in the wizard
// nothing is found anywhere: not the old value, not the new one, not the password that he typed.
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { open } from '../terminal/driver.ts';
import { PLACES, releaseCanary } from './canary.ts';
import { type Cli, cliFor } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { ENV_FILE, INVENTORY, OLD_PASSWORD, opens, plantApplication, untilServed } from './secrets-kit.ts';

const launcher = resolve(import.meta.dirname, '../../bin/portcullis.js');

for (const image of onImages('trixie-services', 'bookworm-services')) {
  await describeLab(`the canary on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    beforeAll(async () => {
      cli = await cliFor(host, 'ana');
      await plantApplication(host());
      // Whoever planted the old password wrote it into the log of PostgreSQL.
      await host().console(
        "sed -i '/^Environment=/d' /etc/systemd/system/app.service; systemctl daemon-reload; systemctl restart app; truncate -s 0 /var/log/postgresql/*.log",
      );
      await untilServed(host());
    }, 60_000);

    it('finds what is planted, in every place and form', async () => {
      const value = 'kQ7+planted/here=Yes0';
      const bytes = Buffer.from(value);
      const forms = [
        value,
        bytes.toString('hex'),
        Buffer.concat([Buffer.from('x'), bytes]).toString('base64'),
        encodeURIComponent(value),
      ];
      const planted = PLACES.map((place, index) => ({
        path: `${place}/planted-${index}`,
        text: `before${forms[index % forms.length]}behind\n`,
      }));
      const canary = await releaseCanary(host());
      for (const { path, text } of planted) {
        await host().console(`mkdir -p ${path.slice(0, path.lastIndexOf('/'))}`);
        await host().writeFile(path, text, path.startsWith('/var/lib/portcullis') ? '0644' : '0600');
      }
      // Rightly there: a checkpoint that only root reads, and a file that holds it by its nature.
      await host().writeFile('/var/lib/portcullis/checkpoint', value, '0600');
      await host().writeFile('/etc/home.env', value, '0644');
      await host().console('read -r it; printf "%s\\n" "portcullis $it" | systemd-cat; journalctl --sync', {
        stdin: `${value}\n`,
      });
      const script =
        'read -r it; ( exec env WORD="$it" sleep 1 ) & ( exec sh -c \'sleep 1; :\' portcullis "$it" ) & wait';
      await host().console(script, { stdin: `${forms[1]}\n` });
      const folder = join(cli.state, 'planted');
      await mkdir(folder);
      await writeFile(join(folder, 'note'), forms[2] ?? '');
      const hits = await canary.hits({
        values: [value],
        homes: ['/etc/home.env'],
        users: [],
        texts: [`\u001b[2J${value}`],
        folder,
      });
      await host().console(
        `rm -rf /var/lib/portcullis ${[...planted.map(({ path }) => path), '/etc/home.env', '/var/lib/portcullis/checkpoint'].join(' ')}`,
      );
      const found = (pattern: RegExp) => hits.filter((hit) => pattern.test(hit)).length;
      for (const { path } of planted) expect(hits, path).toContain(path);
      expect([
        found(/^process: cmdline sh /),
        found(/^process: environ sleep /),
        found(/canary\.journal$/),
      ]).toEqual([1, 1, 1]);
      expect([found(/^printed: /), found(/planted\/note$/)]).toEqual([1, 1]);
      expect(hits.filter((hit) => /checkpoint|home\.env/.test(hit))).toEqual([]);
    }, 60_000);

    it('finds nothing of a rotation in the wizard, nor of the sudo password that was typed there', async () => {
      const to = host();
      const ana = to.users.find(({ name }) => name === 'ana');
      const canary = await releaseCanary(to);
      const at = await open(launcher, {
        columns: 100,
        rows: 30,
        patience: 90_000,
        words: [
          ...['harden', `ana@${to.address}`, '--steps', 'secrets', '--recheck', 'none', '--lease', '60s'],
          ...[
            '--set',
            `secrets.inventory=${INVENTORY.join(',')}`,
            '--set',
            'secrets.rotate=DB_PASSWORD,ADMIN_TOKEN',
          ],
          ...['--identity', to.keyFile, '--known-hosts', to.knownHostsFile],
        ],
        environment: {
          HOME: cli.state,
          XDG_STATE_HOME: join(cli.state, 'state'),
          PORTCULLIS_TEST_LEASE: '1',
        },
      });
      try {
        await at.shows('Password of ana');
        await at.reads();
        await at.types(ana?.password ?? '');
        // Enter in one piece with what was typed before would be a paste, which confirms nothing.
        await at.shows('•'.repeat(ana?.password?.length ?? 0));
        await at.press('enter');
        await at.shows(' → ');
        await at.showsNot('planning…');
        // Everything that there is to be seen of it.
        await at.press('d');
        await at.shows('•••');
        await at.press('n', 'page-down', 'page-down', 'escape');
        await at.shows('Questions');
        await at.press('v');
        await at.shows('Strength');
        await at.press('escape');
        await at.shows('Questions');
        await at.reads();
        await at.press('a');
        await at.shows('Type apply');
        await at.reads();
        await at.types('apply');
        await at.shows('> apply');
        await at.press('enter');
        await at.shows('Type keep');
        await at.reads();
        await at.types('keep');
        await at.shows('> keep');
        await at.press('enter');
        await at.shows('n shows the new values once');
        await at.reads();
        await at.press('q');
        expect(await at.exits()).toBe(0);
      } finally {
        at.close();
      }
      const text = await to.readFile(ENV_FILE);
      const now = (key: string) => new RegExp(`^${key}="?([^"\\n]*)`, 'm').exec(text)?.[1] ?? '';
      const fresh = [now('DB_PASSWORD'), now('ADMIN_TOKEN')];
      for (const value of fresh) expect(value).toMatch(/^[A-Za-z0-9]{32}$/);
      const hits = await canary.hits({
        values: [...fresh, OLD_PASSWORD, ana?.password ?? ''],
        // The file beside it is the copy that somebody left, planted.
        homes: [ENV_FILE, `${ENV_FILE}.bak`],
        users: ['python3'],
        texts: [at.bytes(), at.scrollback()],
        folder: join(cli.state, 'state'),
      });
      expect(hits).toEqual([]);
      // Asked behind the search: who asks like this shows it himself.
      expect([await opens(to, fresh[0] ?? ''), await opens(to, OLD_PASSWORD)]).toEqual([true, false]);
    }, 240_000);
  });
}
