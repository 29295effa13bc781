// The step tls on both releases, and what goes wrong: a certificate put in, an nginx that refuses, one that keeps its old processes, files that
// were broken before us. Every end is either what was proved, or what was there, to the byte, with the old one serving.
import { afterEach, beforeAll, expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import { releaseCanary } from './canary.ts';
import { type Cli, cliFor } from './cli-kit.ts';
import { describeLab, useHost } from './harness.ts';
import { BAD_SITES, makeCertificates, seen, startNginx } from './tls-kit.ts';

const STEP = ['--profile', new URL('./fixtures/tls.yaml', import.meta.url).pathname];
const SITES = '/etc/nginx/sites-available/default';

for (const image of ['trixie-services', 'bookworm-services'] as const) {
  await describeLab(`The step tls on ${image}, whole`, () => {
    const host = useHost({ image });
    let cli: Cli;
    const printed: string[] = [];

    beforeAll(async () => {
      cli = await cliFor(host);
      await makeCertificates(host(), 'shop.example:365:rsa:2048', 'plain.example:90:ec');
      const own =
        'mkdir -m 0755 /etc/ssl/portcullis && cp /etc/ssl/lab/plain.example.key /etc/ssl/lab/plain.example.pem /etc/ssl/portcullis/';
      expect((await host().console(own)).code).toBe(0);
      await startNginx(host(), BAD_SITES);
    });

    const on = async (...words: string[]) => {
      const ran = await cli.on(words[0] ?? '', ...words.slice(1));
      printed.push(ran.stdout, ran.stderr);
      return ran;
    };
    const must = async (script: string) => {
      const { code, stdout, stderr } = await host().console(script);
      expect(code, stdout + stderr).toBe(0);
      return stdout;
    };
    const failing = async (...words: string[]): Promise<readonly string[]> => {
      const check = await on('check', ...STEP, '--format', 'json', ...words);
      const { findings } = JSON.parse(check.stdout) as { findings: { control: string; result: string }[] };
      return findings.filter(({ result }) => result === 'fail').map(({ control }) => control.slice(4));
    };

    afterEach(async () => {
      await must(
        `systemctl stop nginx; cat >${SITES} <<'END'\n${BAD_SITES}\nEND\nnginx -t && systemctl start nginx`,
      );
    });

    it('puts a certificate in, with all that comes with https, and no byte of a key leaves the host', async () => {
      const own = ['/etc/ssl/portcullis/plain.example.pem', '/etc/ssl/portcullis/plain.example.key'] as const;
      const answers = ['--set', `tls.certificate=${own[0]}`, '--set', `tls.key=${own[1]}`];
      const before = await host().manifest();
      const canary = await releaseCanary(host());
      const wrong = await on(
        'plan',
        ...STEP,
        '--set',
        `tls.certificate=${own[0]}`,
        '--set',
        'tls.key=/etc/ssl/lab/shop.example.key',
      );
      expect(wrong.code).toBe(64);
      expect(wrong.stderr).toMatch(/public halves differ/);

      const applied = await on('apply', ...STEP, ...answers, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      expect(applied.stderr).toMatch(/plain\.example:443 shows the certificate/);
      expect(await seen(host(), 'plain.example')).toMatchObject({
        speaks: ['TLSv1.2', 'TLSv1.3'],
        plain: 301,
      });
      expect(await failing(...answers)).toEqual(['certificate-names']);
      const again = await on('plan', ...STEP, ...answers);
      expect(again.code, again.stdout + again.stderr).toBe(0);

      // The key, as it stands in PEM and encoded once more, in nothing that we ran, printed or kept, here and there.
      const lines = (await must(`cat ${own[1]} /etc/ssl/lab/shop.example.key`))
        .split('\n')
        .filter((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line));
      expect(lines.length).toBeGreaterThan(20);
      const hits = await canary.hits({
        // Some of the lines, and some bytes behind them.
        values: [...lines.filter((_, index) => index % 7 === 3), ...lines.slice(5, 8)],
        homes: ['plain', 'shop'].flatMap((name) => [
          `/etc/ssl/lab/${name}.example.key`,
          `/etc/ssl/portcullis/${name}.example.key`,
        ]),
        users: [],
        texts: printed,
        folder: cli.state,
      });
      expect(hits).toEqual([]);

      const undone = await on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stdout + undone.stderr).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
      expect((await seen(host(), 'plain.example')).plain).toBe(200);
    });

    it('refuses what nginx would not take, and what was broken before, with its own words', async () => {
      await makeCertificates(host(), 'weak.example:365:rsa:1024');
      const weak = BAD_SITES.replaceAll('/lab/shop.example.', '/lab/weak.example.');
      await must(`cat >${SITES} <<'END'\n${weak}\nEND\nnginx -t && systemctl reload nginx`);
      const before = await host().manifest();
      const refused = await on('apply', ...STEP, '--yes', '--recheck', 'none');
      expect(refused.code, refused.stdout + refused.stderr).toBe(5);
      expect(refused.stderr).toMatch(/key too small/);

      await must(`sed -i 's/root .var.www.html;/root \\/var\\/www\\/html; no_such_thing on;/' ${SITES}`);
      const broken = await on('apply', ...STEP, '--yes', '--recheck', 'none');
      expect(broken.code, broken.stdout + broken.stderr).toBe(5);
      expect(broken.stderr).toMatch(/does not accept its files as they are today[\s\S]*no_such_thing/);
      await must(`cat >${SITES} <<'END'\n${weak}\nEND`);
      expect(diffManifests(before, await host().manifest()).filter((line) => !line.includes(SITES))).toEqual(
        [],
      );
      expect((await seen(host(), 'shop.example')).speaks).toContain('TLSv1');
    });

    it('takes everything back when nginx keeps its old processes', async () => {
      const before = await host().manifest();
      // A reload that says yes and does nothing: as when a port is taken, or a key cannot be read, after nginx -t was content.
      await must(`mkdir -p /run/systemd/system/nginx.service.d && cd /run/systemd/system/nginx.service.d &&
        printf '[Service]\\nExecReload=\\nExecReload=/bin/true\\n' >lab.conf && systemctl daemon-reload`);
      const applied = await on('apply', ...STEP, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stdout + applied.stderr).toBe(4);
      expect(applied.stderr).toMatch(/kept its old processes/);
      await must('rm -r /run/systemd/system/nginx.service.d && systemctl daemon-reload');
      expect(diffManifests(before, await host().manifest())).toEqual([]);
      expect((await seen(host(), 'shop.example')).speaks).toContain('TLSv1');
    });

    it('finds a certificate that was renewed and never loaded, and loads it', async () => {
      const apply = () => on('apply', ...STEP, '--yes', '--recheck', 'none');
      expect((await apply()).code).toBe(0);
      await makeCertificates(host(), 'shop.example:200:rsa:2048');
      expect(await failing()).toContain('reloaded');
      const applied = await apply();
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      expect(await failing()).not.toContain('reloaded');
      for (let run = 0; run < 2; run += 1)
        expect((await on('rollback', '--yes', '--recheck', 'none')).code).toBe(0);
    });
  });
}
