// The built wizard in a terminal, on a real host: kept, undone, and killed while the change is armed.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import { describeLab, inWholeRuns, useHost } from '../lab/harness.ts';
import { open, type Person } from './driver.ts';

const launcher = resolve(import.meta.dirname, '../../bin/portcullis.js');
const DROP_IN = '/etc/ssh/sshd_config.d/00-portcullis.conf';

await describeLab('the wizard on a real host', () => {
  const host = useHost({ image: 'trixie' });
  let state = '';
  let person: Person | undefined;

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'portcullis-wizard-'));
  });

  afterAll(async () => {
    person?.close();
    await rm(state, { recursive: true, force: true });
  });

  async function sit(...words: string[]): Promise<Person> {
    const to = host();
    person = await open(launcher, {
      columns: 100,
      rows: 30,
      patience: 90_000,
      words: [
        'harden',
        `root@${to.address}`,
        '--identity',
        to.keyFile,
        '--known-hosts',
        to.knownHostsFile,
        '--steps',
        'sshd',
        ...(words.includes('--guide') ? [] : ['--no-guide']),
        ...words,
      ],
      environment: { HOME: state, XDG_STATE_HOME: state, PORTCULLIS_TEST_LEASE: '1' },
    });
    if (words.includes('--guide')) {
      // Who comes the first time is told what was found, and goes on.
      await person.shows('Enter goes on to the steps');
      await person.reads();
      await person.press('enter');
    }
    await person.shows('Who may log in?');
    // The plan is made: what applying would bring is known.
    await person.shows('→ 100');
    await person.reads();
    return person;
  }

  /** As a person does: the word is read on the screen before Enter. */
  async function word(at: Person, text: string): Promise<void> {
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

  async function apply(at: Person): Promise<void> {
    await asks(at, 'a', 'Type apply');
    await at.reads();
    await word(at, 'apply');
    await at.shows('Type keep');
    await at.reads();
  }

  it('a change is kept by a typed word and taken back by undo, to the byte', async () => {
    const before = await host().manifest();
    const at = await sit('--guide', '--recheck', 'none');
    await apply(at);
    await word(at, 'keep');
    await at.shows('✓ Kept');
    expect((await host().console('sshd -T')).stdout).toMatch(/^passwordauthentication no$/m);

    await at.reads();
    await asks(at, 'u', 'Type undo');
    await at.reads();
    await word(at, 'undo');
    await at.shows('Type keep');
    await at.reads();
    await word(at, 'keep');
    await at.shows('Taken back');
    await at.reads();
    await at.press('q');
    await at.exits();
    expect(at.alternate()).toBe(false);
    expect(diffManifests(before, await host().manifest())).toEqual([]);
  });

  it('L locks the host down for all but us, says so on every screen, and unlocks', async () => {
    const before = await host().manifest();
    const at = await sit();
    const { address, strangerAddress } = host();
    const stranger = async () =>
      (await host().ssh('true', { options: ['-b', strangerAddress, '-o', 'ConnectTimeout=2'] })).code;
    await asks(at, 'L', 'Type lockdown');
    expect(at.screen()).toContain('your own address, always');
    await at.reads();
    await at.press('down');
    await at.press('down');
    await at.types('key stolen');
    await at.shows('key stolen');
    await at.press('enter');
    // Enter in one read with what follows it is a paste, which answers nothing.
    await at.shows('▸ Type lockdown');
    await at.types('lockdown');
    await at.shows('Type lockdown   lockdown');
    await at.press('enter');
    await at.shows('LOCKED DOWN until somebody unlocks');
    await at.shows('✓ Kept');
    expect(await stranger()).toBe(255);
    expect((await host().ssh('true', { address })).code).toBe(0);
    await at.reads();
    await asks(at, 'L', 'Type unlock');
    await at.reads();
    await word(at, 'unlock');
    await at.shows('Unlocked, proved and kept');
    expect(at.screen()).not.toContain('LOCKED DOWN');
    expect(await stranger()).toBe(0);
    await at.reads();
    await at.press('q');
    await at.exits();
    await host().settled();
    expect(diffManifests(before, await host().manifest())).toEqual([]);
  });

  /** The drop-in is gone and no transaction holds the host. */
  async function isTakenBack(lease: number): Promise<void> {
    const end = Date.now() + (lease + 15 + 20) * 1000;
    while (
      (await host().console(`test -e ${DROP_IN} || ls /var/lib/portcullis/lock/* >/dev/null 2>&1`)).code === 0
    ) {
      expect(Date.now(), 'the host did not take it back').toBeLessThan(end);
      await sleep(250);
    }
    expect((await host().ssh('true')).code).toBe(0);
  }

  it('killed while the change is armed, it leaves the host to itself, which takes everything back', async () => {
    const before = await host().manifest();
    const at = await sit('--lease', '6s');
    await apply(at);
    expect((await host().console(`test -e ${DROP_IN}`)).code).toBe(0);
    at.kill('SIGKILL');
    await at.exits();
    await isTakenBack(6);
    expect(diffManifests(before, await host().manifest())).toEqual([]);
  });

  inWholeRuns(() => {
    it('left by a word while the change is armed, it says what the host will do, and the host does it', async () => {
      const before = await host().manifest();
      const at = await sit('--lease', '6s');
      await apply(at);
      await at.press('ctrl-c');
      await at.shows('Leave now?');
      await at.reads();
      await word(at, 'leave');
      expect(await at.exits()).toBe(3);
      expect(at.alternate()).toBe(false);
      expect(at.scrollback()).toMatch(/takes the change back by itself within \d+ s/);
      expect(at.scrollback()).toContain('portcullis confirm');
      await isTakenBack(6);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });
  });

  it('a dry run shows the same and touches nothing', async () => {
    const before = await host().manifest();
    const at = await sit('--dry-run');
    expect(at.screen()).toContain('DRY RUN');
    await at.press('a');
    await at.reads();
    expect(at.screen()).not.toContain('Type apply');
    await at.press('q');
    expect(await at.exits()).toBe(2);
    expect(diffManifests(before, await host().manifest())).toEqual([]);
  });
});
