// Packages on a bare Debian 13: no nft, no python3. Packages come first, in a transaction of their own, and go again
// without a trace, whatever happens in the middle.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { PackageOffer } from '../../src/lab/apt-repository.ts';
import { diffManifests } from '../../src/lab/manifest.ts';
import type { SessionEvent } from '../../src/model/event.ts';
import { startTransaction } from '../../src/transaction/driver.ts';
import { describeLab, inWholeRuns, useHost } from './harness.ts';
import { enter, offerArchive } from './prepare-kit.ts';
import { consoleTransport, requestOf } from './transaction-kit.ts';
import { DISARMED } from './transaction-plan.ts';

/** Holds dpkg's lock as apt would, until it is stopped. */
const HOLDER = `$0 = "unattended-upgr";
open(my $lock, "+<", "/var/lib/dpkg/lock-frontend") or die;
my $write = pack("s s x4 q q i x4", 1, 0, 0, 0, 0);
fcntl($lock, 6, $write) or die;
open(my $held, ">", "/run/lab-held") or die;
sleep 300;
`;
const HOLD = `systemd-run --quiet --collect --unit=lab-holder perl /root/hold
until [ -e /run/lab-held ]; do sleep 0.1; done; rm /run/lab-held`;
const LET_GO = 'systemctl stop lab-holder';

/** dpkg stops for a while where everything is unpacked and nothing configured, once, when a file asks for it. */
const HOOK = `[ "$DPKG_HOOK_ACTION" = configure ] && [ -s /root/slow ] || exit 0
seconds=$(cat /root/slow); rm /root/slow; : >/run/lab-in-dpkg; sleep "$seconds"; rm /run/lab-in-dpkg
`;

await describeLab('Packages on a bare host', () => {
  const host = useHost({ image: 'trixie-bare' });
  const patient = { timeout: 120_000, interval: 250 };
  let stateDir = '';
  let archive: PackageOffer;
  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'prepare-'));
    archive = await offerArchive(host(), 'trixie');
    await host().writeFile('/root/hold', HOLDER, '0644');
    await host().writeFile('/root/hook', HOOK, '0755');
    await host().writeFile('/etc/dpkg/dpkg.cfg.d/lab', 'pre-invoke=sh /root/hook\n', '0644');
  });
  afterAll(() => rm(stateDir, { recursive: true, force: true }));

  /** The package changes of a plan that wants nftables, as a transaction of its own. */
  async function nftables(more: { lease: number; wait: number; lockPatience?: number }) {
    const { session } = enter(host(), { packages: ['nftables'], stateDir });
    const plan = await session.plan({ answers: new Map() });
    await session.close();
    const { lockPatience = 300, ...rest } = more;
    const changes = plan.changes.filter((change) => change.phase === 'packages');
    return { ...requestOf({ changes, ...rest }).request, lockPatience };
  }
  const ended = () => vi.waitFor(async () => expect((await host().console(DISARMED)).code).toBe(0), patient);

  it('installs what a plan needs once another program lets go of the lock, and takes it away without a trace', async () => {
    const before = await host().manifest();
    const { session, events } = enter(host(), {
      packages: ['nftables', 'fail2ban', 'python3-systemd'],
      stateDir,
    });
    const plan = await session.plan({ answers: new Map() });
    expect(plan.applyable, plan.notes.join()).toBe(true);
    const shown = plan.changes.filter((change) => change.phase === 'packages');
    expect(shown.map(({ address, confidence }) => `${address} ${confidence}`)).toEqual([
      'package:nftables validated',
      'package:fail2ban validated',
      'package:python3-systemd validated',
    ]);
    expect(shown[0]?.after).toMatch(/^nftables \S+ amd64 \d+ kB\n(.*\n)*libnftables1 /);
    expect(diffManifests(before, await host().manifest())).toEqual([]);

    expect((await host().console(HOLD)).code).toBe(0);
    const applying = session.apply(plan, { confirm: 'auto', lease: 30 });
    const waits = (event: SessionEvent) => event.type === 'progress' && event.waiting === true;
    await vi.waitFor(() => expect(events.some(waits)).toBe(true), patient);
    expect(JSON.stringify(events.find(waits))).toMatch(
      /held by unattended-upgr \(pid \d+\), \d+ of at most 300 s/,
    );
    await host().console(LET_GO);
    const applied = await applying;
    expect(applied.exitCode, applied.message).toBe(0);
    expect(applied.transactions.map(({ step, state }) => `${step} ${state}`)).toEqual([
      'packages COMMITTED',
      'lab COMMITTED',
    ]);
    const daemons = await host().console('systemctl is-active fail2ban nftables; ls /usr/sbin/policy-rc.d');
    expect(daemons.stdout).toBe('inactive\ninactive\n');
    const again = await session.plan({ answers: new Map() });
    expect(again.changes.filter((change) => change.action !== 'none')).toEqual([]);

    const undone = await session.undo({ confirm: 'auto', lease: 30 });
    expect(undone.exitCode, undone.message).toBe(0);
    expect(diffManifests(before, await host().manifest())).toEqual([]);
    await session.close();
  });

  it('refuses what apt does not know, and a dpkg that is not whole, and says how to mend it', async () => {
    const one = enter(host(), { packages: ['no-such-package'], stateDir });
    const unknown = await one.session.plan({ answers: new Map() });
    expect(unknown.refusals).toMatchObject([
      {
        guard: 'guard.packages',
        message: expect.stringContaining('Unable to locate package no-such-package'),
      },
    ]);
    expect(unknown.refusals[0]?.remedy).toContain('apt-get update');
    expect((await one.session.apply(unknown, { confirm: 'auto', lease: 30 })).exitCode).toBe(5);
    await one.session.close();

    await host().console(
      "cp -a /var/lib/dpkg/status /root/status && sed -i '/^Package: sudo$/,/^$/s/^Status: .*/Status: install ok half-configured/' /var/lib/dpkg/status",
    );
    const two = enter(host(), { packages: ['nftables'], stateDir });
    const broken = await two.session.plan({ answers: new Map() });
    expect(broken.refusals).toMatchObject([{ message: expect.stringContaining('sudo') }]);
    expect(broken.refusals[0]?.remedy).toContain('dpkg --configure -a');
    await two.session.close();
    await host().console('mv /root/status /var/lib/dpkg/status');
  });

  inWholeRuns(() => {
    it('gives a lock up that is held too long, and leaves the host as it was', async () => {
      const before = await host().manifest();
      const request = await nftables({ lease: 20, wait: 30, lockPatience: 1 });
      await host().console(HOLD);
      const { status } = await startTransaction(consoleTransport(host()), request);
      await host().console(LET_GO);
      expect(status.state).toBe('ROLLED_BACK');
      expect(status.failure).toMatch(/^unattended-upgr \(pid \d+\) still holds the dpkg lock after 1 s/);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });
  });

  inWholeRuns(() => {
    it('waits for dpkg when the lease ends in the middle, and only then takes the packages away', async () => {
      const before = await host().manifest();
      const request = await nftables({ lease: 2, wait: 0 });
      await host().console('echo 5 >/root/slow');
      await startTransaction(consoleTransport(host()), request);
      await ended();
      const log = await host().readFile(`/var/lib/portcullis/tx/${request.id}/log`);
      expect(log).toMatch(/^Setting up nftables/m);
      expect(log).not.toContain('finishing what dpkg had begun');
      expect(log).toMatch(/^Purging configuration files for nftables/m);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });
  });

  inWholeRuns(() => {
    it('takes the packages away after a power cut in the middle of dpkg', async () => {
      const before = await host().manifest();
      const request = await nftables({ lease: 600, wait: 0 });
      await host().console('echo 600 >/root/slow');
      await startTransaction(consoleTransport(host()), request);
      await vi.waitFor(
        async () => expect((await host().console('test -e /run/lab-in-dpkg')).code).toBe(0),
        patient,
      );
      expect((await host().console('sync; dpkg --audit')).stdout).toContain('nftables');
      await host().powerCut();
      await host().boot();
      await ended();
      const log = await host().readFile(`/var/lib/portcullis/tx/${request.id}/log`);
      expect(log).toContain('finishing what dpkg had begun');
      expect((await host().console('dpkg --audit; command -v nft; ls /usr/sbin/policy-rc.d')).stdout).toBe(
        '',
      );
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });
  });

  it('says what is wrong when there is no way to the packages, and leaves the host as it was', async () => {
    const before = await host().manifest();
    const { session } = enter(host(), { packages: ['nftables'], stateDir });
    const plan = await session.plan({ answers: new Map() });
    await archive.close();
    const failed = await session.apply(plan, { confirm: 'auto', lease: 30 });
    await session.close();
    expect(failed).toMatchObject({ outcome: 'failed', exitCode: 1 });
    expect(failed.message).toMatch(
      /could not be downloaded: check the host's route .*apt said: Failed to fetch/,
    );
    expect(diffManifests(before, await host().manifest())).toEqual([]);
  });
});
