// A host whose Caddy does everything wrong that the step knows and that Caddy takes.
import { expect } from 'vitest';
import type { Host } from '../../src/lab/host.ts';

/** shop.example has https and does it badly, self.example vouches for itself, plain.example has no https at all. */
export const BAD_CADDY = `# The shop. This comment stays.
{
	email ops@shop.example
}

(lax) {
	header Referrer-Policy unsafe-url
}

shop.example, www.shop.example {   # www is not in the certificate
	import lax
	root * /var/www/html
	tls /etc/ssl/lab/shop.example.pem /etc/ssl/lab/shop.example.key {
		protocols tls1.2 tls1.2   # one is enough
		ciphers TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
	}
	header X-Frame-Options DENY
	header /assets/* Cache-Control max-age=60
	file_server
}

http://shop.example {
	root * /var/www/html
	file_server
}

self.example {
	tls internal
	respond "self"
}

http://plain.example {
	respond "plain"
}
`;

export const CADDYFILE = '/etc/caddy/Caddyfile';

export async function startCaddy(host: Host, text: string): Promise<void> {
  await host.writeFile(CADDYFILE, text);
  const script = `mkdir -p /var/www/html/assets && echo shop >/var/www/html/index.html && cp /var/www/html/index.html /var/www/html/assets/ &&
    rm -f /etc/nginx/sites-enabled/default && chmod 0644 /etc/ssl/lab/*.key && systemctl restart caddy`;
  const started = await host.console(
    `{ ${script}; } 2>&1 || { journalctl -u caddy --no-pager -n 20; false; }`,
  );
  expect(started.code, started.stdout).toBe(0);
}
