// The wizard in lines, ended by Control-C and by signals wherever it may be: the exit code is the signal's, what is said of the
// host is true, and what was armed the host takes back.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import { ANSWERS, until } from '../lab/cli-kit.ts';
import { describeLab, useHost } from '../lab/harness.ts';
import { open, type Person } from './driver.ts';

const launcher = resolve(import.meta.dirname, '../../bin/portcullis.js');
const ALL = [...ANSWERS, '--set', 'sshd.port=22', '--set', 'sshd.crypto=balanced'];
const REST = ['--set', 'sshd.tcp-forwarding=no', '--set', 'sshd.banner=', '--set', 'sshd.exempt-addresses='];

await describeLab('The wizard in lines is ended', () => {
  const host = useHost({ image: 'trixie' });
  let state = '';
  let person: Person | undefined;
  let before: Manifest;

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'portcullis-plain-'));
    before = await host().manifest();
  });
  afterAll(async () => {
    person?.close();
    await rm(state, { recursive: true, force: true });
  });

  const reach = () => ['--identity', host().keyFile, '--known-hosts', host().knownHostsFile];
  async function sit(words: readonly string[], address = host().address): Promise<Person> {
    person = await open(launcher, {
      columns: 120,
      rows: 50,
      patience: 90_000,
      words: ['harden', '--plain', `root@${address}`, ...reach(), ...words],
      environment: { HOME: state, XDG_STATE_HOME: state, PORTCULLIS_TEST_LEASE: '1' },
    });
    return person;
  }
  /** Nothing is said about the findings. */
  async function goesOn(at: Person): Promise<void> {
    await at.shows('Type "attest" or "waive"');
    await at.press('enter');
  }
  const untouched = async () => diffManifests(before, await host().manifest()).length === 0;
  const flat = (at: Person) => at.screen().replaceAll('\n', '');

  it.each([
    ['Control-C', 130],
    ['SIGTERM', 143],
  ] as const)('at a question by %s: %i, and nothing was changed', async (how, code) => {
    const at = await sit(['--steps', 'sshd']);
    await goesOn(at);
    await at.shows('Who may log in?');
    if (how === 'Control-C') await at.press('ctrl-c');
    else at.kill(how);
    expect(await at.exits()).toBe(code);
    expect(at.screen()).toContain(`Nothing was changed on root@${host().address}.`);
  });

  it('while it connects: 130, and nothing was changed', async () => {
    const nobody = host().address.replace(/\.\d+$/, '.77');
    const at = await sit([], nobody);
    await at.shows('connecting to');
    await at.press('ctrl-c');
    expect(await at.exits()).toBe(130);
    expect(at.screen()).toContain(`Nothing was changed on root@${nobody}.`);
  });

  it('while a plan is made: 130, and nothing was changed', async () => {
    const at = await sit([...ALL, ...REST, '--steps', 'sshd', '--verbose']);
    await goesOn(at);
    await at.shows('planning:');
    await at.press('ctrl-c');
    expect(await at.exits()).toBe(130);
    expect(at.screen()).toContain('Nothing was changed on');
    // The host's own end of the connection goes a moment later.
    await until(untouched, 30_000);
  });

  it('before the change is kept: what the host does, and a line that takes it back at once and works', async () => {
    const at = await sit([...ALL, ...REST, '--steps', 'sshd', '--lease', '60s', '--recheck', 'none']);
    await goesOn(at);
    await at.shows('Type "apply"');
    await at.types('apply\r');
    await at.shows('Type "keep"');
    await at.press('ctrl-c');
    expect(await at.exits()).toBe(130);
    expect(at.screen()).toMatch(/Leaving in the middle of transaction \S+\./);
    expect(flat(at)).toContain('the host takes the change back by itself when its lease ends, in ');
    const rollback = ['rollback', `root@${host().address}`, ...reach()];
    expect(flat(at)).toContain(`To take it back at once: portcullis ${rollback.join(' ')} --yes`);
    const back = await open(launcher, {
      columns: 120,
      patience: 90_000,
      words: [...rollback, '--yes'],
      environment: { HOME: state, XDG_STATE_HOME: state },
    });
    expect(await back.exits(), back.screen()).toBe(0);
    await until(untouched, 30_000);
  });
});
