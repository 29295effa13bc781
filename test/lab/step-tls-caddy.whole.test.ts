// The step tls with Caddy on both releases: faults planted, listed, put right under the eyes of outsiders and taken back; and what goes wrong: files that
// Caddy refuses, reloads that fail or do nothing, a configuration given by hand, a Caddy that does not run.
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { canonicalJson } from '../../src/facts/json.ts';
import { diffManifests } from '../../src/lab/manifest.ts';
import { CADDYFILES } from '../steps/tls/caddy/caddyfiles.ts';
import { adapted } from '../steps/tls/caddy/context.ts';
import { BAD_CADDY, CADDYFILE, startCaddy } from './caddy-kit.ts';
import { type Cli, cliFor } from './cli-kit.ts';
import { describeLab, useHost } from './harness.ts';
import { makeCertificates, seen } from './tls-kit.ts';

const STEP = ['--profile', new URL('./fixtures/tls.yaml', import.meta.url).pathname];
const APPLY = [...STEP, '--yes', '--recheck', 'none'];
const NO_REMEDY = ['certificate-names', 'certificate-trust', 'https'];
const FAULTS = [...NO_REMEDY, 'ciphers', 'headers', 'hsts', 'key-file', 'protocols', 'redirect'];

type Findings = { findings: { control: string; result: string; evidence: string[] }[] };

for (const image of ['trixie-services', 'bookworm-services'] as const) {
  await describeLab(`The step tls with Caddy on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;

    beforeAll(async () => {
      cli = await cliFor(host);
      await makeCertificates(host(), 'shop.example:365:rsa:2048');
      await startCaddy(host(), BAD_CADDY);
    });

    const must = async (script: string) => {
      const { code, stdout, stderr } = await host().console(script);
      expect(code, stdout + stderr).toBe(0);
      return stdout;
    };
    const findings = async () => {
      const check = await cli.on('check', ...STEP, '--format', 'json');
      return (JSON.parse(check.stdout) as Findings).findings;
    };
    const evidence = async (control: string) =>
      (await findings()).find((one) => one.control === `tls.${control}`)?.evidence.join('; ');
    const failing = async () =>
      (await findings())
        .flatMap(({ control, result }) => (result === 'fail' ? [control.slice(4)] : []))
        .sort();
    /** But for what Caddy notes by itself while it asks an authority that nobody reaches here. */
    const differences = async (before: Awaited<ReturnType<ReturnType<typeof host>['manifest']>>) =>
      diffManifests(before, await host().manifest()).filter(
        (line) => !/\/\.local\/share\/caddy\/(locks|acme)(\/|:)/.test(line),
      );

    afterEach(async () => {
      await must('rm -rf /run/systemd/system/caddy.service.d; systemctl daemon-reload');
      await startCaddy(host(), BAD_CADDY);
    });

    it('lists what is wrong, puts it right under the eyes of outsiders, and takes it back with the old one serving', async () => {
      expect(await failing()).toEqual([...FAULTS].sort());
      const old = await seen(host(), 'shop.example');
      expect(old).toMatchObject({ speaks: ['TLSv1.2'], plain: 200, hsts: [] });
      const before = await host().manifest();
      const file = join(cli.state, 'plan.json');
      expect((await cli.on('plan', ...STEP, '--out', file)).code).toBe(2);
      expect(await differences(before)).toEqual([]);

      const applied = await cli.on('apply', '--plan', file, ...APPLY);
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      expect(applied.stdout + applied.stderr).not.toMatch(/less sure/);
      expect(await seen(host(), 'shop.example')).toEqual({
        speaks: ['TLSv1.2', 'TLSv1.3'],
        plain: 301,
        hsts: ['max-age=300'],
        frame: ['DENY'],
        cache: ['max-age=60'],
      });
      const text = await host().readFile(CADDYFILE);
      expect(text).toContain('# The shop. This comment stays.');
      expect(text).toContain('protocols tls1.2 tls1.3   # one is enough');
      expect(await failing()).toEqual(NO_REMEDY);
      const again = await cli.on('plan', ...STEP);
      expect(again.code, again.stdout + again.stderr).toBe(0);

      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stdout + undone.stderr).toBe(0);
      expect(await differences(before)).toEqual([]);
      expect(await seen(host(), 'shop.example')).toEqual(old);
    });

    it('judges a Caddyfile that Caddy refuses as unknown, and changes nothing', async () => {
      await must(`sed -i 's/file_server$/file_servre/' ${CADDYFILE}`);
      const before = await host().manifest();
      expect(new Set((await findings()).map(({ result }) => result))).not.toContain('pass');
      expect(await evidence('protocols')).toMatch(/Caddy does not take its files[\s\S]*file_servre/);
      const planned = await cli.on('plan', ...STEP);
      expect(planned.stdout).not.toContain(CADDYFILE);
      expect(await differences(before)).toEqual([]);
      expect((await seen(host(), 'shop.example')).speaks).toEqual(['TLSv1.2']);
    });

    it('refuses in the rehearsal what Caddy would not load, with its own words', async () => {
      // Caddy reads the pair only when it loads: what it serves is still the old one.
      await must('cp /etc/ssl/lab/ca.key /etc/ssl/lab/shop.example.key');
      const before = await host().manifest();
      const refused = await cli.on('apply', ...APPLY);
      expect(refused.code, refused.stdout + refused.stderr).toBe(5);
      expect(refused.stderr).toMatch(/caddy does not accept its files as they are today[\s\S]*private key/);
      expect(await differences(before)).toEqual([]);
      expect((await seen(host(), 'shop.example')).speaks).toEqual(['TLSv1.2']);
      await makeCertificates(host(), 'shop.example:365:rsa:2048');
    });

    it.each([
      ['does nothing', '/bin/true', /Caddy kept its old configuration/],
      ['fails', '+/bin/sh /run/systemd/system/caddy.service.d/once', /reload caddy\.service failed/],
    ])('takes everything back when a reload %s', async (_, program, words) => {
      const before = await host().manifest();
      // The second one is the host's own, when it takes the change back.
      await must(`mkdir -p /run/systemd/system/caddy.service.d && cd /run/systemd/system/caddy.service.d &&
        echo 'cd /run/systemd/system/caddy.service.d; if [ -e failed ]; then HOME=/dev/null exec caddy reload --config ${CADDYFILE} --force; fi; touch failed; exit 1' >once
        printf '[Service]\\nExecReload=\\nExecReload=${program}\\n' >lab.conf && systemctl daemon-reload`);
      const applied = await cli.on('apply', ...APPLY);
      expect(applied.code, applied.stdout + applied.stderr).toBe(4);
      expect(applied.stdout + applied.stderr).toMatch(words);
      await must('rm -r /run/systemd/system/caddy.service.d && systemctl daemon-reload');
      expect(await differences(before)).toEqual([]);
      expect((await seen(host(), 'shop.example')).speaks).toEqual(['TLSv1.2']);
    });

    it('puts the files right where Caddy does not run, and starts nothing', async () => {
      await must('systemctl stop caddy');
      const before = await host().manifest();
      const applied = await cli.on('apply', ...APPLY);
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      expect(await host().readFile(CADDYFILE)).toContain('protocols tls1.2 tls1.3');
      expect(await must('systemctl is-active caddy || true')).toBe('inactive\n');
      expect((await cli.on('plan', ...STEP)).code).toBe(0);
      expect((await cli.on('rollback', '--yes', '--recheck', 'none')).code).toBe(0);
      expect(await differences(before)).toEqual([]);
    });

    it('finds a certificate that was never loaded and loads it; lets alone what somebody gave by hand', async () => {
      await makeCertificates(host(), 'shop.example:200:rsa:2048');
      await must('cd /etc/ssl/lab && chown root:caddy shop.example.key && chmod 0640 shop.example.key');
      expect(await failing()).toContain('reloaded');
      const applied = await cli.on('apply', ...APPLY);
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      expect(await failing()).toEqual(NO_REMEDY);

      await must(
        `echo ':80' >/root/other.caddy && HOME=/dev/null caddy reload --config /root/other.caddy --adapter caddyfile 2>&1`,
      );
      expect(await evidence('reloaded')).toMatch(/gave it by hand/);
      expect((await cli.on('plan', ...STEP)).stdout).not.toMatch(/caddy\.service/);
      await must('rm /root/other.caddy; systemctl reload caddy');
      expect((await cli.on('rollback', '--yes', '--recheck', 'none')).code).toBe(0);
    });

    it('tells an admin endpoint that others reach, and a host with nginx beside it', async () => {
      await must(`sed -i 's/email .*/admin :2019/' ${CADDYFILE} && systemctl restart caddy
        sed -i 's/:80 default_server/:8080 default_server/; s/ 80 default_server/ 8080 default_server/' /etc/nginx/sites-available/default
        ln -s ../sites-available/default /etc/nginx/sites-enabled/default && nginx -t 2>&1 && systemctl start nginx`);
      const found = await findings();
      const of = (name: string) =>
        found.find(({ control }) => control === `tls.${name}`)?.evidence.join('; ') ?? '';
      expect(of('caddy-admin')).toMatch(/at :2019, from whoever comes by/);
      expect(of('https')).toMatch(/nginx: the server in \/etc\/nginx\/.*; Caddy: plain\.example/);
      expect(of('hsts')).not.toMatch(/nginx/);
      await must('systemctl stop nginx && rm /etc/nginx/sites-enabled/default');
    });

    it('is judged from what Caddy of this release makes of every case', async () => {
      for (const [name, text] of Object.entries(CADDYFILES)) {
        await host().writeFile(CADDYFILE, text);
        const said = await must(
          `HOME=/dev/null caddy adapt --config ${CADDYFILE} --adapter caddyfile 2>/dev/null`,
        );
        const recorded = adapted(name as keyof typeof CADDYFILES);
        expect(canonicalJson(JSON.parse(said)), name).toBe(canonicalJson(recorded));
      }
    });
  });
}
