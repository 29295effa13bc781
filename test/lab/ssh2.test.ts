// The transport without an ssh client: the contract of every transport, and what is its own.
import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { LAB_PASSWORD } from '../../src/lab/images.ts';
import type { TargetError } from '../../src/model/errors.ts';
import { command } from '../../src/text/command.ts';
import { describeLab } from './harness.ts';
import { useTransportContract } from './transport-contract.ts';
import { keysOn } from './transport-keys.ts';

await describeLab('the transport ssh2 on a real host', () => {
  const { host, connect, directory } = useTransportContract({
    image: 'trixie',
    kind: 'ssh2',
    version: /^ssh2 1/,
  });

  const { makeKey, letIn, sshd, useAgent } = keysOn(host, directory);
  async function hostKey(type: 'ed25519' | 'rsa'): Promise<string> {
    const [name, blob] = (await host().readFile(`/etc/ssh/ssh_host_${type}_key.pub`)).split(' ');
    return `${name} ${blob}`;
  }
  /** Logins and refused keys so far, by the host's own account. */
  async function logins(): Promise<number> {
    const result = await host().console("journalctl -q --no-pager | grep -c -E 'Accepted|Failed publickey'");
    return Number(result.stdout.trim());
  }

  describe('the key of the host', () => {
    let run = 0;
    async function known(...lines: string[]): Promise<{ knownHosts: string; stateDir: string }> {
      run += 1;
      const knownHosts = join(directory(), `known-${run}`);
      await writeFile(knownHosts, lines.map((line) => `${line}\n`).join(''));
      return { knownHosts, stateDir: join(directory(), `state-${run}`) };
    }

    test('that nobody knows is shown, pinned in a file of ours, and not asked about again', async () => {
      const how = await known();
      const { asked } = await connect(host(), { ...how, answers: { 'host-key': 'yes' } });
      expect(asked).toEqual([
        {
          kind: 'host-key',
          host: `root@${host().address}`,
          type: 'ssh-ed25519',
          fingerprint: host().hostKeyFingerprint,
        },
      ]);
      const store = join(how.stateDir, 'known_hosts');
      expect(await readFile(store, 'utf8')).toBe(`${host().address} ${await hostKey('ed25519')}\n`);
      expect((await stat(store)).mode & 0o777).toBe(0o600);
      const again = await connect(host(), how);
      expect(again.asked).toEqual([]);
      expect(again.transport.counts()).toMatchObject({ connections: 1, logins: 1 });
    });

    test('that nobody knows stops a run without a person before any login', async () => {
      const before = await logins();
      const error: TargetError = await connect(host(), await known()).catch((it) => it);
      expect(error).toMatchObject({ exitCode: 6, message: 'the host key is not known and was not accepted' });
      expect(error.hints.join('\n')).toContain(`--accept-host-key ${host().hostKeyFingerprint}`);
      await expect(connect(host(), { ...(await known()), acceptHostKey: 'SHA256:other' })).rejects.toThrow(
        'the host key is not the one named with --accept-host-key',
      );
      expect(await logins()).toBe(before);
      const how = { ...(await known()), acceptHostKey: host().hostKeyFingerprint };
      expect((await connect(host(), how)).asked).toEqual([]);
    });

    test('that has changed or was revoked stops everything, with both fingerprints', async () => {
      const before = await logins();
      const old = await makeKey('old');
      const [type, blob] = (await readFile(`${old}.pub`, 'utf8')).split(' ');
      const shown = (await execa('ssh-keygen', ['-l', '-f', `${old}.pub`])).stdout.split(' ')[1];
      const how = await known('# a comment', `${host().address} ${type} ${blob}`);
      const answers = { 'host-key': 'yes' };
      const error: TargetError = await connect(host(), { ...how, answers }).catch((it) => it);
      expect(error.message).toContain('the host key has changed');
      expect(error.exitCode).toBe(6);
      expect(error.hints.join('\n')).toContain(`known: ${shown} in ${how.knownHosts}:2`);
      expect(error.hints.join('\n')).toContain(`presented: ${host().hostKeyFingerprint}`);
      const key = await hostKey('ed25519');
      const revoked = await known(`${host().address} ${key}`, `@revoked * ${key}`);
      await expect(connect(host(), { ...revoked, answers })).rejects.toThrow('marked as revoked');
      expect(await logins()).toBe(before);
    });

    test('is found in hashed lines, in patterns, and under another type when that is the one known', async () => {
      const salt = randomBytes(20);
      const hash = createHmac('sha1', salt).update(host().address).digest('base64');
      const hashed = `|1|${salt.toString('base64')}|${hash} ${await hostKey('rsa')}`;
      const { transport, asked } = await connect(host(), await known('other ssh-ed25519 AAAA', hashed));
      expect(asked).toEqual([]);
      expect(transport.connection.hostKey).toBe(host().fingerprints.rsa);
      expect((await transport.fresh()).connection.hostKey).toBe(host().fingerprints.rsa);
      const pattern = `${host().address.replace(/\d+$/, '*')} ${await hostKey('ed25519')}`;
      expect((await connect(host(), await known(pattern))).asked).toEqual([]);
    });

    test('must be the pinned one on every port: another sshd is found out', async () => {
      const { transport } = await connect(host());
      await host().console(
        'ssh-keygen -q -t ed25519 -N "" -f /run/other; systemd-run -q --unit=other /usr/sbin/sshd -D -p 2200 -h /run/other; for i in 1 2 3 4 5 6 7 8 9; do ss -ltn | grep -q :2200 && break; sleep 0.2; done',
      );
      const error = await transport.fresh({ port: 2200 }).catch((it: unknown) => it);
      expect(error).toMatchObject({
        exitCode: 6,
        message: expect.stringContaining('another host key'),
        evidence: expect.arrayContaining([`pinned: ${host().hostKeyFingerprint}`]),
      });
      expect(await transport.probe({ port: 2200 })).toMatchObject({
        kind: 'closed',
        reason: 'other-host-key',
      });
      expect(await transport.run(command(['id -u']))).toMatchObject({ stdout: '0\n' });
      await host().console('systemctl stop other');
    });
  });

  test('asks for a passphrase once, and says when it is wrong', async () => {
    const file = await makeKey('locked', 'ein Satz');
    await letIn(file);
    const how = { identity: file, answers: { passphrase: 'ein Satz' } };
    const { transport, asked } = await connect(host(), how);
    expect(asked.map((question) => question.kind)).toEqual(['passphrase']);
    await transport.fresh();
    expect(asked.length).toBe(1);
    await expect(connect(host(), { ...how, answers: { passphrase: 'falsch' } })).rejects.toThrow(
      'the passphrase does not open the private key',
    );
    await expect(connect(host(), { identity: file })).rejects.toThrow('a question was not answered');
  });

  test('asks for a password where that is the way in, and for the next login not again', async () => {
    const other = await makeKey('stranger');
    const how = {
      user: 'ana' as const,
      identity: other,
      answers: { password: LAB_PASSWORD, 'sudo-password': LAB_PASSWORD },
    };
    for (const settings of [
      'PasswordAuthentication yes\nKbdInteractiveAuthentication no\n',
      'PasswordAuthentication no\nKbdInteractiveAuthentication yes\n',
    ]) {
      await sshd(settings);
      const { transport, asked } = await connect(host(), how);
      expect(transport.connection).toMatchObject({ user: 'ana', root: 'sudo-password' });
      expect(transport.connection.method).toBe(
        settings.startsWith('PasswordAuthentication yes') ? 'password' : 'keyboard-interactive',
      );
      expect(transport.connection.keyFingerprint).toBeUndefined();
      expect(asked.map((question) => question.kind)).toEqual(['password', 'sudo-password']);
      await transport.fresh();
      expect(asked.length).toBe(2);
    }
    const wrong = connect(host(), { ...how, answers: { password: 'not-it' } });
    await expect(wrong).rejects.toThrow('login refused');
    await sshd('');
  });

  describe('with keys in an agent', () => {
    useAgent(['a', 'b', 'right']);

    test('offers the one that worked, and no other, on later logins', async () => {
      const { transport } = await connect(host(), { identity: undefined });
      expect(transport.connection).toMatchObject({ keyName: 'right' });
      await sshd('MaxAuthTries 1\n');
      expect((await transport.fresh()).connection.keyFingerprint).toBe(transport.connection.keyFingerprint);
      const named = await connect(host(), { identity: join(directory(), 'right.pub') });
      expect(named.transport.connection.method).toBe('publickey');
      await sshd('');
    });
  });

  test('follows the little of ssh_config that it knows, and refuses the rest by its line', async () => {
    const home = process.env.HOME;
    process.env.HOME = join(directory(), 'home');
    try {
      await mkdir(join(process.env.HOME, '.ssh'), { recursive: true });
      const file = join(process.env.HOME, '.ssh', 'config');
      const { openTransport, parseTarget } = await import('../../src/transport/index.ts');
      const open = () =>
        openTransport({
          target: parseTarget('web'),
          transport: 'ssh2',
          knownHosts: join(directory(), 'web-known'),
          sudo: 'auto',
          requireRoot: true,
          ask: async () => ({ kind: 'decline' }),
          stateDir: join(directory(), 'web-state'),
        });
      const block = `Host other\n  ProxyJump stone\nHost w?b\n  HostName ${host().address}\n  User deploy\n  IdentityFile ${host().keyFile}\n  HostKeyAlias the-web-host\n  LocalForward 127.0.0.1:1 127.0.0.1:1\n`;
      await writeFile(join(directory(), 'web-known'), `the-web-host ${await hostKey('ed25519')}\n`);
      await writeFile(file, block);
      const transport = await open();
      expect(transport.connection).toMatchObject({ user: 'deploy', root: 'sudo', address: host().address });
      await transport.close();
      await writeFile(file, `${block}  ProxyJump stone\n`);
      await expect(open()).rejects.toMatchObject({ where: `${file}:9`, exitCode: 64 });
      await writeFile(file, `Match exec "true"\n${block}`);
      await expect(open()).rejects.toThrow('does not know Match blocks');
    } finally {
      if (home === undefined) delete process.env.HOME;
      else process.env.HOME = home;
    }
    await expect(connect(host(), { jump: 'stone' })).rejects.toThrow('knows no jump hosts');
  });

  test('names what it offers when no algorithm is common: post-quantum alone shuts it out', async () => {
    await sshd('KexAlgorithms sntrup761x25519-sha512@openssh.com\n');
    await expect(connect(host())).rejects.toMatchObject({
      exitCode: 6,
      message: 'no key exchange method in common with the server',
      hints: expect.arrayContaining([expect.stringContaining('curve25519-sha256')]),
    });
    await sshd('');
  });

  test('is lost when the cable is cut, and a new login works; nothing listens is told apart', async () => {
    await expect(connect(host(), { port: 2298 })).rejects.toThrow('nothing listens on port 2298');
    await expect(connect(host(), { address: 'no-such-host.invalid' })).rejects.toThrow('cannot be resolved');
    const { transport } = await connect(host());
    expect(await transport.run(command(['true']))).toMatchObject({ kind: 'exited' });
    await host().cut();
    const began = Date.now();
    const outcome = await transport.run(command(['true'], { deadline: 60_000 }));
    await host().restore();
    expect(outcome).toMatchObject({ kind: 'lost' });
    expect(Date.now() - began).toBeLessThan(25_000);
    expect(transport.lost()).toBe(true);
    expect((await connect(host())).transport.connection.root).toBe('root');
  });
});
