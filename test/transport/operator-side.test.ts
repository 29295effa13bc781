import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/model/errors.ts';
import { command } from '../../src/text/command.ts';
import { openTransport, parseTarget } from '../../src/transport/index.ts';
import { appendKnown, fingerprintOf, keyAt, readKnownLine } from '../../src/transport/known-hosts.ts';
import { makePacing } from '../../src/transport/pacing.ts';
import { makeRuntimeDirectory } from '../../src/transport/runtime-dir.ts';
import { readSshConfig } from '../../src/transport/ssh-config.ts';
import { sshArgs } from '../../src/transport/ssh-options.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'operator-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

describe('this machine as target', () => {
  test('runs commands, and refuses to prove itself from inside', async () => {
    const transport = await openTransport({
      target: parseTarget('local'),
      sudo: 'none',
      requireRoot: false,
      ask: async () => ({ kind: 'decline' }),
    });
    expect(transport.connection).toMatchObject({ transport: 'local', address: '', hostKey: '' });
    expect(await transport.run(command(['id -u']))).toMatchObject({ stdout: `${process.getuid?.()}\n` });
    await expect(transport.fresh()).rejects.toThrow(UserError);
    await expect(transport.probe({ port: 22 })).rejects.toMatchObject({
      hints: [expect.stringContaining('--prover')],
    });
    expect(transport.counts()).toEqual({ exchanges: 1, connections: 0, logins: 0 });
    await transport.close();
    expect(await transport.run(command(['true']))).toMatchObject({ kind: 'lost' });
  });
});

describe('knocking', () => {
  function clockAt(start: number) {
    let now = start;
    return {
      now: () => now,
      sleep: async (milliseconds: number) => {
        now += milliseconds;
      },
    };
  }

  test('is held back after a burst, and lets one more through each refill', async () => {
    const clock = clockAt(0);
    const pacing = makePacing({ burst: 2, refill: 1000 }, clock);
    const at: number[] = [];
    for (let index = 0; index < 4; index += 1) {
      await pacing.visit();
      at.push(clock.now());
    }
    expect(at).toEqual([0, 0, 1000, 2000]);
  });

  test('does not count a visit that met no sshd', async () => {
    const clock = clockAt(0);
    const pacing = makePacing({ burst: 1, refill: 1000 }, clock);
    await pacing.visit();
    pacing.unmet();
    await pacing.visit();
    expect(clock.now()).toBe(0);
    await pacing.visit();
    expect(clock.now()).toBe(1000);
  });

  test('never gathers the 15 penalty seconds that close the door, whatever is asked of it', async () => {
    const clock = clockAt(0);
    const pacing = makePacing({}, clock);
    // OpenSSH's sum: seconds that are left, one more for each visit, five for a refused login.
    let until = 0;
    let worst = 0;
    const counted = (seconds: number) => {
      until = Math.max(until, clock.now()) + seconds * 1000;
      worst = Math.max(worst, until - clock.now());
    };
    for (let index = 0; index < 60; index += 1) {
      await pacing.visit();
      counted(1);
      if (index !== 7 && index !== 8) continue;
      await pacing.login();
      counted(5);
      pacing.refused();
    }
    expect(worst).toBeGreaterThan(5_000);
    expect(worst).toBeLessThan(15_000);
  });

  test('waits after a refused login', async () => {
    const clock = clockAt(100);
    const pacing = makePacing({ afterRefusal: 6000 }, clock);
    pacing.refused();
    await pacing.login();
    expect(clock.now()).toBe(6100);
  });
});

describe('known_hosts', () => {
  const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIJLb1QPq1102bVMM8kUiYHi4LzTGtFjZEPiKA/88jC2A';

  test('gives type, key and fingerprint of plain, hashed and marked lines', () => {
    const fingerprint = 'SHA256:35xpf4PVcL3lEOnLiY01ctL/XKE22sqj7IazcK+Z9JM';
    expect(fingerprintOf(blob)).toBe(fingerprint);
    expect(readKnownLine(`web1,10.0.0.2 ssh-ed25519 ${blob} comment`)).toMatchObject({
      marker: undefined,
      fingerprint,
    });
    expect(readKnownLine(`|1|salt=|hash= ssh-ed25519 ${blob}`)).toMatchObject({
      type: 'ssh-ed25519',
      fingerprint,
    });
    expect(readKnownLine(`@revoked * ssh-ed25519 ${blob}`)).toMatchObject({
      marker: '@revoked',
      fingerprint,
    });
    expect(readKnownLine('# web1 ssh-ed25519 x')).toBeUndefined();
    expect(readKnownLine('')).toBeUndefined();
  });

  test('of ours is made private, and only grows', async () => {
    const file = join(directory, 'state', 'known_hosts');
    await appendKnown(file, `a ssh-ed25519 ${blob}`);
    await appendKnown(file, `b ssh-ed25519 ${blob}`);
    expect((await readFile(file, 'utf8')).split('\n').length).toBe(3);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'state'))).mode & 0o777).toBe(0o700);
    expect((await keyAt(file, 2))?.blob).toBe(blob);
    expect(await keyAt(file, 3)).toBeUndefined();
    expect(await keyAt(join(directory, 'none'), 1)).toBeUndefined();
  });
});

describe('the arguments of ssh', () => {
  const args = sshArgs(
    {
      host: 'web1',
      user: 'ana',
      port: 2222,
      identity: '/k%d/id',
      address: 'fe80::1%eth0',
      family: 'ipv6',
      knownHosts: ['/a b', '/c'],
      globalKnownHosts: false,
      logFile: '/l',
      connectTimeout: 10,
    },
    'exec sh',
  );

  test('end the options before the host, and forbid forwarding, sharing and accepting', () => {
    expect(args.slice(-3)).toEqual(['--', 'web1', 'exec sh']);
    for (const option of [
      'StrictHostKeyChecking=yes',
      'ControlPath=none',
      'ForwardAgent=no',
      'ClearAllForwardings=yes',
      'PermitLocalCommand=no',
      'UpdateHostKeys=no',
      'IdentitiesOnly=yes',
      'AddressFamily=inet6',
    ])
      expect(args).toContain(option);
  });

  test('keep blanks and percent signs of file names and addresses', () => {
    expect(args).toContain('UserKnownHostsFile="/a b" "/c"');
    expect(args).toContain('IdentityFile="/k%%d/id"');
    expect(args).toContain('HostName=fe80::1%%eth0');
  });

  test('are understood back from ssh -G', () => {
    const config = readSshConfig(
      'user ana\nhostname 10.0.0.1\nport 2222\nproxyjump stone\nuserknownhostsfile /a /b\nkexalgorithms x,y\npubkeyacceptedkeytypes z\nhostkeyalias none\n',
    );
    expect(config).toMatchObject({
      user: 'ana',
      port: 2222,
      viaProxy: true,
      userKnownHosts: ['/a', '/b'],
      hostKeyAlias: undefined,
    });
    expect(config.algorithms).toMatchObject({ kex: ['x', 'y'], publicKeys: ['z'] });
  });
});

describe('the private directory', () => {
  test('is 0700 and short enough for a socket, and does not trust a foreign XDG_RUNTIME_DIR', async () => {
    const long = join(directory, 'x'.repeat(120));
    await mkdir(long);
    const made = await makeRuntimeDirectory({ XDG_RUNTIME_DIR: long });
    expect(made.path.length + '/askpass.sock'.length).toBeLessThanOrEqual(104);
    expect((await stat(made.path)).mode & 0o777).toBe(0o700);
    await made.remove();
    await expect(stat(made.path)).rejects.toThrow('ENOENT');
  });
});
