// History and undo from the command line on real hosts: two steps in one run, a file edited by hand since, the three-way view, one
// transaction taken back alone, then the rest.
import { expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import type { TransactionSides } from '../../src/model/three-way.ts';
import type { TransactionStatus } from '../../src/model/transaction.ts';
import { ANSWERS, cliFor } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';

const DROP_IN = '/etc/ssh/sshd_config.d/00-portcullis.conf';
const BOTH = ['--steps', 'firewall,sshd', '--set', 'firewall.ssh-from=everyone'];

for (const image of onImages('trixie', 'bookworm')) {
  await describeLab(`history on ${image}`, () => {
    const host = useHost({ image });

    it('one transaction of a run is taken back alone, what somebody edited is told and left', async () => {
      const cli = await cliFor(host);
      const before = await host().manifest();
      const applied = await cli.on('apply', ...BOTH, ...ANSWERS, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stderr + applied.stdout).toBe(0);
      const both = await host().manifest();
      const told = JSON.parse((await cli.on('history', '--json')).stdout.split('\n').at(-2) ?? '');
      const history = told as readonly TransactionStatus[];
      const sshd = history.find((one) => one.step === 'sshd');
      const firewall = history.find((one) => one.step === 'firewall');
      expect(sshd?.run).toBe(firewall?.run);

      // Nobody touched anything: all three ways, and nothing that warns.
      const first = await cli.on('history', sshd?.run ?? '');
      expect(first.code, first.stderr).toBe(0);
      expect(first.stdout).toContain(`${DROP_IN}`);
      expect(first.stdout).toMatch(/·WN {2}PasswordAuthentication no/);
      expect(first.stdout).not.toContain('! ');

      // A hand edit: told before everything else of the file, and refused as the engine does.
      await host().console(`printf 'MaxStartups 7\\n' >>${DROP_IN}`);
      const dry = await cli.on('rollback', '--transaction', sshd?.id ?? '', '--dry-run');
      expect(dry.code, dry.stderr).toBe(2);
      expect(dry.stdout).toContain('Changed since by somebody else: the undo leaves it as it is now.');
      // Only root reads it, so what somebody else put into it is nobody's to be told.
      expect(dry.stdout).toContain('What is in it is not shown: it may carry a secret.');
      expect(dry.stdout).not.toContain('MaxStartups 7');
      expect(dry.stdout).toContain(`--transaction ${sshd?.id} --yes`);
      expect(dry.stdout).toMatch(/left alone, changed by somebody else: .*00-portcullis\.conf/);
      const json = await cli.on('rollback', '--run', sshd?.run ?? '', '--dry-run', '--json');
      const event = json.stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
        .find((one) => one.type === 'three-way') as { transactions: readonly TransactionSides[] };
      expect(
        event.transactions.flatMap((one) => one.objects).find((one) => one.path === DROP_IN),
      ).toMatchObject({
        fate: 'left',
        later: null,
        shown: false,
      });

      // The edit goes, and one transaction alone is taken back: the firewall; sshd stays as it was applied.
      await host().console(`sed -i '/^MaxStartups 7$/d' ${DROP_IN}`);
      expect(diffManifests(both, await host().manifest())).toEqual([]);
      const undone = await cli.on(
        ...(['rollback', '--transaction', firewall?.id ?? '', '--yes', '--recheck', 'none'] as const),
      );
      expect(undone.code, undone.stderr + undone.stdout).toBe(0);
      expect((await host().console('sshd -T')).stdout).toMatch(/^passwordauthentication no$/m);
      const left = diffManifests(before, await host().manifest());
      expect(left.length).toBeGreaterThan(0);
      expect(left.filter((line) => !/ssh|issue\.net/.test(JSON.stringify(line)))).toEqual([]);

      const again = await cli.on('rollback', '--transaction', firewall?.id ?? '', '--yes');
      expect(again.code).toBe(64);
      expect(again.stderr).toContain('there is no kept transaction');
      const rest = await cli.on('rollback', '--run', sshd?.run ?? '', '--yes', '--recheck', 'none');
      expect(rest.code, rest.stderr + rest.stdout).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });
  });
}
