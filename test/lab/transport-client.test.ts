import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import type { Transport } from '../../src/model/target.ts';
import { command } from '../../src/text/command.ts';
import { openTransport, parseTarget } from '../../src/transport/index.ts';
import { describeLab, useHost } from './harness.ts';
import { usePrivateHome } from './private-home.ts';
import { useTransports } from './transport-harness.ts';
import { keysOn } from './transport-keys.ts';

await describeLab('the transport and the ssh of the operator', () => {
  const host = useHost({ image: 'trixie' });
  const home = usePrivateHome();
  const { connect, directory } = useTransports();

  const { makeKey, letIn, sshd, useAgent } = keysOn(host, directory);

  describe('with keys in an agent', () => {
    useAgent(['a', 'b', 'c', 'd', 'e', 'f', 'right']);

    test('says how many keys were offered when the right one came too late', async () => {
      await expect(connect(host(), { identity: undefined })).rejects.toMatchObject({
        exitCode: 6,
        message: expect.stringMatching(/the client offered \d keys and the server gave up/),
      });
    });

    test('offers the one key that worked, and no other, on later logins', async () => {
      await sshd('MaxAuthTries 20\n');
      const { transport } = await connect(host(), { identity: undefined });
      expect(transport.connection).toMatchObject({ keyName: 'right' });
      expect(transport.connection.publicKey).toContain(' right');
      await sshd('MaxAuthTries 1\n');
      const fresh = await transport.fresh();
      expect(fresh.connection.keyFingerprint).toBe(transport.connection.keyFingerprint);
      await sshd('MaxAuthTries 6\n');
    });

    test('takes a public key as identity, with the private half in the agent', async () => {
      const { transport } = await connect(host(), { identity: join(directory(), 'right.pub') });
      expect(transport.connection.method).toBe('publickey');
      expect((await transport.fresh()).connection.root).toBe('root');
    });
  });

  test('asks for a passphrase once and uses it again', async () => {
    const file = await makeKey('locked', 'ein Satz');
    await letIn(file);
    const { transport, asked } = await connect(host(), {
      identity: file,
      answers: { passphrase: 'ein Satz' },
    });
    expect(asked.map((question) => question.kind)).toEqual(['passphrase']);
    await transport.fresh();
    expect(asked.length).toBe(1);
    await expect(
      connect(host(), { identity: file, answers: { passphrase: 'falsch' } }),
    ).rejects.toMatchObject({
      exitCode: 6,
      message: 'the passphrase does not open the private key',
    });
    await expect(connect(host(), { identity: file })).rejects.toThrow('a question was not answered');
  });

  test('asks for a password where that is the way in, and for the next login not again', async () => {
    await sshd('PasswordAuthentication yes\n');
    const { LAB_PASSWORD } = await import('../../src/lab/images.ts');
    const other = await makeKey('stranger');
    const { transport, asked } = await connect(host(), {
      user: 'ana',
      identity: other,
      answers: { password: LAB_PASSWORD, 'sudo-password': LAB_PASSWORD },
    });
    expect(transport.connection).toMatchObject({ user: 'ana', root: 'sudo-password' });
    expect(['password', 'keyboard-interactive']).toContain(transport.connection.method);
    expect(transport.connection.keyFingerprint).toBeUndefined();
    const before = asked.length;
    await transport.fresh();
    expect(asked.length).toBe(before);
  });

  test('follows ssh_config: alias, user, port, key, and the operator’s shared connections are not used', async () => {
    const socket = join(directory(), 'shared.sock');
    await home.write(
      'config',
      `Host web
  HostName ${host().address}
  User deploy
  IdentityFile ${host().keyFile}
  HostKeyAlias the-web-host
  ControlMaster auto
  ControlPath ${socket}
  ControlPersist 5
  RemoteCommand /bin/false
  RequestTTY force
  LocalForward 127.0.0.1:1 127.0.0.1:1
  BatchMode yes
`,
    );
    const key = (await host().readFile('/etc/ssh/ssh_host_ed25519_key.pub')).split(' ').slice(0, 2).join(' ');
    await home.write('known_hosts', `the-web-host ${key}\n`);
    const transport: Transport = await openTransport({
      target: parseTarget('web'),
      sudo: 'auto',
      requireRoot: true,
      ask: async () => ({ kind: 'decline' }),
      stateDir: join(directory(), 'state'),
    });
    expect(transport.connection).toMatchObject({ user: 'deploy', root: 'sudo', address: host().address });
    const fresh = await transport.fresh({ port: 22, address: host().address6 });
    expect(fresh.connection).toMatchObject({ user: 'deploy', address: host().address6 });
    await expect(execa('ls', [socket])).rejects.toThrow();
    await transport.close();
  });

  test('goes through a jump host, twice, and says so', async () => {
    await home.write(
      'config',
      `Host stone\n  HostName ${host().address}\n  User deploy\n  IdentityFile ${host().keyFile}\n  HostKeyAlias stone\n`,
    );
    const { transport: direct } = await connect(host());
    const through = { address: '127.0.0.1', jump: 'stone' };
    await expect(connect(host(), through)).rejects.toThrow('the host key of the jump host is not known here');
    const key = (await host().readFile('/etc/ssh/ssh_host_ed25519_key.pub')).split(' ').slice(0, 2).join(' ');
    await home.write('known_hosts', `stone ${key}\n`);
    const accept = { acceptHostKey: host().hostKeyFingerprint, stateDir: join(directory(), 'jump-state') };
    const { transport } = await connect(host(), { ...through, ...accept });
    expect(transport.connection).toMatchObject({
      viaProxy: true,
      root: 'root',
      hostKey: direct.connection.hostKey,
    });
    const fresh = await transport.fresh();
    expect(await fresh.run(command(['echo "$SSH_CONNECTION" | cut -d" " -f1']))).toMatchObject({
      stdout: '127.0.0.1\n',
    });
    expect(await transport.probe({ port: 22 })).toMatchObject({ kind: 'open' });
  });

  test('names both sides when no algorithm is common', async () => {
    await sshd('Ciphers aes256-cbc\n');
    await expect(connect(host())).rejects.toMatchObject({
      exitCode: 6,
      message: 'no cipher in common with the server',
      hints: expect.arrayContaining([
        expect.stringContaining('aes256-cbc'),
        expect.stringContaining('chacha20'),
      ]),
    });
    await sshd('');
  });

  test('is lost when its ssh process is killed, and a new login works', async () => {
    const { transport } = await connect(host());
    const running = transport.run(command(['sleep 30']));
    await expect.poll(() => transport.counts().exchanges).toBe(1);
    for (const id of await sshChildren()) process.kill(id, 'SIGKILL');
    expect(await running).toMatchObject({ kind: 'lost' });
    expect(transport.lost()).toBe(true);
    expect(await transport.run(command(['true']))).toMatchObject({ kind: 'lost' });
    expect(await (await transport.fresh()).run(command(['id -u']))).toMatchObject({ stdout: '0\n' });
  });

  test('is lost when the cable is cut, and not before; the command may or may not have run', async () => {
    const { transport } = await connect(host());
    expect(await transport.run(command(['true']))).toMatchObject({ kind: 'exited' });
    await host().cut();
    const began = Date.now();
    const outcome = await transport.run(command(['true'], { deadline: 60_000 }));
    await host().restore();
    expect(outcome).toMatchObject({ kind: 'lost' });
    expect(Date.now() - began).toBeLessThan(25_000);
    expect((await connect(host())).transport.connection.root).toBe('root');
  });

  test('tells refused, unresolvable and unreachable apart', async () => {
    await expect(connect(host(), { port: 2298 })).rejects.toThrow('nothing listens on port 2298');
    await expect(connect(host(), { address: 'no-such-host.invalid' })).rejects.toThrow('cannot be resolved');
    const nobody = host().address.replace(/\d+$/, '77');
    await expect(connect(host(), { address: nobody })).rejects.toThrow(/no route to|no answer from/);
  });
});

/** Process ids of the ssh children of this process. */
async function sshChildren(): Promise<number[]> {
  const children = await readFile(`/proc/self/task/${process.pid}/children`, 'utf8');
  const ids = children.trim().split(/\s+/).map(Number);
  const named = await Promise.all(
    ids.map(async (id) => ({ id, name: await readFile(`/proc/${id}/comm`, 'utf8').catch(() => '') })),
  );
  return named.filter((child) => child.name.trim() === 'ssh').map((child) => child.id);
}
