// Lockdown where things are not as usual, on one real host: no nft, sudo with a password, two operators at once, a way through
// another address, a time that ran out while the host was off.
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import { type Cli, cliFor, until } from './cli-kit.ts';
import { seen } from './docker-kit.ts';
import { describeLab, inWholeRuns, useHost } from './harness.ts';
import { sshFrom } from './jump-kit.ts';
import { expectSame } from './lockdown-kit.ts';

await describeLab('Lockdown, where things are odd', () => {
  const host = useHost({ image: 'trixie' });
  let root: Cli;
  let ana: Cli;
  let jumping: Cli;
  let before: Manifest;
  const words = ['--reason', 'key stolen', '--yes'];
  const stranger = async () => (await seen(host(), 22))[0];
  const operator = async () => (await seen(host(), 22, 'operator'))[0];
  const expectOld = () => expectSame(host(), before);

  beforeAll(async () => {
    root = await cliFor(host);
    ana = await cliFor(host, 'ana');
    const jump = await sshFrom(ana.state, { address: host().strangerAddress, proxy: true });
    jumping = await cliFor(host, 'root', jump);
    await host().settled();
    before = await host().manifest();
  });

  it('without nft nothing is begun, and it says what to do instead', async () => {
    await host().console('mv /usr/sbin/nft /usr/sbin/nft.away');
    const none = await root.on('lockdown', ...words);
    await host().console('mv /usr/sbin/nft.away /usr/sbin/nft');
    expect(none.code, none.stderr).toBe(5);
    expect(none.stderr).toContain('this host has no nft');
    expect(none.stderr).toContain('close the ports in the firewall in front of it');
    expect(diffManifests(before, await host().manifest())).toEqual([]);
  });

  const inject = async (fault: string) => {
    const made = await host().console(
      `umask 077; mkdir -p /var/lib/portcullis && echo '${fault}' >/var/lib/portcullis/faults`,
    );
    expect(made.code, made.stderr).toBe(0);
  };
  const mend = () => host().console('rm -rf /var/lib/portcullis/faults /var/lib/portcullis/fault-stamps');

  // The door closes before the rest of the checkpoint is made: what ends in between is taken back as a whole.
  const broken = async (point: string) => {
    await inject(point);
    const locked = await root.on('lockdown', ...words, '--lease', '3s');
    expect(locked.code, locked.stderr).toBe(4);
    await until(async () => (await stranger()) === 'answers', 20_000);
    await mend();
    await expectOld();
  };

  it('a disk that is full behind the closed door opens it again', async () => {
    await broken('snapshot-3 enospc');
  });

  inWholeRuns(() => {
    it.each(['op-1-after-load kill', 'snapshot-2 kill', 'op-2-before-intent kill'])(
      'what ends at "%s" is taken back',
      broken,
    );

    it('what ends in front of the door is refused, and nothing was closed', async () => {
      await inject('snapshot-1 enospc');
      const refused = await root.on('lockdown', ...words, '--lease', '3s');
      expect(refused.code, refused.stderr).toBe(5);
      expect(await stranger()).toBe('answers');
      await mend();
      await expectOld();
    });

    it('a power cut behind the closed door leaves an open one', async () => {
      await inject('snapshot-4 hang');
      const { child } = await root.start('lockdown', ...words);
      await until(async () => (await stranger()) === 'silent', 30_000);
      await host().powerCut();
      child.kill('SIGKILL');
      await child;
      await host().boot();
      await until(async () => (await stranger()) === 'answers', 40_000);
      await mend();
      await expectOld();
    });
  });

  inWholeRuns(() => {
    it('of two operators at the same time one locks, with a password for sudo or without, and the other is told', async () => {
      const both = await Promise.all([root.on('lockdown', ...words), ana.on('lockdown', ...words)]);
      const [winner, other] = both[0].code === 0 ? both : both.toReversed();
      expect(winner?.code, winner?.stderr).toBe(0);
      expect([5, 8], other?.stderr).toContain(other?.code);
      expect(other?.stderr).toMatch(
        /locked down already|another transaction is open|another process is changing/,
      );
      expect(await stranger()).toBe('silent');
      expect(await operator()).toBe('answers');
      const unlocked = await ana.on('unlock', '--yes');
      expect(unlocked.code, unlocked.stderr).toBe(0);
      expect(await stranger()).toBe('answers');
      await expectOld();
      const again = await ana.on('lockdown', ...words, '--ttl', '9s');
      expect(again.code, again.stderr).toBe(0);
    });
  });

  inWholeRuns(() => {
    it('a time that runs out while the host is off is over when it starts', async () => {
      await host().powerCut();
      await sleep(9_000);
      await host().boot();
      await until(async () => (await stranger()) === 'answers', 40_000);
      await expectOld();
    });
  });

  inWholeRuns(() => {
    it('through a jump host the address of that one stays allowed, and it says so', async () => {
      const locked = await jumping.on('lockdown', ...words);
      expect(locked.code, locked.stderr).toBe(0);
      expect(locked.stderr).toContain(
        `You come through a jump host: the host sees ${host().strangerAddress}, and lets in whoever comes from there.`,
      );
      expect(await stranger()).toBe('answers');
      expect(await operator()).toBe('silent');
      const unlocked = await jumping.on('unlock', '--yes');
      expect(unlocked.code, unlocked.stderr).toBe(0);
      expect(await operator()).toBe('answers');
      await expectOld();
    });
  });
});
