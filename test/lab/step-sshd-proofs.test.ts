// Every kind of proof, both expectations, on a host that is right and on one that is deliberately wrong: each proof is shown to
// fail once, or it would be worth nothing.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Proof, ProofCheck } from '../../src/model/control.ts';
import type { Transport } from '../../src/model/target.ts';
import { webProbes } from '../../src/transport/web.ts';
import { proveAll } from '../../src/verify/index.ts';
import { describeLab, useHost } from './harness.ts';
import { useTransports } from './transport-harness.ts';

const PORT = 2222;

function proof(check: ProofCheck, expected: Proof['expect'] = 'works'): Proof {
  const inside = check.kind === 'sshd-effective' || check.kind === 'listener';
  const viewpoint = inside ? 'inside' : check.kind === 'login' ? 'fresh-login' : 'outside';
  return { id: `sshd.${check.kind}.${expected}`, title: check.kind, viewpoint, expect: expected, check };
}

/** Each claim with both expectations. */
const CLAIMS: Readonly<Record<string, ProofCheck>> = {
  'root logs in': { kind: 'login', user: 'root', port: 22, root: true },
  'deploy logs in': { kind: 'login', user: 'deploy', port: 22, root: true },
  'deploy logs in on the second port': { kind: 'login', user: 'deploy', port: PORT, root: false },
  'passwords are offered': { kind: 'method', user: 'deploy', port: 22, method: 'password' },
  'keys are offered': { kind: 'method', user: 'deploy', port: 22, method: 'publickey' },
  'the second port answers': { kind: 'port', port: PORT },
  'passwords are in force': { kind: 'sshd-effective', keyword: 'PasswordAuthentication', value: 'yes' },
  'deploy has X11': {
    kind: 'sshd-effective',
    keyword: 'X11Forwarding',
    value: 'yes',
    user: 'deploy',
    address: '192.0.2.9',
  },
  'sshd listens on the second port': { kind: 'listener', port: PORT },
};

await describeLab('proofs on a real host', () => {
  const host = useHost({ image: 'trixie-bare' });
  const { connect } = useTransports();

  /** Claim → what came of "works" and of "fails", with a login made for it. */
  async function prove(claims = CLAIMS) {
    const { transport } = await connect(host());
    const fresh: Transport = await transport.fresh();
    const before = { ...transport.counts() };
    const names = Object.keys(claims);
    const proofs = Object.values(claims).flatMap((check) => [proof(check, 'works'), proof(check, 'fails')]);
    const results = await proveAll(proofs, { transport, fresh, web: webProbes });
    const after = transport.counts();
    await fresh.close();
    const outcomes = names.map((name, index) => [
      name,
      results
        .slice(index * 2, index * 2 + 2)
        .map((result) => result.outcome)
        .join(' '),
    ]);
    return { outcomes: Object.fromEntries(outcomes), seen: results.map((one) => one.seen), before, after };
  }

  async function configure(text: string) {
    const written = await host().console(
      'cat >/etc/ssh/sshd_config.d/00-test.conf && sshd -t && systemctl reload ssh',
      { stdin: text },
    );
    expect(written).toMatchObject({ code: 0 });
    // The reload is done when the listener says so in the journal of this boot; a port that should answer does.
    await host().console(
      `i=0; while [ $i -lt 100 ]; do sshd -T | grep -qx 'port ${PORT}' || exit 0; grep -qi ':${PORT.toString(16).padStart(4, '0')} ' /proc/net/tcp && exit 0; i=$((i+1)); sleep 0.05; done; exit 1`,
    );
  }

  beforeAll(async () => {
    expect(await host().console('systemctl is-active ssh')).toMatchObject({ stdout: 'active\n' });
  });
  afterAll(async () => {
    await host().console('rm -f /etc/ssh/sshd_config.d/00-test.conf');
  });

  it('hold on a host that is open, over IPv4 and IPv6, with one exchange inside and one visit a door', async () => {
    await configure(
      `Port 22\nPort ${PORT}\nPasswordAuthentication yes\nX11Forwarding yes\nPermitRootLogin yes\n`,
    );
    const { outcomes, seen, before, after } = await prove();
    expect(new Set(Object.values(outcomes)), JSON.stringify(outcomes)).toEqual(new Set(['proved disproved']));
    expect(seen.filter((words) => /IPv4: .*; IPv6: /.test(words)).length).toBeGreaterThan(0);
    // One run for all inside claims; the logins bring exchanges of their own channels.
    const logins = after.logins - before.logins;
    expect(after.exchanges - before.exchanges).toBeLessThanOrEqual(1 + logins);
    expect(after.connections - before.connections).toBeLessThanOrEqual(logins + 5);
  });

  it('fail on a host that is closed', async () => {
    await configure(
      'PasswordAuthentication no\nX11Forwarding no\nPermitRootLogin prohibit-password\nDenyUsers deploy\n',
    );
    const { outcomes, seen } = await prove();
    const expected = {
      ...Object.fromEntries(Object.keys(CLAIMS).map((name) => [name, 'disproved proved'])),
      'root logs in': 'proved disproved',
      'keys are offered': 'proved disproved',
      // Nobody is there to refuse this login, so nothing is known about it.
      'deploy logs in on the second port': 'undecided undecided',
    };
    expect(outcomes, seen.join('\n')).toEqual(expected);
  });

  it('notice that a key is no longer offered, and that a login does not reach root', async () => {
    await configure('Match User deploy\nPubkeyAuthentication no\nPasswordAuthentication yes\n');
    const closed = await prove({ 'keys are offered': CLAIMS['keys are offered'] as ProofCheck });
    expect(closed.outcomes).toEqual({ 'keys are offered': 'disproved proved' });
    await configure('PasswordAuthentication no\n');
    const taken = await host().console(
      'mv /etc/sudoers.d/* /root/ 2>/dev/null; ls /etc/sudoers.d; sudo -n -l -U deploy',
    );
    const noRoot = await prove({ 'deploy logs in': CLAIMS['deploy logs in'] as ProofCheck });
    expect(noRoot.outcomes, JSON.stringify([taken, noRoot.seen])).toEqual({
      'deploy logs in': 'disproved proved',
    });
  });

  it('claim one family only when the other does not answer, and say so', async () => {
    await configure('AddressFamily inet\n');
    const { outcomes, seen } = await prove({ 'root logs in': CLAIMS['root logs in'] as ProofCheck });
    expect(outcomes).toEqual({ 'root logs in': 'proved disproved' });
    expect(seen[0]).toContain('IPv6 is not reachable from here and was not tried');
  });
});
