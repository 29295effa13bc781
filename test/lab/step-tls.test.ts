// The step tls on a real host: an nginx that does everything wrong fails every control, is put right by edits and one reload that outsiders see,
// and a rollback gives back every byte with the old one serving.
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import { type Cli, cliFor } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { BAD_SITES, makeCertificates, seen, startNginx } from './tls-kit.ts';

/** What the releases leave to nginx for all sites by themselves. */
const OLD_FAULTS = {
  'trixie-services': ['session-tickets'],
  'bookworm-services': ['session-tickets', 'server-tokens'],
};
const STEP = ['--profile', new URL('./fixtures/tls.yaml', import.meta.url).pathname];

for (const image of onImages('trixie-services', 'bookworm-services')) {
  await describeLab(`The step tls on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;

    beforeAll(async () => {
      cli = await cliFor(host);
      await makeCertificates(host(), 'shop.example:365:rsa:2048');
      await startNginx(host(), BAD_SITES);
    });

    const failing = async (): Promise<readonly string[]> => {
      const check = await cli.on('check', ...STEP, '--format', 'json');
      const { findings } = JSON.parse(check.stdout) as { findings: { control: string; result: string }[] };
      return findings.filter(({ result }) => result === 'fail').map(({ control }) => control.slice(4));
    };
    const NO_REMEDY = ['certificate-names', 'https'];

    it('finds what is wrong, puts it right under the eyes of outsiders, and takes it back with the old one serving', async () => {
      expect([...(await failing())].sort()).toEqual(
        [
          ...NO_REMEDY,
          'ciphers',
          'headers',
          'hsts',
          'key-file',
          'protocols',
          'redirect',
          ...OLD_FAULTS[image],
        ].sort(),
      );
      const old = await seen(host(), 'shop.example');
      expect(old).toMatchObject({
        speaks: expect.arrayContaining(['TLSv1', 'TLSv1.1', 'TLSv1.2']),
        plain: 200,
      });
      const before = await host().manifest();

      const file = join(cli.state, 'plan.json');
      expect((await cli.on('plan', ...STEP, '--out', file)).code).toBe(2);
      const applied = await cli.on('apply', '--plan', file, ...STEP, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      expect(await seen(host(), 'shop.example')).toEqual({
        speaks: ['TLSv1.2', 'TLSv1.3'],
        plain: 301,
        hsts: ['max-age=300'],
        frame: ['DENY'],
        cache: ['max-age=60'],
      });
      expect(await host().readFile('/etc/nginx/sites-available/default')).toContain(
        '# The shop. This comment stays.',
      );
      expect(await failing()).toEqual(NO_REMEDY);
      const again = await cli.on('plan', ...STEP);
      expect(again.code, again.stdout + again.stderr).toBe(0);

      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stdout + undone.stderr).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
      expect(await seen(host(), 'shop.example')).toEqual(old);
    });
  });
}
