// sshd started by its socket, and something breaks while the socket moves to another port: the moment in which nobody
// listens. The host comes back as it was, and a new login works in time.
import { beforeAll, expect, it } from 'vitest';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import { history, startTransaction } from '../../src/transaction/driver.ts';
import { LEASE, startProber } from '../faults/fault-run.ts';
import { describeLab, inWholeRuns, useHost } from './harness.ts';
import { baseOf, consoleTransport, putFile, requestOf, unitVerb } from './transaction-kit.ts';
import { DISARMED } from './transaction-plan.ts';

const DROP_IN = '/etc/systemd/system/ssh.socket.d/portcullis.conf';
const TEXT = '[Socket]\nListenStream=\nListenStream=2225\n';

await describeLab('faults while the socket of sshd moves', () => {
  const host = useHost({ image: 'trixie' });
  let old: Manifest;
  const transport = () => consoleTransport(host());

  beforeAll(async () => {
    const made = await host().console(
      'systemctl disable --now ssh.service && systemctl enable --now ssh.socket',
    );
    expect(made.code, made.stderr).toBe(0);
    await host().console('mkdir -p -m 0700 /var/lib/portcullis; sync');
    await login();
    old = await host().manifest();
  });

  /** The first login starts the service; from then on it runs beside its socket. */
  const login = async () => expect((await host().ssh('true')).code).toBe(0);
  const setFaults = (text: string) =>
    host().console('cd /var/lib/portcullis; rm -rf fault-stamps; umask 077; cat >faults', { stdin: text });
  const moving = async (lease: number) => {
    const changes = [
      putFile({ path: DROP_IN, content: TEXT, base: await baseOf(host(), DROP_IN) }),
      unitVerb('ssh.socket', 'daemon-reload'),
      unitVerb('ssh.socket', 'restart'),
    ];
    return requestOf({ changes, contents: [TEXT], lease, wait: 10 }).request;
  };
  const untilDown = () =>
    expect
      .poll(() => host().console('[ -d /var/lib/portcullis/fault-stamps/socket-down ]'), { timeout: 30_000 })
      .toMatchObject({ code: 0 });

  /** As before, with nothing left over, and open on the old port only; who probed was never shut out for long. */
  const expectOld = async (id: string, prober?: ReturnType<typeof startProber>, lease = LEASE) => {
    await expect
      .poll(() => host().console(DISARMED), { timeout: 40_000, interval: 300 })
      .toMatchObject({ code: 0 });
    await login();
    expect((await prober?.stop()) ?? 0).toBeLessThanOrEqual(lease + 15);
    const record = (await history(transport())).find((it) => it.id === id);
    expect(record, record?.log.join('\n')).toMatchObject({ state: 'ROLLED_BACK', exceptions: [] });
    expect((await host().ssh('true', { port: 2225 })).code).toBe(255);
    // A login that has just ended leaves its scope for a moment.
    await expect
      .poll(async () => diffManifests(old, await host().manifest()), { timeout: 20_000, interval: 500 })
      .toEqual([]);
    // These tests start sshd more often in ten seconds than systemd allows a daemon: each begins to count anew.
    await host().console('rm -f /var/lib/portcullis/faults; systemctl reset-failed ssh.service ssh.socket');
  };

  it('comes back when the engine is killed while nobody listens', async () => {
    await setFaults('socket-down kill\n');
    const prober = startProber(host());
    const request = await moving(LEASE);
    await startTransaction(transport(), request).catch(() => undefined);
    await untilDown();
    await expectOld(request.id, prober);
  });

  inWholeRuns(() => {
    it('comes back when the rollback is killed while nobody listens', async () => {
      const prober = startProber(host());
      // Long enough for a slow machine to place the fault before the lease is over.
      const lease = 10;
      const request = await moving(lease);
      const { status } = await startTransaction(transport(), request);
      expect(status.state).toBe('APPLIED');
      await setFaults('socket-down kill\n');
      await untilDown();
      await expectOld(request.id, prober, lease);
    });
  });

  it('comes back from a power cut while nobody listens', async () => {
    await setFaults('socket-down hang\n');
    const request = await moving(300);
    const client = startTransaction(transport(), request).catch(() => undefined);
    await untilDown();
    await host().powerCut();
    await client;
    await host().boot({ timeout: 60_000 });
    await login();
    await expectOld(request.id);
  });

  inWholeRuns(() => {
    it('comes back from a reboot when the socket has moved', async () => {
      const request = await moving(300);
      const { status } = await startTransaction(transport(), request);
      expect(status.state).toBe('APPLIED');
      await host().reboot({ timeout: 60_000 });
      await login();
      await expectOld(request.id);
    });
  });
});
