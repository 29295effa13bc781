// Renewal by certbot from a real ACME server on the host: nobody renews and nobody tells nginx, until the step puts both right; then a renewal
// goes through with the redirect in place, and outsiders see the new certificate.
import { beforeAll, expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import { webProbes } from '../../src/transport/web.ts';
import { type Cli, cliFor } from './cli-kit.ts';
import { describeLab, useHost } from './harness.ts';
import { makeCertificates, PEBBLE, startNginx } from './tls-kit.ts';

const STEP = ['--profile', new URL('./fixtures/tls.yaml', import.meta.url).pathname];
const PLAIN = 'server { listen 80; listen [::]:80; server_name shop.example; root /var/www/html; }\n';
const SECURE = `${PLAIN}server {
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name shop.example;
    root /var/www/html;
    ssl_certificate /etc/letsencrypt/live/shop.example/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/shop.example/privkey.pem;
}
`;
const CERTBOT = 'certbot -q --non-interactive';

for (const image of ['trixie-services', 'bookworm-services'] as const) {
  await describeLab(`The step tls beside an ACME server on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    const must = async (script: string, stdin?: string) => {
      const { code, stdout, stderr } = await host().console(script, {
        timeout: 120_000,
        ...(stdin === undefined ? {} : { stdin }),
      });
      expect(code, stdout + stderr).toBe(0);
      return stdout;
    };
    const shown = async () => {
      const seen = await webProbes.handshake({ address: host().address, port: 443, name: 'shop.example' });
      return seen.kind === 'done' ? seen.certificate : seen.why;
    };
    const renewal = async () => {
      const check = await cli.on('check', ...STEP, '--format', 'json');
      const { findings } = JSON.parse(check.stdout) as {
        findings: { control: string; result: string; evidence: string[] }[];
      };
      return findings.find(({ control }) => control === 'tls.renewal');
    };

    beforeAll(async () => {
      cli = await cliFor(host);
      await makeCertificates(host(), 'localhost:30:ec');
      await startNginx(host(), PLAIN);
      // The host trusts the authority, as its timer will have to.
      await must(
        'cp /etc/ssl/lab/ca.pem /usr/local/share/ca-certificates/lab.crt; update-ca-certificates >/dev/null 2>&1; echo 127.0.0.1 shop.example >>/etc/hosts; cat >/etc/pebble-lab.json',
        PEBBLE,
      );
      await must(
        'systemd-run --quiet --collect --unit=lab-acme --setenv=PEBBLE_VA_NOSLEEP=1 --setenv=PEBBLE_WFE_NONCEREJECT=0 pebble -config /etc/pebble-lab.json',
      );
      await must(
        `for i in $(seq 50); do curl -s --cacert /etc/ssl/lab/ca.pem https://localhost:14000/dir >/dev/null && break; sleep 0.2; done
        ${CERTBOT} certonly --webroot -w /var/www/html -d shop.example --server https://localhost:14000/dir --agree-tos -m ops@shop.example`,
      );
      await must(`cat >/etc/nginx/sites-available/default && nginx -t && systemctl reload nginx`, SECURE);
    });

    it('has certificates renewed and loaded, with plain requests sent to https', async () => {
      await expect.poll(shown, { timeout: 20_000 }).toMatch(/^[0-9a-f]{64}$/);
      expect(await renewal()).toMatchObject({
        result: 'fail',
        evidence: [
          expect.stringContaining('certbot.timer is disabled'),
          'nothing tells nginx when shop.example was renewed',
        ],
      });
      // Programs that stop a server around a renewal: no proof may run them.
      await must(
        `echo 'pre-hook = touch /run/lab-hook-ini' >>/etc/letsencrypt/cli.ini
        sed -i 's#^\\[renewalparams\\]#&\\npost_hook = touch /run/lab-hook-file#' /etc/letsencrypt/renewal/shop.example.conf
        mkdir -p /etc/letsencrypt/renewal-hooks/pre; printf '#!/bin/sh\\ntouch /run/lab-hook-folder\\n' >/etc/letsencrypt/renewal-hooks/pre/stop; chmod 755 /etc/letsencrypt/renewal-hooks/pre/stop`,
      );
      const before = await host().manifest();
      const applied = await cli.on('apply', ...STEP, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      expect(await renewal()).toMatchObject({ result: 'pass' });
      const again = await cli.on('plan', ...STEP);
      expect(again.code, again.stdout + again.stderr).toBe(0);

      // The certificate, and the rehearsal of its renewal.
      await must(
        `[ "$(journalctl -u lab-acme -o cat | grep -c 'Added order')" -ge 2 ] && ! ls /run/lab-hook-*`,
      );

      const old = await shown();
      await must(`${CERTBOT} renew --force-renewal --no-random-sleep-on-renew`);
      await expect.poll(shown, { timeout: 20_000 }).not.toBe(old);
      // A real one does: they were there all the time.
      await must('ls /run/lab-hook-ini /run/lab-hook-file /run/lab-hook-folder');
      expect(await shown()).toMatch(/^[0-9a-f]{64}$/);

      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stdout + undone.stderr).toBe(0);
      // What certbot did meanwhile is its own.
      const left = diffManifests(before, await host().manifest());
      expect(
        left.filter(
          (line) =>
            !/letsencrypt\/(live|archive|renewal)\/|\/letsencrypt\/csr|\/letsencrypt\/keys/.test(line),
        ),
      ).toEqual([]);
    });
  });
}
