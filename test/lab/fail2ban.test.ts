// fail2ban for real: installed and dead as Debian 12 leaves it, and with the whole profile on a bare Debian 13. A stranger who
// guesses is banned in the kernel, the operator is not; everything is taken back to the byte.
import { execa } from 'execa';
import { beforeAll, expect, it } from 'vitest';
import { ensureRepository, offerPackages } from '../../src/lab/apt-repository.ts';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import { ANSWERS, type Cli, cliFor, until } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';

/** Where nothing is installed yet: packages, then three steps, each a transaction of its own. */
const WALK = [
  '--steps',
  'firewall,sshd,fail2ban',
  ...ANSWERS,
  '--set',
  'firewall.ssh-from=everyone',
  '--set',
  'firewall.open=',
];
const BANS = ['--steps', 'fail2ban'];

for (const image of onImages('trixie-bare', 'bookworm')) {
  await describeLab(`fail2ban on ${image}`, () => {
    const host = useHost({ image });
    const step = image === 'trixie-bare' ? WALK : BANS;
    let cli: Cli;
    let before: Manifest;

    beforeAll(async () => {
      cli = await cliFor(host);
      const bare = image === 'trixie-bare';
      const packages = ['fail2ban', 'python3-systemd', ...(bare ? ['nftables'] : [])];
      const release = bare ? 'trixie' : image;
      const repository = await ensureRepository({ release, packages });
      const offer = await offerPackages(host(), repository);
      if (bare) {
        before = await host().manifest();
        return;
      }
      const installed = await host().console(
        `DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends ${packages.join(' ')} 2>&1`,
        { timeout: 120_000 },
      );
      await offer.close();
      expect(installed.code, installed.stdout).toBe(0);
      // Debian 12 leaves it failed; that word does not come back, and is no doing of ours.
      await until(
        async () => (await host().console('systemctl is-active fail2ban')).stdout === 'failed\n',
        30_000,
      );
      await host().console('systemctl reset-failed fail2ban');
      before = await host().manifest();
    });

    it('is brought to life, and the second plan is empty', async () => {
      const judged = await cli.on('check', ...step);
      expect(judged.code, judged.stdout + judged.stderr).toBe(2);
      const applied = await cli.on('apply', ...step, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      expect(applied.stdout + applied.stderr).toMatch(/A ban reaches the kernel/);
      expect(applied.stdout + applied.stderr).not.toMatch(/no room|it does not refuse what it must refuse/);
      const again = await cli.on('plan', ...step);
      expect(again.code, again.stdout + again.stderr).toBe(0);
      const better = await cli.on('check', ...step);
      expect(better.code, better.stdout + better.stderr).toBe(0);
    });

    it('bans a stranger who guesses, and not the operator', async () => {
      const guess = (from: string) =>
        host().ssh('true', {
          user: 'ana',
          options: ['-b', from, '-o', 'PubkeyAuthentication=no', '-o', 'ConnectTimeout=5'],
        });
      const banned = async () => (await host().console('nft list ruleset')).stdout;
      // Each login as somebody who is not there counts; sshd may slow a guesser down, so guesses go on until he is out.
      await expect
        .poll(
          async () => {
            await Promise.all(['nobody1', 'nobody2'].map((name) => guessAs(name, host().strangerAddress)));
            await guessAs('nobody3', host().operatorAddress);
            return await banned();
          },
          { timeout: 90_000, interval: 500 },
        )
        .toContain(host().strangerAddress);
      expect(await banned()).not.toMatch(new RegExp(`${host().operatorAddress}[, }]`));
      expect((await guess(host().strangerAddress)).stderr).toMatch(/refused|timed out/i);
      expect((await host().ssh('true')).code).toBe(0);
      const lifted = await host().console(`fail2ban-client unban ${host().strangerAddress}`);
      expect(lifted.code).toBe(0);
      await expect.poll(banned, { timeout: 10_000 }).not.toContain(host().strangerAddress);
    });

    it('is taken back to the byte', async () => {
      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stdout + undone.stderr).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });

    const guessAs = async (user: string, from: string) => {
      const words = host().sshArguments({
        options: ['-b', from, '-o', 'PubkeyAuthentication=no', '-o', 'ConnectTimeout=5'],
      });
      const to = words.indexOf('-l');
      await execa('ssh', [...words.slice(0, to), '-l', user, host().address, '--', 'true'], {
        reject: false,
      });
    };
  });
}
