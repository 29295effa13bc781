// The journal of a real host in a terminal: two steps applied, one file edited by hand, its three ways seen, one step undone alone; and an open
// transaction that is found on coming back: given more time, kept.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import { ANSWERS, cliFor } from '../lab/cli-kit.ts';
import { describeLab, onImages, useHost } from '../lab/harness.ts';
import { open, type Person } from './driver.ts';

const launcher = resolve(import.meta.dirname, '../../bin/portcullis.js');
const DROP_IN = '/etc/ssh/sshd_config.d/00-portcullis.conf';
const BOTH = ['--steps', 'firewall,sshd', '--set', 'firewall.ssh-from=everyone', ...ANSWERS];

for (const image of onImages('trixie', 'bookworm')) {
  await describeLab(`the journal in the wizard on ${image}`, () => {
    const host = useHost({ image });
    let state = '';
    let person: Person | undefined;

    beforeAll(async () => {
      state = await mkdtemp(join(tmpdir(), 'portcullis-journal-'));
    });
    afterEach(() => person?.close());
    afterAll(async () => {
      await rm(state, { recursive: true, force: true });
    });

    async function sit(home: string): Promise<Person> {
      const to = host();
      person = await open(launcher, {
        columns: 80,
        rows: 24,
        patience: 120_000,
        words: [
          ...['harden', `root@${to.address}`, '--identity', to.keyFile, '--known-hosts', to.knownHostsFile],
          ...['--steps', 'sshd', '--recheck', 'none', '--no-guide'],
        ],
        environment: { HOME: home, XDG_STATE_HOME: join(home, 'state'), PORTCULLIS_TEST_LEASE: '1' },
      });
      return person;
    }

    /** As a person does: read the screen, type, read the word, Enter. */
    async function word(at: Person, text: string): Promise<void> {
      await at.reads();
      await at.types(text);
      await at.shows(`> ${text}`);
      await at.press('enter');
    }

    /** A key that comes while the screen changes is dropped on purpose: whoever sees nothing happen presses again. */
    async function asks(at: Person, key: string, text: string): Promise<void> {
      for (let tries = 20; tries > 0 && !at.screen().includes(text); tries -= 1) {
        await at.press(key);
        for (let looks = 20; looks > 0 && !at.screen().includes(text); looks -= 1) await sleep(100);
      }
      await at.shows(text);
    }

    it('one step of a run is undone from the journal, after its three ways; a hand edit is told first', async () => {
      const cli = await cliFor(host);
      const before = await host().manifest();
      const applied = await cli.on('apply', ...BOTH, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stderr + applied.stdout).toBe(0);
      await host().console(`printf 'MaxStartups 7\\n' >>${DROP_IN}`);
      const edited = await host().manifest();

      const at = await sit(state);
      await asks(at, 'h', 'newest first');
      await at.shows('stands');
      // The whole run: the edit is told, and Escape gets out without anything.
      await asks(at, 'enter', 'Type undo');
      await at.shows('1 file changed since by somebody else');
      // Only root may read it, and what came into it later is nobody's to be told.
      await asks(at, 'page-down', 'Then, on the host');
      expect(at.screen()).not.toContain('MaxStartups 7');
      await at.press('escape');
      await at.shows('newest first');
      await at.reads();
      // The firewall alone.
      await at.press('down', 'down');
      await at.shows('Enter shows what undoing it alone would do');
      expect(at.screen()).toMatch(/▸ +firewall/);
      await asks(at, 'enter', 'Undo firewall on');
      await at.shows('Type undo');
      await at.shows('/etc/portcullis/firewall.nft');
      expect(at.screen()).not.toContain('somebody else');
      await word(at, 'undo');
      await at.shows('Type keep');
      await word(at, 'keep');
      await at.shows('Undone');
      await at.reads();
      await asks(at, 'h', 'kept, undone since');
      await at.press('escape');
      await at.reads();
      await at.press('ctrl-c');
      await at.exits();

      const now = await host().manifest();
      expect(diffManifests(edited, now).length).toBeGreaterThan(0);
      const left = diffManifests(before, now);
      expect(left.filter((line) => !/ssh|issue\.net/.test(JSON.stringify(line)))).toEqual([]);
      expect((await host().console(`tail -n 1 ${DROP_IN}`)).stdout).toBe('MaxStartups 7\n');
      await host().console(`sed -i '/^MaxStartups 7$/d' ${DROP_IN}`);
      const rest = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(rest.code, rest.stderr + rest.stdout).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });

    it('an open transaction is found on coming back, given more time, and kept', async () => {
      const cli = await cliFor(host);
      const before = await host().manifest();
      const left = await cli.on('apply', ...ANSWERS, '--yes', '--confirm', 'manual', '--lease', '120s');
      expect(left.code, left.stderr).toBe(3);
      // The records of the machine that began it.
      const at = await sit(cli.state);
      await at.shows('A transaction is open on the host');
      await sleep(3000);
      const asked = Number(/within (\d+) s/.exec(at.screen().replace(/\s+/g, ' '))?.[1]);
      expect(asked).toBeLessThan(120);
      await word(at, 'extend');
      await at.shows('The host waits 120 s more');
      await word(at, 'keep');
      await at.shows('kept');
      await at.shows('✓');
      await at.shows('c look again');
      expect((await host().console('sshd -T')).stdout).toMatch(/^passwordauthentication no$/m);
      await at.reads();
      await at.press('ctrl-c');
      await at.exits();
      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stderr).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });
  });
}
