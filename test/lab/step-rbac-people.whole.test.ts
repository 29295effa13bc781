// Three people with three roles come in from outside and can do what they may, and nothing else; whoever is not listed any more is shut out;
// the last administrator cannot be taken away; all of it goes back to the byte.
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, it } from 'vitest';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import { type Cli, cliFor } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { makeKey, rbacProfile } from './rbac-kit.ts';

for (const image of onImages('trixie', 'bookworm')) {
  await describeLab(`people on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    let step: readonly string[];
    let before: Manifest;
    const keys = new Map<string, string>();
    beforeAll(async () => {
      cli = await cliFor(host, 'ana');
      step = ['--profile', await rbacProfile(cli.state)];
      for (const name of ['bea', 'cid', 'oda']) keys.set(name, await makeKey(cli.state, name));
      before = await host().manifest();
    });
    const answers = (people: string) => [
      ...['--set', `rbac.people=${people}`, '--set', 'rbac.sudo-password=false'],
      ...['--set', 'rbac.close-root=true', '--set', 'rbac.deploy-units=ssh.service'],
    ];
    const all = () =>
      answers(
        `ana operator,oda operator ${keys.get('oda')},bea deployer ${keys.get('bea')},cid auditor until 2031-01-01 ${keys.get('cid')}`,
      );
    const as = async (name: string, script: string) => {
      const words = host().sshArguments({
        options: ['-o', 'IdentitiesOnly=yes', '-i', join(cli.state, name)],
      });
      const known = words.indexOf('-i');
      const to = words.indexOf('-l');
      const rest = words.slice(0, to).filter((_word, index) => index !== known && index !== known + 1);
      return await execa(
        'ssh',
        ['-i', join(cli.state, name), ...rest, '-l', name, host().address, '--', script],
        { reject: false },
      );
    };

    it('sets them up, closes root, and has nothing left to do', async () => {
      const planned = await cli.on('plan', ...step, ...all());
      expect(planned.code, planned.stdout + planned.stderr).toBe(2);
      expect(planned.stdout).toMatch(/account-table:\/etc\/passwd|\/etc\/passwd/);
      expect(planned.stdout).not.toMatch(/predicted/);
      const applied = await cli.on('apply', ...step, ...all(), '--yes', '--recheck', 'none');
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      const again = await cli.on('plan', ...step, ...all());
      expect(again.code, again.stdout + again.stderr).toBe(0);
      const checked = await host().console('pwck -r -q; echo $?; grpck -r; echo $?');
      expect(checked.stdout).toBe('0\n0\n');
    });

    it('lets each do what the role may, and nothing else', async () => {
      expect((await as('oda', 'sudo -n id -u')).stdout).toBe('0');
      expect((await as('bea', 'sudo -n systemctl reload ssh.service && echo done')).stdout).toBe('done');
      expect((await as('bea', 'sudo -n id -u')).exitCode).not.toBe(0);
      const cid = await as('cid', 'journalctl -n 1 --no-pager >/dev/null && ls -A ~ && sudo -n id -u');
      expect(cid.stdout).toMatch(/\.bashrc/);
      expect(cid.exitCode).not.toBe(0);
      expect((await host().ssh('true')).code).not.toBe(0);
    });

    it('carries no hash of a password off the host, nor into what others may read', async () => {
      const hash = (await host().console('getent shadow ana | cut -d: -f2')).stdout.trim();
      expect(hash).toMatch(/^\$y\$/);
      for (const word of [
        hash,
        Buffer.from(hash).toString('base64').slice(0, -4),
        encodeURIComponent(hash),
      ]) {
        const here = await execa('grep', ['-rlF', '--', word, cli.state], { reject: false });
        expect(here.stdout).toBe('');
        const there = await host().console(
          `journalctl --no-pager | grep -cF -- "$1"; find /var/lib/portcullis -type f -perm /077 ! -path '*/keep/*' -exec grep -lF -- "$1" {} +`,
          { args: [word] },
        );
        expect(there.stdout).toBe('0\n');
      }
      const keeps = await host().console("stat -c '%a %U' /var/lib/portcullis /var/lib/portcullis/tx/*");
      expect(new Set(keeps.stdout.trim().split('\n'))).toEqual(new Set(['700 root']));
    });

    it('refuses to take the operator himself, and the last administrator, away', async () => {
      const own = await cli.on('plan', ...step, ...answers(`oda operator,bea deployer`));
      expect(own.code, own.stdout + own.stderr).toBe(5);
      expect(own.stdout + own.stderr).toMatch(/you are logged in as "ana"/);
    });

    it('shuts out who is not listed any more', async () => {
      const fewer = answers('ana operator,oda operator,cid auditor until 2031-01-01');
      const applied = await cli.on('apply', ...step, ...fewer, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      expect((await as('bea', 'true')).exitCode).toBe(255);
      expect((await cli.on('plan', ...step, ...fewer)).code).toBe(0);
      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stdout + undone.stderr).toBe(0);
      expect((await as('bea', 'true')).exitCode).toBe(0);
    });

    it('goes back to the byte', async () => {
      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stdout + undone.stderr).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });
  });
}
