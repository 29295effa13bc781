import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, expect, test } from 'vitest';
import { TargetError } from '../../src/model/errors.ts';
import { command } from '../../src/text/command.ts';
import { describeLab, useHost } from './harness.ts';
import { usePrivateHome } from './private-home.ts';
import { useTransports } from './transport-harness.ts';

await describeLab('the key of a host', () => {
  const host = useHost({ image: 'trixie' });
  const home = usePrivateHome();
  const { connect, directory } = useTransports();
  let run = 0;
  /** The operator's own files decide, and our store is empty. */
  const asOperator = () => ({ knownHosts: undefined, stateDir: join(directory(), `state-${run}`) });

  beforeEach(async () => {
    run += 1;
    await home.write('config', '');
    await home.write('known_hosts', '');
  });

  /** Logins and refused keys so far, by the host's own account. */
  async function logins(): Promise<number> {
    const result = await host().console("journalctl -q --no-pager | grep -c -E 'Accepted|Failed publickey'");
    return Number(result.stdout.trim());
  }

  /** One public key of the host, "type blob". */
  async function hostKey(type: 'ed25519' | 'rsa'): Promise<string> {
    const [name, blob] = (await host().readFile(`/etc/ssh/ssh_host_${type}_key.pub`)).split(' ');
    return `${name} ${blob}`;
  }

  /** Another key, as if the host had a different one. */
  async function makeKey(name: string): Promise<{ file: string; line: string; fingerprint: string }> {
    const file = join(directory(), `${name}-${run}`);
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
    const [type, blob] = (await readFile(`${file}.pub`, 'utf8')).split(' ');
    const shown = await execa('ssh-keygen', ['-l', '-f', `${file}.pub`]);
    return { file, line: `${type} ${blob}`, fingerprint: shown.stdout.split(' ')[1] ?? '' };
  }

  test('that nobody knows is shown, pinned in a file of ours, and not asked about again', async () => {
    const { asked } = await connect(host(), { ...asOperator(), answers: { 'host-key': 'yes' } });
    expect(asked).toEqual([
      {
        kind: 'host-key',
        host: `root@${host().address}`,
        type: 'ssh-ed25519',
        fingerprint: host().hostKeyFingerprint,
      },
    ]);
    const store = join(asOperator().stateDir, 'known_hosts');
    expect(await readFile(store, 'utf8')).toBe(`${host().address} ${await hostKey('ed25519')}\n`);
    expect((await stat(store)).mode & 0o777).toBe(0o600);
    expect(await readFile(join(home.path(), 'known_hosts'), 'utf8')).toBe('');
    const again = await connect(host(), asOperator());
    expect(again.asked).toEqual([]);
    expect(again.transport.counts()).toMatchObject({ connections: 1, logins: 1 });
  });

  test('that nobody knows stops a run without a person, before any login, and the flag is named', async () => {
    const before = await logins();
    const error = await connect(host(), asOperator()).catch((it: unknown) => it);
    expect(error).toBeInstanceOf(TargetError);
    expect(error).toMatchObject({ exitCode: 6, message: 'the host key is not known and was not accepted' });
    expect((error as TargetError).hints.join('\n')).toContain(
      `--accept-host-key ${host().hostKeyFingerprint}`,
    );
    expect(await logins()).toBe(before);
  });

  test('is taken with its fingerprint as a flag, and with no other', async () => {
    const { asked } = await connect(host(), { ...asOperator(), acceptHostKey: host().hostKeyFingerprint });
    expect(asked).toEqual([]);
    run += 1;
    await expect(connect(host(), { ...asOperator(), acceptHostKey: 'SHA256:other' })).rejects.toMatchObject({
      exitCode: 6,
      message: 'the host key is not the one named with --accept-host-key',
    });
  });

  test('that has changed stops everything, with both fingerprints and the way to look', async () => {
    const old = await makeKey('old');
    const file = await home.write('known_hosts', `# a comment\n${host().address} ${old.line}\n`);
    const answered = connect(host(), {
      ...asOperator(),
      acceptHostKey: host().hostKeyFingerprint,
      answers: { 'host-key': 'yes' },
    });
    const error = await answered.catch((it: unknown) => it);
    expect(error).toMatchObject({
      exitCode: 6,
      message: expect.stringContaining('the host key has changed'),
    });
    const hints = (error as TargetError).hints.join('\n');
    // The file is told as ssh sees it: the private home is mounted over /root.
    expect(file.endsWith('/known_hosts')).toBe(true);
    expect(hints).toContain('/root/.ssh/known_hosts:2');
    expect(hints).toContain(host().hostKeyFingerprint);
    expect(hints).toContain(`ssh-keygen -f /root/.ssh/known_hosts -R ${host().address}`);
  });

  test('that has changed against our own store tells the old fingerprint too', async () => {
    const old = await makeKey('old');
    const known = join(directory(), `known-${run}`);
    await writeFile(known, `${host().address} ${old.line}\n`);
    const error = await connect(host(), { knownHosts: known }).catch((it: unknown) => it);
    expect((error as TargetError).hints.join('\n')).toContain(`known: ${old.fingerprint} in ${known}:1`);
  });

  test('that is revoked stops everything, whatever else is known about it', async () => {
    const key = await hostKey('ed25519');
    await home.write('known_hosts', `${host().address} ${key}\n@revoked * ${key}\n`);
    const { message } = await connect(host(), { ...asOperator(), answers: { 'host-key': 'yes' } }).catch(
      (it) => it,
    );
    expect(message).toBe('the host presents a key that is marked as revoked');
  });

  test('is found under another type, when that is the one known', async () => {
    const known = join(directory(), `known-${run}`);
    await writeFile(known, `${host().address} ${await hostKey('rsa')}\n`);
    const { transport, asked } = await connect(host(), { ...asOperator(), knownHosts: known });
    expect(asked).toEqual([]);
    expect(transport.connection.hostKey).toBe(host().fingerprints.rsa);
    const fresh = await transport.fresh();
    expect(fresh.connection.hostKey).toBe(host().fingerprints.rsa);
  });

  test('is trusted through its authority, also on a second login by another address', async () => {
    const authority = await makeKey('authority');
    const key = await host().readFile('/etc/ssh/ssh_host_ed25519_key.pub');
    const public_ = join(directory(), 'host.pub');
    await writeFile(public_, key);
    await execa('ssh-keygen', [
      '-q',
      '-s',
      authority.file,
      '-I',
      'host',
      '-h',
      '-n',
      host().address,
      public_,
    ]);
    await host().writeFile(
      '/etc/ssh/cert.pub',
      await readFile(join(directory(), 'host-cert.pub'), 'utf8'),
      '0644',
    );
    await host().writeFile('/etc/ssh/sshd_config.d/10-cert.conf', 'HostCertificate /etc/ssh/cert.pub\n');
    await host().console('systemctl reload ssh');
    const known = join(directory(), `known-${run}`);
    await writeFile(known, `@cert-authority * ${authority.line}\n`);
    const { transport, asked } = await connect(host(), { ...asOperator(), knownHosts: known });
    expect(asked).toEqual([]);
    const fresh = await transport.fresh({ family: 'ipv6', address: host().address6 });
    expect(fresh.connection.hostKey).toBe(transport.connection.hostKey);
    await host().console('rm /etc/ssh/sshd_config.d/10-cert.conf; systemctl restart ssh');
  });

  test('must be the pinned one on every port and address: another sshd is found out', async () => {
    const { transport } = await connect(host());
    await host().console(
      'ssh-keygen -q -t ed25519 -N "" -f /run/other; systemd-run -q --unit=other /usr/sbin/sshd -D -p 2200 -h /run/other; for i in 1 2 3 4 5 6 7 8 9; do ss -ltn | grep -q :2200 && break; sleep 0.2; done',
    );
    const error = await transport.fresh({ port: 2200 }).catch((it: unknown) => it);
    expect(error).toMatchObject({ exitCode: 6, message: expect.stringContaining('another host key') });
    expect(await transport.probe({ port: 2200 })).toMatchObject({ kind: 'closed', reason: 'other-host-key' });
    const web = createServer((socket) => socket.resume().end('HTTP/1.0 200 OK\r\n\r\n'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const address = web.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expect(await transport.probe({ port, address: '127.0.0.1' })).toMatchObject({
      kind: 'closed',
      reason: 'not-ssh',
    });
    await new Promise((resolve) => web.close(resolve));
    expect(await transport.run(command(['id -u']))).toMatchObject({ stdout: '0\n' });
  });
});
