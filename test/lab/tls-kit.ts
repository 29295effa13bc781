// A host whose nginx does everything wrong that the step knows, and what outsiders see of it.
import { expect } from 'vitest';
import type { Host } from '../../src/lab/host.ts';
import { webProbes } from '../../src/transport/web.ts';

/** Makes certificates with the host's own openssl: an authority, and for each NAME:DAYS:KIND a pair in /etc/ssl/lab. */
const CERTIFICATES = `set -eu
mkdir -p /etc/ssl/lab && cd /etc/ssl/lab
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3650 -subj '/CN=Lab authority' 2>/dev/null
for spec in "$@"; do
  name=\${spec%%:*} rest=\${spec#*:} days=\${rest%%:*} kind=\${rest#*:}
  case $kind in
    ec) set -- -newkey ec -pkeyopt ec_paramgen_curve:P-256 ;;
    *) set -- -newkey "$kind" ;;
  esac
  openssl req -new "$@" -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$name" 2>/dev/null
  printf 'subjectAltName=DNS:%s\\n' "$name" >"$name.ext"
  openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -days "$days" -extfile "$name.ext" -out "$name.crt" 2>/dev/null
  cat "$name.crt" ca.pem >"$name.pem"
  chmod 0600 "$name.key"
done
`;

/** Configuration of an ACME server on the host itself, whose certificate is one of makeCertificates. */
export const PEBBLE = JSON.stringify({
  pebble: {
    listenAddress: '127.0.0.1:14000',
    managementListenAddress: '127.0.0.1:15000',
    certificate: '/etc/ssl/lab/localhost.pem',
    privateKey: '/etc/ssl/lab/localhost.key',
    httpPort: 80,
    tlsPort: 443,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
  },
});

export async function makeCertificates(host: Host, ...specs: string[]): Promise<void> {
  const made = await host.console(CERTIFICATES, { args: specs });
  expect(made.code, made.stderr).toBe(0);
}

/** shop.example has https and does it badly, self.example vouches for itself, plain.example has no https at all. */
export const BAD_SITES = `# The shop. This comment stays.
server {
    listen 80;
    listen [::]:80;
    server_name shop.example;
    root /var/www/html;
}
server {
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name shop.example www.shop.example;   # www is not in the certificate
    root /var/www/html;
    ssl_certificate /etc/ssl/lab/shop.example.pem;
    ssl_certificate_key /etc/ssl/lab/shop.example.key;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2;
    ssl_ciphers "DEFAULT:@SECLEVEL=0";
    add_header X-Frame-Options "DENY";
    location /assets/ {
        add_header Cache-Control "max-age=60";
        alias /var/www/html/;
    }
}
server {
    listen 80;
    server_name plain.example;
    root /var/www/html;
}
`;

export async function startNginx(host: Host, sites: string): Promise<void> {
  await host.writeFile('/etc/nginx/sites-available/default', sites);
  const started = await host.console(
    'echo shop >/var/www/html/index.html; chmod 0644 /etc/ssl/lab/*.key; nginx -t 2>&1 && systemctl start nginx 2>&1',
  );
  expect(started.code, started.stdout).toBe(0);
}

/** What a client sees of a site: each TLS version, the certificate, where http leads, one header. */
export async function seen(host: Host, name: string) {
  const at = { address: host.address, port: 443, name };
  const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
  const shaken = await Promise.all(versions.map((version) => webProbes.handshake({ ...at, version })));
  const plain = await webProbes.request({ ...at, port: 80, tls: false, path: '/' });
  const header = async (path: string, wanted: string) => {
    const answer = await webProbes.request({ ...at, tls: true, path });
    return answer.kind === 'answered'
      ? answer.headers.filter((one) => one.name === wanted).map((one) => one.value)
      : [];
  };
  return {
    speaks: versions.filter((_, index) => shaken[index]?.kind === 'done'),
    plain: plain.kind === 'answered' ? plain.status : plain.why,
    hsts: await header('/assets/', 'strict-transport-security'),
    frame: await header('/', 'x-frame-options'),
    cache: await header('/assets/', 'cache-control'),
  };
}
