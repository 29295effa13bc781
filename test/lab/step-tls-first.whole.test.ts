// First certificates from a real ACME server on the host, through the step: one site without https, one that vouches for itself, one whose name
// leads elsewhere, one that an application answers. Refused before, taken back when the authority fails, kept when outsiders see it; renewed in a dry run.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import { webProbes } from '../../src/transport/web.ts';
import { type Cli, cliFor } from './cli-kit.ts';
import { describeLab, useHost } from './harness.ts';
import { makeCertificates, PEBBLE, startNginx } from './tls-kit.ts';

const STEP = ['--profile', new URL('./fixtures/tls.yaml', import.meta.url).pathname];
const SERVER = 'https://localhost:14000/dir';
const SITES = `# The shop.
server {
    listen 80;
    listen [::]:80;
    server_name shop.example www.shop.example;
    root /var/www/html;
}
server {
    listen 80;
    listen [::]:80;
    server_name self.example;
    return 301 https://$host$request_uri;
}
server {
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name self.example;
    root /var/www/html;
    ssl_certificate /etc/ssl/lab/self.pem;
    ssl_certificate_key /etc/ssl/lab/self.key;
}
server {
    listen 80;
    listen [::]:80;
    server_name app.example;
    location / { proxy_pass http://127.0.0.1:9; }
}
server { listen 80; listen [::]:80; server_name away.example; root /var/www/html; }
`;
const ASK = (...names: string[]) => [
  ...['--set', `tls.acme=${names.join(',')}`, '--set', 'tls.acme-terms=true'],
  ...['--set', `tls.acme-server=${SERVER}`, '--set', 'tls.acme-email=ops@shop.example'],
];
const APPLY = ['--yes', '--recheck', 'none'];

for (const image of ['trixie-services', 'bookworm-services'] as const) {
  await describeLab(`First certificates on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    let hosts: string | undefined;
    const must = async (script: string, stdin?: string) => {
      const { code, stdout, stderr } = await host().console(script, {
        timeout: 120_000,
        ...(stdin === undefined ? {} : { stdin }),
      });
      expect(code, stdout + stderr).toBe(0);
      return stdout;
    };
    /** The program in a mount namespace of its own, where names of the lab lead to the lab host and nobody else is asked. */
    const on = (command: string, ...words: string[]) =>
      cli.inShell(
        `exec unshare -m bash --norc -c 'mount --bind ${hosts}/hosts /etc/hosts && mount --bind ${hosts}/resolv /etc/resolv.conf && exec "$@"' bash "$@"`,
        command,
        ...STEP,
        ...words,
      );
    const plain = (command: string, ...words: string[]) => cli.on(command, ...words);
    const shown = async (name: string) => {
      const seen = await webProbes.handshake({ address: host().address, port: 443, name });
      return seen.kind === 'done' ? seen.certificate : seen.kind;
    };
    const made = async (name: string) =>
      (
        await must(
          `openssl x509 -in /etc/letsencrypt/live/${name}/fullchain.pem -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f`,
        )
      ).trim();
    const pebble = (...settings: string[]) =>
      must(
        `systemctl stop lab-acme 2>/dev/null; systemd-run --quiet --collect --unit=lab-acme --setenv=PEBBLE_VA_NOSLEEP=1 ${settings.map((one) => `--setenv=${one}`).join(' ')} pebble -config /etc/pebble-lab.json
        for i in $(seq 100); do curl -s https://localhost:14000/dir >/dev/null && exit 0; sleep 0.2; done; exit 1`,
      );

    afterAll(async () => {
      if (hosts !== undefined) await rm(hosts, { recursive: true, force: true });
    });
    beforeAll(async () => {
      cli = await cliFor(host);
      hosts = await mkdtemp(join(tmpdir(), 'portcullis-names-'));
      const names = 'shop.example www.shop.example self.example app.example';
      await writeFile(
        join(hosts, 'hosts'),
        `127.0.0.1 localhost\n${host().address} ${names}\n198.51.100.7 away.example\n`,
      );
      await writeFile(join(hosts, 'resolv'), 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
      await makeCertificates(host(), 'localhost:30:ec');
      await must(
        'cd /etc/ssl/lab && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=self.example -addext subjectAltName=DNS:self.example -keyout self.key -out self.pem 2>/dev/null',
      );
      await startNginx(host(), SITES);
      await must(
        `echo 127.0.0.1 ${names} >>/etc/hosts; echo 198.51.100.7 away.example >>/etc/hosts
        cp /etc/ssl/lab/ca.pem /usr/local/share/ca-certificates/lab.crt; update-ca-certificates >/dev/null 2>&1; cat >/etc/pebble-lab.json`,
        PEBBLE,
      );
      await pebble('PEBBLE_WFE_NONCEREJECT=0');
      // Everything but certificates is as it should be, so that nothing else is done beside them.
      const ready = await on('apply', ...APPLY);
      expect(ready.code, ready.stdout + ready.stderr).toBe(0);
    });

    it('refuses before anything is asked: a name that leads elsewhere, terms that nobody accepted, port 80 shut', async () => {
      const before = await host().manifest();
      const away = await on('apply', ...APPLY, ...ASK('away.example'));
      expect(away.code, away.stdout + away.stderr).toBe(5);
      expect((away.stdout + away.stderr).replaceAll(/\s+/g, ' ')).toMatch(
        /away\.example leads to 198\.51\.100\.7 as your machine sees it, and to 198\.51\.100\.7 as the host sees it/,
      );
      const terms = await on(
        'apply',
        ...APPLY,
        '--set',
        'tls.acme=shop.example',
        '--set',
        'tls.acme-terms=false',
      );
      expect(terms.code, terms.stdout + terms.stderr).toBe(5);
      const guessed = await on('apply', ...APPLY, '--set', 'tls.acme=shop.example');
      expect(guessed.code).not.toBe(0);
      expect(guessed.stderr).toContain('tls.acme-terms');
      await must(
        'nft add table inet lab; nft "add chain inet lab input { type filter hook input priority 0; policy accept; }"; nft add rule inet lab input tcp dport 80 drop',
      );
      const shut = await on('apply', ...APPLY, ...ASK('shop.example'));
      expect(shut.code, shut.stdout + shut.stderr).toBe(5);
      expect((shut.stdout + shut.stderr).replaceAll(/\s+/g, ' ')).toContain('the rules of this host shut');
      await must('nft delete table inet lab');
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });

    it('takes everything back when the authority is down, refuses, or cannot be answered', async () => {
      const self = await shown('self.example');
      const fails = async (words: RegExp) => {
        const before = await host().manifest();
        const failed = await on('apply', ...APPLY, ...ASK('shop.example', 'self.example'));
        expect(failed.code, failed.stdout + failed.stderr).toBe(4);
        expect((failed.stdout + failed.stderr).replaceAll(/\s+/g, ' ')).toMatch(words);
        expect(await shown('self.example')).toBe(self);
        expect(diffManifests(before, await host().manifest())).toEqual([]);
      };
      await must('systemctl stop lab-acme');
      await fails(/certbot got no certificate for shop\.example: .*[Rr]efused/);
      await pebble('PEBBLE_WFE_NONCEREJECT=100');
      await fails(/certbot got no certificate for shop\.example: .*nonce/i);
      // The authority's own view of the names: they lead to a port where nobody is.
      await must(
        'sed \'s/"httpPort":80/"httpPort":81/\' /etc/pebble-lab.json >/etc/pebble-other.json; cp /etc/pebble-lab.json /etc/pebble-keep.json; cp /etc/pebble-other.json /etc/pebble-lab.json',
      );
      await pebble('PEBBLE_WFE_NONCEREJECT=0');
      await fails(/certbot got no certificate for shop\.example: .*shop\.example.*refused/i);
      await must(
        'cp /etc/pebble-keep.json /etc/pebble-lab.json; rm /etc/pebble-keep.json /etc/pebble-other.json',
      );
      await pebble('PEBBLE_WFE_NONCEREJECT=0');
    });

    it('gets them, shows them, renews them, and gives everything back when it is undone', async () => {
      const before = await host().manifest();
      const planned = await on('plan', ...ASK('shop.example', 'self.example'));
      expect(planned.code, planned.stdout + planned.stderr).toBe(2);
      expect(planned.stdout.replaceAll(/\s+/g, ' ')).toContain(
        `certbot asks ${SERVER} for shop.example, www.shop.example`,
      );
      expect(planned.stdout.replaceAll(/\s+/g, ' ')).toContain(
        'port 80 seen from your machine over IPv4: answers',
      );
      expect(diffManifests(before, await host().manifest())).toEqual([]);

      const applied = await on('apply', ...APPLY, ...ASK('shop.example', 'self.example'));
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      for (const name of ['shop.example', 'self.example']) expect(await shown(name)).toBe(await made(name));
      expect(await shown('www.shop.example')).toBe(await made('shop.example'));
      expect(
        await webProbes.request({
          address: host().address,
          port: 80,
          name: 'shop.example',
          tls: false,
          path: '/',
        }),
      ).toMatchObject({ kind: 'answered', status: 301 });
      expect(await must('systemctl is-active certbot.timer; systemctl is-enabled certbot.timer')).toBe(
        'active\nenabled\n',
      );
      const again = await on('plan', ...ASK('shop.example', 'self.example'));
      expect(again.code, again.stdout + again.stderr).toBe(0);

      const undone = await plain('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stdout + undone.stderr).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });

    it('has challenges answered from files first, where an application answers', async () => {
      const first = await on('apply', ...APPLY, ...ASK('app.example'));
      expect(first.code, first.stdout + first.stderr).toBe(0);
      expect(await must('ls /etc/letsencrypt')).toBe('cli.ini\n');
      const second = await on('apply', ...APPLY, ...ASK('app.example'));
      expect(second.code, second.stdout + second.stderr).toBe(0);
      expect(await shown('app.example')).toBe(await made('app.example'));
    });
  });
}
