// Where everybody came as root with one key: the first run makes people, the second, as one of them, closes root; with the room of sshd in the
// same walk. Rules that are broken before us, and power that goes away in the midst of it, harm nothing.
import { beforeAll, describe, expect, it } from 'vitest';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import { ANSWERS, type Cli, cliFor, until } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { makeKey, rbacProfile } from './rbac-kit.ts';

for (const image of onImages('trixie', 'bookworm')) {
  await describeLab(`one root key for everybody, on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    let step: readonly string[];
    let bea: string;
    const people = () => [
      ...[
        '--set',
        `rbac.people=oda operator ${host().publicKey.split(' ').slice(0, 2).join(' ')},bea auditor ${bea}`,
      ],
      ...['--set', 'rbac.sudo-password=false', '--set', 'rbac.close-root=true'],
    ];
    beforeAll(async () => {
      cli = await cliFor(host);
      step = ['--profile', await rbacProfile(cli.state)];
      bea = await makeKey(cli.state, 'bea');
    });

    it('refuses to write among rules that are broken before us', async () => {
      await host().console("printf 'root ALL=(\\n' >/etc/sudoers.d/bad; chmod 440 /etc/sudoers.d/bad");
      const before = await host().manifest();
      const refused = await cli.on('apply', ...step, ...people(), '--yes');
      expect(refused.code, refused.stdout + refused.stderr).toBe(5);
      expect(refused.stdout + refused.stderr).toMatch(/sudo cannot read its rules/);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
      await host().console('rm /etc/sudoers.d/bad');
    });

    describe('when the power goes away', () => {
      it.each(['op-2-after-rename', 'op-3-after-rename', 'op-5-after-skeleton', 'op-5-after-rename'])(
        'at %s, everything is as it was after the boot',
        async (point) => {
          await host().console('sync');
          const before: Manifest = await host().manifest();
          await host().console(
            'mkdir -p -m 0700 /var/lib/portcullis; rm -rf /var/lib/portcullis/fault-stamps; umask 077; cat >/var/lib/portcullis/faults',
            { stdin: `${point} hang\n` },
          );
          const running = await cli.start('apply', ...step, ...people(), '--yes', '--recheck', 'none');
          const stamp = `[ -d /var/lib/portcullis/fault-stamps/${point} ]`;
          await until(async () => (await host().console(stamp)).code === 0, 60_000);
          await host().powerCut();
          running.child.kill('SIGKILL');
          await running.ended;
          await host().boot();
          await host().settled();
          await until(
            async () => (await host().console('[ ! -e /var/lib/portcullis/armed ]')).code === 0,
            30_000,
          );
          await host().console('rm -f /var/lib/portcullis/faults');
          expect(diffManifests(before, await host().manifest())).toEqual([]);
        },
      );
    });

    it('makes people as root, and proves the operator’s own login', async () => {
      const applied = await cli.on('apply', ...step, ...people(), '--yes', '--recheck', 'none');
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      expect(applied.stdout + applied.stderr).toMatch(/oda logs in with your key/);
      expect((await host().ssh('true')).code).toBe(0);
    });

    it('closes root as one of them, with the room of sshd in the same walk', async () => {
      const both = await rbacProfile(cli.state, ['sshd', 'rbac']);
      const words = ['--identity', host().keyFile, '--known-hosts', host().knownHostsFile, '--profile', both];
      const sshd = ANSWERS.map((word) =>
        word.replace('root,ana,deploy', 'oda,bea').replace('prohibit-password', 'no'),
      );
      const as = (command: string, ...more: string[]) =>
        cli.run(command, `oda@${host().address}`, ...words, ...people(), ...sshd, ...more);
      const applied = await as('apply', '--yes', '--recheck', 'none');
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      expect((await host().ssh('true')).code).not.toBe(0);
      const again = await as('plan');
      expect(again.code, again.stdout + again.stderr).toBe(0);
    });
  });
}
