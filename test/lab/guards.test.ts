import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Context } from '../../src/model/context.ts';
import type { SshdOptionResource } from '../../src/model/resource.ts';
import type { Transport } from '../../src/model/target.ts';
import { describeLab, useHost } from './harness.ts';
import { connectTo, planFor, surveyOf } from './plan-kit.ts';

function option(keyword: string, ...values: string[]): SshdOptionResource {
  return { kind: 'sshd-option', keyword, values };
}

/** What `sshd -t` of OpenSSH 10.0 takes without a word and what then keeps people out. */
const ACCEPTED: readonly (readonly [string, readonly SshdOptionResource[], RegExp])[] = [
  [
    'AllowUsers of an account that is not there',
    [option('AllowUsers', 'nobody-at-all')],
    /login user "root" is not let in by AllowUsers/,
  ],
  ['DenyUsers root', [option('DenyUsers', 'root')], /not let in by DenyUsers/],
  [
    'neither keys nor passwords',
    [option('PubkeyAuthentication', 'no'), option('PasswordAuthentication', 'no')],
    /PubkeyAuthentication no refuses every key/,
  ],
  [
    'AuthorizedKeysFile none',
    [option('AuthorizedKeysFile', 'none')],
    /none of the files that sshd would read/,
  ],
  [
    'a key exchange the client does not have',
    [option('KexAlgorithms', 'mlkem768x25519-sha256')],
    /no key exchange left that this client supports/,
  ],
  [
    'ListenAddress that is not of this host',
    [option('ListenAddress', '192.0.2.99')],
    /192\.0\.2\.99 is not an address of this host/,
  ],
  ['MaxSessions 0', [option('MaxSessions', '0')], /no login would get a shell/],
  ['MaxStartups 1', [option('MaxStartups', '1')], /MaxStartups 1/],
  ['LoginGraceTime 1', [option('LoginGraceTime', '1')], /nobody can log in within 1 s/],
  [
    'ForceCommand',
    [option('ForceCommand', '/bin/false')],
    /ForceCommand would run \/bin\/false instead of a shell/,
  ],
  ['AddressFamily inet6 for somebody on IPv4', [option('AddressFamily', 'inet6')], /connected over IPv4/],
  [
    'RevokedKeys that is not there',
    [option('RevokedKeys', '/etc/ssh/no-such-list')],
    /sshd then refuses every key/,
  ],
  [
    'TrustedUserCAKeys that is not there',
    [option('TrustedUserCAKeys', '/etc/ssh/no-such-authority')],
    /login with a certificate is refused/,
  ],
  [
    'Include of a file that is not there',
    [option('Include', '/etc/ssh/no-such-part')],
    /Include names \/etc\/ssh\/no-such-part/,
  ],
  [
    'PAMServiceName that is not there',
    [option('PAMServiceName', 'no-such-service')],
    /PAM then refuses every login/,
  ],
  [
    'a file transfer program that is not there',
    [option('Subsystem', 'sftp /usr/lib/no-such-sftp')],
    /file transfer \(sftp, scp\) stops/,
  ],
];

await describeLab('guards on a real host', () => {
  const host = useHost({ image: 'trixie' });
  let folder: string;
  let transport: Transport;
  let context: Context;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-guards-'));
    transport = await connectTo(host(), { stateDir: folder });
    context = await surveyOf(transport);
  });
  afterAll(async () => {
    await transport.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('sees a harmless option through: no refusal, rehearsed, sshd’s own words before and after', async () => {
    const { plan, candidate } = await planFor(transport, context, [
      option('MaxAuthTries', '4'),
      option('X11Forwarding', 'no'),
    ]);
    expect(candidate).toMatchObject({ kind: 'seen', method: 'rehearsed' });
    expect(plan.refusals).toEqual([]);
    expect(plan.applyable, plan.notes.join('\n')).toBe(true);
    expect(plan.changes[0]).toMatchObject({ confidence: 'rehearsed', action: 'create' });
    expect(plan.changes[0]?.effective).toContainEqual({ name: 'MaxAuthTries', before: '6', after: '4' });
  });

  it.each(ACCEPTED)('refuses %s, which sshd -t accepts', async (_, resources, message) => {
    const { plan, candidate } = await planFor(transport, context, resources);
    expect(candidate).toMatchObject({ kind: 'seen', stages: [{ test: { code: 0 } }] });
    expect(plan.refusals.map((refusal) => refusal.message).join('\n')).toMatch(message);
    expect(plan.refusals.every((refusal) => refusal.remedy !== '')).toBe(true);
    expect(plan.applyable).toBe(false);
  });

  it('refuses a plan because of a line that stood on the host before', async () => {
    const stray = '/etc/ssh/sshd_config.d/90-stray.conf';
    await host().writeFile(stray, 'RevokedKeys /etc/ssh/gone\n', '0644');
    const { plan } = await planFor(transport, await surveyOf(transport), [option('MaxAuthTries', '4')]);
    await host().console(`rm ${stray}`);
    expect(plan.refusals.map((refusal) => refusal.message)).toEqual([
      'RevokedKeys names /etc/ssh/gone, which is not there: sshd then refuses every key',
    ]);
  });

  it('sees a revoked key in a plain list and in a binary one', async () => {
    const shown: string[] = [];
    await host().writeFile('/etc/ssh/revoked', host().publicKey, '0644');
    const plain = await planFor(transport, context, [option('RevokedKeys', '/etc/ssh/revoked')]);
    shown.push(...plain.plan.refusals.map((refusal) => refusal.message));
    const made = await host().console(
      'cp /etc/ssh/revoked /root/list && ssh-keygen -k -f /etc/ssh/revoked /root/list && rm /root/list',
    );
    expect(made.code, made.stderr).toBe(0);
    const binary = await planFor(transport, context, [option('RevokedKeys', '/etc/ssh/revoked')]);
    shown.push(...binary.plan.refusals.map((refusal) => refusal.message));
    await host().console('rm /etc/ssh/revoked');
    expect(shown).toEqual([
      'your key is revoked in /etc/ssh/revoked',
      'your key is revoked in /etc/ssh/revoked',
    ]);
  });

  it('asks sshd about its own rendering where no namespace can be made, and says predicted', async () => {
    const hide =
      'for p in /usr/bin /bin; do [ -L $p ] || [ ! -e $p/unshare ] || mv $p/unshare $p/unshare.away; done';
    await host().console(hide);
    const { plan, candidate } = await planFor(transport, context, [option('MaxAuthTries', '4')]);
    const locked = await planFor(transport, context, [option('AllowUsers', 'nobody-at-all')]);
    await host().console('mv /usr/bin/unshare.away /usr/bin/unshare');
    expect(candidate, JSON.stringify(candidate)).toMatchObject({ kind: 'seen', method: 'flattened' });
    expect(plan.changes[0]).toMatchObject({ confidence: 'predicted' });
    expect(plan.changes[0]?.effective).toContainEqual({ name: 'MaxAuthTries', before: '6', after: '4' });
    expect(plan.notes.join('\n')).toContain('cannot make a private namespace');
    expect(locked.plan.refusals).toMatchObject([{ guard: 'guard.user' }]);
  });

  it('sees a Match block closed and a link outside /etc/ssh edited, for that user’s login', async () => {
    const folder = '/etc/ssh/sshd_config.d';
    await host().console(
      `mkdir -p /srv/parts && printf 'Match User deploy\\n  PasswordAuthentication yes\\n' >/srv/parts/deploy.conf && ln -s /srv/parts/deploy.conf ${folder}/60-deploy.conf`,
    );
    const { plan, candidate } = await planFor(transport, await surveyOf(transport), [
      { ...option('PasswordAuthentication', 'no'), everywhere: true },
    ]);
    await host().console(`rm -r ${folder}/60-deploy.conf /srv/parts`);
    if (candidate?.kind !== 'seen') throw new Error(JSON.stringify(candidate));
    expect(plan.changes.map((change) => change.address)).toContain('file:/srv/parts/deploy.conf');
    const deploy = candidate.stages[0]?.logins.find(({ probe }) => probe.user === 'deploy');
    expect(deploy?.effective.passwordauthentication).toEqual(['no']);
    expect(plan.refusals).toEqual([]);
  });

  it('leaves nothing behind on the host', async () => {
    const before = await host().manifest();
    await planFor(transport, context, [option('MaxAuthTries', '3'), option('Port', '22', '2222')]);
    expect(await host().manifest()).toEqual(before);
  });
});
