// The rooms of the firewall in a terminal on a real host: what listens is offered and opened by a row, the look from outside says what the
// kernel then does, and SSH cannot be taken out.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeLab, onImages, useHost } from '../lab/harness.ts';
import { open, type Person } from './driver.ts';

const launcher = resolve(import.meta.dirname, '../../bin/portcullis.js');

for (const image of onImages('trixie', 'bookworm')) {
  await describeLab(`the rooms of the firewall on ${image}`, () => {
    const host = useHost({ image });
    let state = '';
    let person: Person | undefined;

    beforeAll(async () => {
      state = await mkdtemp(join(tmpdir(), 'portcullis-rooms-'));
      const listens = await host().console(
        'for port in 8080 9000; do systemd-run --quiet --collect --unit="l$port" nc -4 -lk -p "$port"; done',
      );
      expect(listens).toMatchObject({ code: 0 });
    });

    afterAll(async () => {
      person?.close();
      await rm(state, { recursive: true, force: true });
    });

    it('a listener is opened by its row, the rest is shut, and the look from outside agrees', async () => {
      const to = host();
      person = await open(launcher, {
        columns: 100,
        rows: 30,
        patience: 90_000,
        words: [
          ...['harden', `root@${to.address}`, '--identity', to.keyFile, '--known-hosts', to.knownHostsFile],
          ...['--steps', 'firewall', '--no-guide'],
        ],
        environment: { HOME: state, XDG_STATE_HOME: state, PORTCULLIS_TEST_LEASE: '1' },
      });
      const at = person;
      await at.shows('→ 100');
      await at.press('v');
      await at.shows('apply this step to bring the rules to the policy');
      await at.showsNot('Knocking from here');
      expect(at.screen()).toMatch(/bad +9000\/tcp IPv4 +! open +answers +! nobody/);
      await at.press('escape');
      await at.shows('What else may be reached from outside?');
      await at.press('down', 'down', 'down', 'down', 'down', 'enter');
      await at.shows('Listens today, and is shut then');
      await at.press('D');
      await at.shows('SSH on port 22 stays in');
      await at.press('down', 'enter');
      await at.shows('leave it shut');
      await at.press('enter');
      await at.shows('changed; t takes it');
      await at.press('t');
      await at.shows('Questions');
      // Until the plan is made again the key is off, and said to be.
      await at.shows('planning…');
      await at.showsNot('planning…');
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
      await at.shows('c look again');
      await at.press('c');
      await at.shows('score 100');
      await at.press('v');
      await at.shows('policy and the knock from here agree');
      expect(at.screen()).toMatch(/good +8080\/tcp IPv4 +open +answers +everyone/);
      expect(at.screen()).toMatch(/good +9000\/tcp IPv4 +closed +silent +nobody/);
      await at.press('escape');
      await at.shows('Questions');
      await at.press('q');
      expect(await at.exits()).toBe(0);
    });
  });
}
