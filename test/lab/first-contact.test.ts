// A server as a hoster hands it over: root, a password that has expired, no key anywhere. It ends with a key that is proved and
// passwords refused; and so it does where this machine has no ssh client.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SessionEvent } from '../../src/model/event.ts';
import type { TransportQuestion } from '../../src/model/target.ts';
import { command } from '../../src/text/command.ts';
import { Secret } from '../../src/text/secret.ts';
import { openTransport, parseTarget } from '../../src/transport/index.ts';
import { cliFor } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';

const GIVEN = 'from-the-hoster-31';
const ANSWERS = [
  ...['--set', 'sshd.allow-users=root', '--set', 'sshd.root-login=prohibit-password'],
  ...['--set', 'sshd.password-login=false'],
];

await describeLab('A server with a root password and no key', () => {
  const host = useHost({ image: 'trixie' });
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'first-contact-'));
    await mkdir(join(folder, 'bin'));
    await symlink(process.execPath, join(folder, 'bin', 'node'));
    await writeFile(join(folder, 'given'), `${GIVEN}\n`, { mode: 0o600 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** As the hoster hands it over. */
  async function handOver(expired: boolean, settings: string): Promise<void> {
    await host().writeFile(
      '/etc/ssh/sshd_config.d/50-hoster.conf',
      `PermitRootLogin yes\n${settings}`,
      '0644',
    );
    const done = await host().console(
      `rm -rf /root/.ssh /etc/ssh/sshd_config.d/00-portcullis.conf; echo 'root:${GIVEN}' | chpasswd && chage -d ${expired ? '0' : '"$(date +%F)"'} root && systemctl reload ssh`,
    );
    expect(done, done.stderr).toMatchObject({ code: 0 });
  }

  async function mustBeKeyOnly(): Promise<void> {
    const { transport } = await connectAs({});
    expect(transport.connection.method).toBe('publickey');
    expect(await transport.probe({ port: 22 })).toMatchObject({ kind: 'open', methods: ['publickey'] });
    await transport.close();
  }

  async function connectAs(how: {
    answer?: (question: TransportQuestion) => string | true | undefined;
    transport?: 'openssh' | 'ssh2';
    identity?: string | undefined;
    chooseKey?: boolean;
    events?: SessionEvent[];
  }) {
    const asked: TransportQuestion[] = [];
    const transport = await openTransport({
      target: parseTarget(`root@${host().address}`),
      identity: 'identity' in how ? how.identity : host().keyFile,
      knownHosts: host().knownHostsFile,
      sudo: 'auto',
      requireRoot: true,
      stateDir: join(folder, 'state'),
      pacing: { burst: 50, refill: 100, afterRefusal: 100 },
      transport: how.transport ?? 'ssh2',
      chooseKey: how.chooseKey,
      emit: (event) => how.events?.push(event),
      ask: async (question) => {
        asked.push(question);
        const said = how.answer?.(question);
        if (said === undefined) return { kind: 'decline' };
        return said === true ? { kind: 'accept' } : { kind: 'secret', secret: new Secret(said) };
      },
    });
    return { transport, asked };
  }

  const SETTINGS = {
    ssh2: 'PasswordAuthentication yes\nKbdInteractiveAuthentication yes\n',
    openssh: 'PasswordAuthentication yes\nKbdInteractiveAuthentication no\n',
  };
  for (const client of onImages('ssh2', 'openssh')) {
    it(`ends with key-only login, by ${client}`, async () => {
      await handOver(true, SETTINGS[client]);
      const cli = await cliFor(host, 'root', client === 'ssh2' ? join(folder, 'bin') : undefined);
      const files = ['--password-file', join(folder, 'given')];

      const refused = await cli.on('apply', ...ANSWERS, ...files, '--yes', '--recheck', 'none');
      expect(refused.code, refused.stderr).toBe(6);
      expect(refused.stderr).toContain('--new-password-file');

      const made = join(folder, `new-${client}`);
      files.push('--new-password-file', made);
      const applied = await cli.on('apply', ...ANSWERS, ...files, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stderr).toBe(0);
      expect(applied.stderr).toMatch(/proved: root logs in with the new key/);
      expect(applied.stderr).toMatch(/proved: sshd refuses password/);
      expect((await stat(made)).mode & 0o777).toBe(0o600);
      const password = (await readFile(made, 'utf8')).trim();
      expect(password).toMatch(/^(\w{5}-){4}\w{5}$/);
      const journal = await host().console(
        'journalctl -q --no-pager; cat /var/lib/portcullis/*/* 2>/dev/null',
      );
      for (const secret of [password, GIVEN])
        expect(journal.stdout + applied.stderr + applied.stdout).not.toContain(secret);

      await mustBeKeyOnly();
      const again = await cli.on('plan', ...ANSWERS);
      expect(again.code, again.stdout + again.stderr).toBe(0);
    });
  }

  it('is refused without a key and without a person: nothing is touched, the flag is named', async () => {
    await handOver(false, 'PasswordAuthentication yes\n');
    const cli = await cliFor(host);
    const target = `root@${host().address}`;
    const known = ['--known-hosts', host().knownHostsFile];
    const refused = await cli.run(
      ...['apply', target, ...known, ...ANSWERS, '--password-file', join(folder, 'given'), '--yes'],
      ...['--steps', 'sshd'],
    );
    expect(refused.code, refused.stderr).toBe(5);
    expect(refused.stderr).toContain('--identity');
    const nobody = await cli.run('check', target, ...known);
    expect(nobody.code).toBe(6);
    expect(nobody.stderr).toContain('--password-file FILE');
  });

  it('gets a key that was made here, with a passphrase, and later logins use it', async () => {
    const home = process.env.HOME;
    process.env.HOME = join(folder, 'home');
    try {
      await handOver(true, 'PasswordAuthentication yes\nKbdInteractiveAuthentication no\n');
      const answer = (question: TransportQuestion) => {
        if (question.kind === 'password') return GIVEN;
        if (question.kind === 'confirm') return true as const;
        if (question.kind === 'new-secret')
          return question.of === 'passphrase' ? 'ein neuer Satz' : 'typed-by-hand-77';
        return question.kind === 'passphrase' ? 'ein neuer Satz' : undefined;
      };
      const events: SessionEvent[] = [];
      const { transport, asked } = await connectAs({ answer, identity: undefined, chooseKey: true, events });
      expect(asked.map(({ kind }) => kind)).toEqual([
        ...['password', 'new-secret', 'new-secret', 'confirm', 'new-secret', 'new-secret'],
      ]);
      const file = join(folder, 'home', '.ssh', 'id_ed25519');
      expect(transport.connection.publicKey).toBe((await readFile(`${file}.pub`, 'utf8')).trim());
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      // OpenSSH's own tool opens it with the passphrase, and says the same public half.
      const { stdout } = await promisify(execFile)('ssh-keygen', ['-y', '-P', 'ein neuer Satz', '-f', file]);
      expect(stdout.split(' ')[1]).toBe(transport.connection.publicKey?.split(' ')[1]);
      await expect(transport.fresh({ only: 'publickey' })).rejects.toThrow('login refused');
      const put = 'umask 077; mkdir -p /root/.ssh; cat > /root/.ssh/authorized_keys';
      await transport.run(command([put], { stdin: [`${transport.connection.publicKey}\n`] }));
      const fresh = await transport.fresh({ only: 'publickey' });
      expect(fresh.connection.method).toBe('publickey');
      await transport.close();
    } finally {
      if (home === undefined) delete process.env.HOME;
      else process.env.HOME = home;
    }
  });
});
