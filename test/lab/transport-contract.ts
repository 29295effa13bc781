// What every transport over ssh must do on a real host, whichever program speaks the protocol.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Host } from '../../src/lab/host.ts';
import { type ImageName, LAB_PASSWORD } from '../../src/lab/images.ts';
import { TargetError } from '../../src/model/errors.ts';
import { command } from '../../src/text/command.ts';
import { useHost } from './harness.ts';
import { type Connected, type Connecting, useTransports } from './transport-harness.ts';

export type Contracted = {
  readonly host: () => Host;
  readonly connect: (host: Host, how?: Connecting) => Promise<Connected>;
  readonly directory: () => string;
};

const USERS = [
  { user: 'root', root: 'root', asked: [] },
  { user: 'deploy', root: 'sudo', asked: [] },
  { user: 'ana', root: 'sudo-password', asked: ['sudo-password'] },
] as const;

/** Boots one host and adds the tests; gives the host and its way in, for more. */
export function useTransportContract(it: {
  readonly image: ImageName;
  readonly kind: 'openssh' | 'ssh2';
  readonly version: RegExp;
}): Contracted {
  const { image, kind, version } = it;
  const host = useHost({ image });
  const { connect: connectAny, directory } = useTransports();
  const connect = (to: Host, how: Connecting = {}) => connectAny(to, { transport: kind, ...how });

  test.each(USERS)(
    'reaches root as $user with one connection and one login',
    async ({ user, root, asked: kinds }) => {
      const { transport, asked } = await connect(host(), {
        user,
        answers: { 'sudo-password': LAB_PASSWORD },
      });
      const { connection } = transport;
      expect(connection).toMatchObject({
        transport: kind,
        user,
        root,
        address: host().address,
        port: 22,
      });
      expect(connection).toMatchObject({
        hostKey: host().hostKeyFingerprint,
        method: 'publickey',
        viaProxy: false,
      });
      expect(connection.publicKey?.split(' ')[1]).toBe(host().publicKey.split(' ')[1]);
      expect(connection.client.version).toMatch(version);
      expect(connection.client.kex).toContain(connection.kex);
      expect(connection.client.ciphers).toContain(connection.cipher);
      expect(asked.map((question) => question.kind)).toEqual(kinds);

      const outcome = await transport.run(
        command(
          ['id -u; echo "$SSH_CONNECTION"; echo "$HOME"; umask; cat; env | wc -l; env | grep -c portcullis'],
          {
            stdin: ['in\0\n'],
          },
        ),
      );
      const source = host().operatorAddress;
      if (outcome.kind !== 'exited') throw new Error(outcome.kind);
      const [id, ssh, home, mask, input, variables, ours] = outcome.stdout.trimEnd().split('\n');
      expect([id, home, mask, input]).toEqual(['0', '/root', '0022', 'in\0']);
      expect(ssh).toMatch(new RegExp(`^${source} \\d+ ${host().address} 22$`));
      expect(Number(variables)).toBeLessThan(8);
      expect(ours).toBe('0');
      expect(transport.counts()).toEqual({ exchanges: 1, connections: 1, logins: 1 });
    },
  );

  test.each(USERS)('logs in again as $user with the same key, asking nothing', async ({ user, root }) => {
    const { transport, asked } = await connect(host(), {
      user,
      answers: { 'sudo-password': LAB_PASSWORD },
    });
    const before = asked.length;
    const first = await transport.run(command(['echo "$SSH_CONNECTION"']));
    const fresh = await transport.fresh({ family: 'ipv6', address: host().address6 });
    expect(fresh.connection).toMatchObject({
      user,
      root,
      address: host().address6,
      hostKey: host().hostKeyFingerprint,
    });
    const second = await fresh.run(command(['echo "$SSH_CONNECTION"']));
    expect(second.kind === 'exited' && second.stdout).toContain(host().address6);
    expect(second).not.toEqual(first);
    expect(asked.length).toBe(before);
    expect(transport.counts()).toMatchObject({ connections: 2, logins: 2 });
    await fresh.close();
    expect(await transport.run(command(['id -u']))).toMatchObject({ stdout: '0\n' });
  });

  test('logs in as somebody else, plainly, and refuses what sshd refuses', async () => {
    const { transport } = await connect(host());
    const plain = await transport.fresh({ user: 'ana', root: 'none' });
    expect(plain.connection).toMatchObject({ user: 'ana', root: 'none' });
    expect(await plain.run(command(['id -un']))).toMatchObject({ stdout: 'ana\n' });
    await plain.close();
    const error = await transport.fresh({ port: 2299 }).catch((it: unknown) => it);
    expect(error).toBeInstanceOf(TargetError);
    expect(error).toMatchObject({ exitCode: 6, message: expect.stringContaining('refused') });
    await expect(transport.fresh({ user: 'nobody', root: 'none' })).rejects.toThrow('login refused');
  });

  test('sees what sshd offers without a credential, on both families', async () => {
    const { transport } = await connect(host());
    const door = await transport.probe({ port: 22 });
    expect(door).toMatchObject({ kind: 'open', hostKey: host().hostKeyFingerprint });
    expect(door.kind === 'open' && door.methods).toContain('publickey');
    expect(await transport.probe({ port: 22, family: 'ipv6', address: host().address6 })).toEqual(door);
    expect(await transport.probe({ port: 2299 })).toMatchObject({ kind: 'closed', reason: 'refused' });
    expect(transport.counts().logins).toBe(1);
  });

  test('is not confused by a noisy login shell or by MaxSessions 1', async () => {
    const noise =
      "printf '\\033]52;c;bWVvdw==\\007noise\\n%s open\\n' 00000000000000000000000000000000; echo more >&2\n";
    await host().writeFile('/root/.bashrc', noise);
    await host().writeFile('/etc/ssh/sshd_config.d/10-one.conf', 'MaxSessions 1\n');
    await host().console('systemctl reload ssh');
    const { transport } = await connect(host());
    expect(await transport.run(command(['echo clean']))).toMatchObject({ stdout: 'clean\n', stderr: '' });
    expect(await transport.run(command(['sleep 60'], { deadline: 200 }))).toMatchObject({
      kind: 'timedOut',
    });
    expect(await transport.run(command(['yes'], { outputLimit: 10 }))).toMatchObject({ truncated: true });
    expect(await transport.run(command(['pgrep -c -x yes; pgrep -c -x sleep']))).toMatchObject({
      stdout: '0\n0\n',
    });
    expect(transport.counts()).toMatchObject({ connections: 1, logins: 1 });
    // After a reload sshd listens anew a moment later; a restart is over when it listens.
    await host().console('rm /etc/ssh/sshd_config.d/10-one.conf /root/.bashrc; systemctl restart ssh');
  });

  test('never writes the sudo password where a process could show it, nor where none is asked', async () => {
    const seen: string[] = [];
    let watching = true;
    const watch = (async () => {
      while (watching) {
        seen.push(...(await processesShowing(LAB_PASSWORD)));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    const { transport } = await connect(host(), {
      user: 'ana',
      answers: { 'sudo-password': LAB_PASSWORD },
    });
    await transport.run(command(['true']));
    watching = false;
    await watch;
    expect(seen).toEqual([]);
    const journal = await host().console('journalctl -q --no-pager; cat /var/log/auth.log 2>/dev/null');
    expect(journal.stdout).not.toContain(LAB_PASSWORD);
    const { asked } = await connect(host(), { user: 'deploy', answers: { 'sudo-password': LAB_PASSWORD } });
    expect(asked).toEqual([]);
  });

  test('tries a wrong sudo password once, and goes on without root only when that was allowed', async () => {
    const before = await failures();
    const wrong = connect(host(), { user: 'ana', answers: { 'sudo-password': 'not-it' } });
    await expect(wrong).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining('did not take the password of ana'),
    });
    expect((await failures()) - before).toBe(1);
    await expect(connect(host(), { user: 'ana' })).rejects.toThrow(
      'sudo needs a password and none was given',
    );
    const { transport } = await connect(host(), { user: 'ana', requireRoot: false });
    expect(transport.connection.root).toBe('none');
    expect(await transport.run(command(['id -un']))).toMatchObject({ stdout: 'ana\n' });
  });

  test('gives no password to a sudo that is not the real one', async () => {
    await host().console('cp -p /usr/bin/sudo /usr/bin/sudo.real; chmod u-s /usr/bin/sudo');
    const { transport: never, asked } = await connect(host(), { user: 'ana', requireRoot: false });
    expect(never.connection.root).toBe('none');
    expect(asked).toEqual([]);
    await expect(connect(host(), { user: 'ana' })).rejects.toThrow('not owned by root with the setuid bit');
    await host().console('mv /usr/bin/sudo /usr/bin/sudo.away');
    await expect(connect(host(), { user: 'ana' })).rejects.toThrow('sudo is not installed');
    await host().console('mv -f /usr/bin/sudo.real /usr/bin/sudo; rm -f /usr/bin/sudo.away');
    expect((await connect(host(), { user: 'deploy' })).transport.connection.root).toBe('sudo');
  });

  test('says what is wrong with sudo, each in its own words', async () => {
    await host().writeFile('/etc/sudoers.d/zz-test', 'Defaults:deploy requiretty\n', '0440');
    await expect(connect(host(), { user: 'deploy' })).rejects.toThrow('requiretty');
    await host().writeFile('/etc/sudoers.d/zz-test', 'deploy ALL=(ALL) !ALL\nana ALL=(ALL) !ALL\n', '0440');
    await expect(
      connect(host(), { user: 'ana', answers: { 'sudo-password': LAB_PASSWORD } }),
    ).rejects.toThrow('may not use sudo for a root shell');
    await host().console('rm /etc/sudoers.d/zz-test');
  });

  test('says that a login works where commands are replaced', async () => {
    const replaced = join(directory(), 'replaced');
    await writeFile(replaced, '');
    await host().writeFile(
      '/etc/ssh/sshd_config.d/10-force.conf',
      'Match User deploy\n  ForceCommand /bin/echo hello\n',
    );
    await host().console('systemctl reload ssh; usermod -s /usr/sbin/nologin ana');
    await expect(connect(host(), { user: 'deploy' })).rejects.toMatchObject({
      message: expect.stringContaining('commands are replaced'),
      evidence: expect.arrayContaining(['hello']),
    });
    await expect(connect(host(), { user: 'ana' })).rejects.toThrow('no login shell');
    await host().console(
      'rm /etc/ssh/sshd_config.d/10-force.conf; systemctl restart ssh; usermod -s /bin/bash ana',
    );
  });

  /** Failed sudo passwords so far, by the host's own account. */
  async function failures(): Promise<number> {
    const result = await host().console("journalctl -q --no-pager | grep -c 'sudo.*authentication failure'");
    return Number(result.stdout.trim());
  }

  return { host, connect, directory };
}

async function processesShowing(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const id of (await readdir('/proc')).filter(
    (name) => /^\d+$/.test(name) && name !== String(process.pid),
  ))
    for (const part of ['cmdline', 'environ']) {
      const content = await readFile(`/proc/${id}/${part}`, 'latin1').catch(() => '');
      if (content.includes(text)) found.push(`/proc/${id}/${part}`);
    }
  return found;
}
