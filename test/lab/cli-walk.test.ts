// The walk of the command line on real hosts, as the README tells it: look, plan, apply, nothing left, undo, byte for byte.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import { ANSWERS, cliFor } from './cli-kit.ts';
import { describeLab, inWholeRuns, useHost } from './harness.ts';

const WALKS = [
  { image: 'bookworm', login: 'root', title: 'Debian 12 as root' },
  { image: 'trixie', login: 'ana', title: 'Debian 13 as a sudo user with a password' },
] as const;

for (const { image, login, title } of WALKS) {
  await describeLab(`The walk on ${title}`, () => {
    const host = useHost({ image });

    it('ends with a better host, and the undo gives back every byte', async () => {
      const cli = await cliFor(host, login);
      const before = await host().manifest();

      const first = await cli.on('check', '--format', 'json');
      expect(first.code, first.stderr).toBe(2);
      const scoreBefore = JSON.parse(first.stdout).score as number;

      const plan = await cli.on('plan', ...ANSWERS);
      expect(plan.code, plan.stderr).toBe(2);
      expect(plan.stdout).toContain('00-portcullis.conf');
      expect(plan.stdout).toContain('+PasswordAuthentication no');
      expect(diffManifests(before, await host().manifest())).toEqual([]);

      const applied = await cli.on('apply', ...ANSWERS, '--yes', '--recheck', '1');
      expect(applied.code, applied.stderr).toBe(0);
      expect(applied.stderr).toMatch(/proved: .*(ana|root) logs in/);
      expect(applied.stderr).toMatch(/proved: sshd refuses password/);
      const effective = await host().console('sshd -T');
      expect(effective.stdout).toMatch(/^passwordauthentication no$/m);

      const again = await cli.on('plan', ...ANSWERS);
      expect(again.code, again.stdout + again.stderr).toBe(0);
      // Nothing is answered here: what was decided above is known to the host, and judged by.
      const second = await cli.on('check', '--format', 'json');
      const judged = JSON.parse(second.stdout);
      expect(judged.score).toBeGreaterThan(Math.max(scoreBefore, 90));
      expect(judged.findings.filter((one: { result: string }) => one.result === 'fail')).toEqual([]);

      const repeated = await cli.on('apply', ...ANSWERS, '--yes');
      expect(repeated.code, repeated.stderr).toBe(0);
      expect(repeated.stdout).toContain('Nothing to do');

      const undone = await cli.on('rollback', '--yes', '--recheck', '1');
      expect(undone.code, undone.stderr).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
      const third = await cli.on('check', '--format', 'json');
      expect(JSON.parse(third.stdout).score).toBe(scoreBefore);
    });

    it('refuses what would lock the operator out, says why, and touches nothing', async () => {
      const cli = await cliFor(host, login);
      const before = await host().manifest();
      const refused = await cli.on('apply', '--set', 'sshd.allow-users=deploy', ...ANSWERS.slice(2), '--yes');
      expect(refused.code, refused.stderr).toBe(5);
      expect(refused.stderr).toContain(login);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });

    it('asks nothing without a terminal: a risky answer that is missing is named with its flag', async () => {
      const cli = await cliFor(host, login);
      const refused = await cli.on('apply', '--yes');
      expect(refused.code).toBe(64);
      for (const id of ['sshd.allow-users', 'sshd.root-login', 'sshd.password-login']) {
        expect(refused.stderr).toContain(`--set ${id}=`);
      }
    });

    const planFile = () =>
      it('applies exactly a reviewed plan file, and refuses it once the host has moved', async () => {
        const cli = await cliFor(host, login);
        const file = join(cli.state, 'plan.json');
        const made = await cli.on('plan', ...ANSWERS, '--out', file);
        expect(made.code, made.stderr).toBe(2);
        const text = await readFile(file, 'utf8');
        expect(text).not.toContain('•••');

        await host().writeFile('/etc/ssh/sshd_config.d/50-admin.conf', 'MaxSessions 9\n', '0644');
        const stale = await cli.on('apply', '--plan', file, '--yes');
        expect(stale.code, stale.stderr).toBe(7);
        await host().console('rm /etc/ssh/sshd_config.d/50-admin.conf');

        const applied = await cli.on('apply', '--plan', file, '--yes', '--recheck', 'none');
        expect(applied.code, applied.stderr).toBe(0);
        const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
        expect(undone.code, undone.stderr).toBe(0);
      });
    if (image === 'bookworm') planFile();
    else inWholeRuns(planFile);
  });
}
