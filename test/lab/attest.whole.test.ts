// Attesting and waiving against real hosts, as a person would: what it does to check, plan and apply, and that the host knows nothing of it.
import { expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import { ANSWERS, cliFor } from './cli-kit.ts';
import { describeLab, useHost } from './harness.ts';

type Report = {
  readonly score: number;
  readonly waivedCritical: readonly string[];
  readonly findings: readonly { readonly control: string; readonly result: string }[];
};

for (const image of ['bookworm', 'trixie'] as const) {
  await describeLab(`What the operator says about ${image}`, () => {
    const host = useHost({ image });
    const clone = useHost({ image });

    it('is asked, counts apart, is left alone by plan and apply, and ends when it is withdrawn', async () => {
      const cli = await cliFor(host);
      const looked = async (): Promise<Report> =>
        JSON.parse((await cli.on('check', ...ANSWERS, '--format', 'json')).stdout) as Report;
      const resultOf = (report: Report, id: string) =>
        report.findings.find(({ control }) => control === id)?.result;
      const before = await host().manifest();
      const first = await looked();
      expect(resultOf(first, 'sshd.console-tried')).toBe('notchecked');
      expect(resultOf(first, 'sshd.password-login')).toBe('fail');

      const attested = await cli.on(
        'attest',
        'sshd.console-tried',
        '--reason',
        'rescue console',
        '--by',
        'Bo',
      );
      expect(attested).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/attested by Bo on \S+ until \S+: rescue/),
      });
      const seen = await cli.on('attest', 'sshd.password-login', '--reason', 'trust me');
      expect(seen).toMatchObject({ code: 64, stderr: expect.stringContaining('can be waived') });
      const waived = await cli.on('waive', 'sshd.password-login', '--reason', 'an old client', '--for', '7d');
      expect(waived).toMatchObject({ code: 0, stdout: expect.stringContaining('WAIVED AND CRITICAL') });

      const after = await looked();
      expect(resultOf(after, 'sshd.console-tried')).toBe('attested');
      expect(resultOf(after, 'sshd.password-login')).toBe('waived');
      expect(after.waivedCritical).toEqual(['sshd.password-login']);
      const text = (await cli.on('check', ...ANSWERS)).stdout;
      expect(text).toMatch(/score \d+\/100, WITHOUT what is critical and waived: sshd\.password-login/);
      expect((await cli.on('attest', '--list')).stdout).toContain('waived by');
      expect(diffManifests(before, await host().manifest())).toEqual([]);

      const applied = await cli.on('apply', ...ANSWERS, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stderr).toBe(0);
      expect(applied.stdout).toContain('Critical, waived and left as it is: sshd.password-login');
      const effective = await host().console('sshd -T | grep -i "^passwordauthentication"');
      expect(effective.stdout).toContain('yes');
      expect((await cli.on('plan', ...ANSWERS)).code).toBe(0);

      expect((await cli.on('waive', 'sshd.password-login', '--withdraw')).code).toBe(0);
      expect(resultOf(await looked(), 'sshd.password-login')).toBe('fail');
      expect((await cli.on('plan', ...ANSWERS)).code).toBe(2);
    });

    it('does not hold for another host', async () => {
      const cli = await cliFor(clone);
      const list = await cli.on('attest', '--list');
      expect(list.stdout).toContain('nothing was attested or waived');
      expect(list.stdout).toContain('sshd.console-tried');
    });
  });
}
