// The room carried out for real: on a host where every switch stands the wrong way each control fails; the plan is applied as
// the program applies it; then each control passes, and a second plan has nothing to do.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Host } from '../../src/lab/host.ts';
import type { AnswerValue, Finding } from '../../src/model/control.ts';
import type { SessionEvent } from '../../src/model/event.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Session } from '../../src/model/session.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { sessionOfAna } from './session-of-ana.ts';

const BASES = join(import.meta.dirname, '../steps/sshd/base');

const BAD = `UsePrivilegeSeparation yes
Port 22
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
PermitEmptyPasswords yes
KexAlgorithms curve25519-sha256,diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha1
Ciphers aes256-ctr,aes128-cbc
MACs hmac-sha1,hmac-sha2-256
HostKey /etc/ssh/short_rsa
HostKey /etc/ssh/ssh_host_ed25519_key
HostKeyAlgorithms ssh-ed25519,ssh-rsa
PubkeyAcceptedAlgorithms ssh-ed25519,ssh-rsa
CASignatureAlgorithms ssh-ed25519,ssh-rsa
RequiredRSASize 1024
LoginGraceTime 0
MaxAuthTries 10
MaxStartups 100:30:200
MaxSessions 100
ClientAliveInterval 0
LogLevel QUIET
Compression yes
UseDNS yes
X11Forwarding yes
AllowAgentForwarding yes
AllowTcpForwarding yes
AllowStreamLocalForwarding yes
GatewayPorts yes
PermitTunnel yes
HostbasedAuthentication yes
IgnoreRhosts no
GSSAPIAuthentication yes
PermitUserEnvironment yes
UsePAM no
StrictModes no
Banner /etc/ssh/no-such-notice
Subsystem sftp /usr/lib/openssh/sftp-server
Match User deploy
  PubkeyAuthentication no
  AuthenticationMethods password
  KbdInteractiveAuthentication yes
`;

/** Where the program names what to do and does not do it: what is done by hand for it. */
const BY_HAND = `sed -i '/^UsePrivilegeSeparation/d' /etc/ssh/sshd_config
chmod 644 /etc/ssh/ssh_host_ed25519_key.pub
sed -i 's/^SSHD_OPTS=.*/SSHD_OPTS=/' /etc/default/ssh
systemctl restart ssh`;

/** Judged by how the login was made, so a login with a key cannot see it fail; the second test does. */
const NOT_BY_KEY = ['sshd.operator-key'];

await describeLab('the sshd room', () => {
  let stateDir = '';
  const open: Session[] = [];
  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'step-sshd-'));
  });
  afterEach(async () => {
    for (const session of open.splice(0)) await session.close();
  });
  afterAll(() => rm(stateDir, { recursive: true, force: true }));

  async function enter(host: Host, how: { readonly port?: number } = {}) {
    const made = await sessionOfAna(host, { stateDir, ...how });
    open.push(made.session);
    return made;
  }

  const resultsOf = (findings: readonly Finding[]) =>
    new Map(findings.map((finding) => [finding.control, finding.result]));
  // What no tool can see is neither: somebody has to be asked.
  const seen = (findings: readonly Finding[]) => findings.filter(({ result }) => result !== 'notchecked');
  const failing = (findings: readonly Finding[]) =>
    seen(findings).filter((finding) => finding.result !== 'pass' && finding.result !== 'notapplicable');
  const told = (plan: Plan) =>
    plan.changes
      .filter((change) => change.action !== 'none')
      .map((change) => `${change.phase} ${change.address}`);
  const badProofs = (events: readonly SessionEvent[]) =>
    events.flatMap((event) =>
      event.type === 'proved' && event.result.outcome !== 'proved'
        ? [`${event.result.proof.title}: ${event.result.outcome}: ${event.result.seen}`]
        : [],
    );

  for (const image of onImages('trixie', 'bookworm')) {
    describe(`on ${image}`, () => {
      const host = useHost({ image });

      it('is, freshly installed, what the cases start from', async () => {
        const base = parse(
          await readFile(join(BASES, `${image === 'bookworm' ? 'debian12' : 'debian13'}.yaml`), 'utf8'),
        );
        expect((await host().console('sshd -T')).stdout.split('\n').sort()).toEqual(
          base['sshd-T'].split('\n').sort(),
        );
        expect(await host().readFile('/etc/ssh/sshd_config')).toBe(base.sshd_config);
        expect((await host().console('ssh -Q kex')).stdout.split('\n').filter(Boolean).join(' ')).toBe(
          base.supports.kex,
        );
      });

      it('finds every control failing on a bad host, and passing after the plan was applied', async () => {
        const bad = image === 'bookworm' ? BAD : `PerSourcePenalties no\n${BAD}`;
        const prepared = await host().console(
          `ssh-keygen -q -t rsa -b 2048 -N '' -f /etc/ssh/short_rsa && chmod 666 /etc/ssh/ssh_host_ed25519_key.pub &&
          sed -i 's/^SSHD_OPTS=.*/SSHD_OPTS="-o VersionAddendum=lab"/' /etc/default/ssh &&
          cat >/etc/ssh/sshd_config && chmod 644 /etc/ssh/sshd_config && sshd -t && systemctl restart ssh`,
          { stdin: bad },
        );
        expect(prepared.code, prepared.stderr).toBe(0);

        const { session, events } = await enter(host());
        await session.connect();
        const answers = new Map<string, AnswerValue>([
          ['sshd.allow-users', ['ana']],
          ['sshd.root-login', 'no'],
          ['sshd.password-login', false],
          ['sshd.port', 2222],
        ]);
        const before = await session.discover();
        const plan = await session.plan({ answers, headless: true });
        expect(plan.refusals).toEqual([]);
        const notFailing = seen(plan.findings)
          .filter((finding) => finding.result !== 'fail')
          .map((finding) => `${finding.control} ${finding.result}: ${finding.evidence.join('; ')}`);
        const exempt = image === 'bookworm' ? ['sshd.source-penalties', 'sshd.penalty-exemptions'] : [];
        expect(notFailing.map((line) => line.split(' ')[0]).sort(), notFailing.join('\n')).toEqual(
          [...NOT_BY_KEY, ...exempt].sort(),
        );
        expect(before.score).toBeLessThan(10);

        const done = await session.apply(plan, { confirm: 'auto', lease: 15 });
        expect(done, `${badProofs(events).join('\n')}\n${JSON.stringify(done)}`).toMatchObject({
          outcome: 'committed',
          exitCode: 0,
        });
        expect(badProofs(events)).toEqual([]);
        const proved = new Set(
          events.flatMap((event) => (event.type === 'proved' ? [event.result.proof.id] : [])),
        );
        for (const id of [
          'method.password',
          'root-login.refused',
          'port.2222.login',
          'port.22.closed',
          'effective.ciphers',
        ]) {
          expect(proved).toContain(`sshd.${id}`);
        }
        await session.close();
        open.splice(0);

        const left = await enter(host(), { port: 2222 });
        const after = await left.session.discover();
        const open1 = failing(after.findings).map((finding) => finding.control);
        expect(open1).toEqual(['sshd.leftovers', 'sshd.command-line']);
        expect((await host().console(BY_HAND)).code).toBe(0);
        await left.session.close();
        open.splice(0);

        const last = await enter(host(), { port: 2222 });
        const good = await last.session.discover();
        expect(
          failing(good.findings).map((finding) => `${finding.control}: ${finding.evidence.join('; ')}`),
        ).toEqual([]);
        expect(good.score).toBe(100);
        expect(resultsOf(good.findings).get('sshd.password-login')).toBe('pass');
        const again = await last.session.plan({ answers: new Map([...answers]), headless: true });
        expect(told(again)).toEqual([]);
      });
    });
  }
});
