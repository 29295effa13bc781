// Caddyfiles of the cases. What Caddy 2.6.2 makes of each stands in adapted.golden.json; a lab test asks the Caddy of both releases again.

/** As everything should be. */
export const GOOD = `# The shop.
shop.example {
	tls /etc/ssl/shop.pem /etc/ssl/shop.key   # bought
	header Strict-Transport-Security max-age=300
	header X-Content-Type-Options nosniff
	header Referrer-Policy same-origin
	header X-Frame-Options DENY
	respond "shop"
}

http://shop.example {
	redir https://{host}{uri} 301
}
`;

const site = (more: string): string => GOOD.replace('\trespond "shop"\n', `${more}\trespond "shop"\n`);
const tls = (option: string): string => GOOD.replace('shop.key   # bought', `shop.key {\n\t\t${option}\n\t}`);
const plain = (text: string): string => GOOD.replace('\tredir https://{host}{uri} 301\n', text);
const headless = GOOD.replace(/\theader .*\n/g, '');

export const CADDYFILES = {
  good: GOOD,
  automatic: GOOD.replace(/\ttls .*\n/, '').replace(/\nhttp:[\s\S]*/, ''),
  off: `{\n\tauto_https off\n}\n${GOOD.replace(/\ttls .*\n/, '')}`,
  disabled: `{\n\tauto_https disable_redirects\n}\n${GOOD.replace(/\nhttp:[\s\S]*/, '')}`,
  internal: GOOD.replace(/tls .*/, 'tls internal'),
  homeMade: `${GOOD}
nas.local {
	respond "nas"
}
`,
  plainOnly: `${GOOD}\nhttp://other.example {\n\trespond "other"\n}\n`,
  catchAll: `${GOOD}\n:80 {\n\trespond "any"\n}\n`,
  refused: `${GOOD}\nhttp://gone.example {\n\trespond 410\n}\nhttp://drop.example {\n\tabort\n}\n`,
  served: plain('\troot * /srv\n\tfile_server\n'),
  servedPort: `${GOOD}\nhttp://shop.example:8080 {\n\trespond "odd"\n}\n`,
  challenge: plain(
    '\thandle /.well-known/acme-challenge/* {\n\t\tfile_server\n\t}\n\thandle {\n\t\tredir https://{host}{uri}\n\t}\n',
  ),
  partly: plain('\thandle /api/* {\n\t\trespond "api"\n\t}\n\tredir https://{host}{uri}\n'),
  some: plain('\tredir /a/* https://{host}{uri}\n\trespond "x"\n'),
  matched: plain(
    '\t@portcullis_plain {\n\t\tprotocol http\n\t\tnot path /.well-known/acme-challenge/*\n\t}\n\tredir @portcullis_plain https://{host}{uri} 301\n\tfile_server\n',
  ),
  oldest: tls('protocols tls1.2 tls1.2'),
  newest: tls('protocols tls1.3'),
  weak: tls('ciphers TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'),
  snippetTls: `(tls) {\n\ttls /etc/ssl/shop.pem /etc/ssl/shop.key {\n\t\tprotocols tls1.2 tls1.2\n\t}\n}\n${GOOD.replace(/\ttls .*/, '\timport tls')}`,
  headless,
  zero: GOOD.replace('max-age=300', 'max-age=0'),
  long: GOOD.replace('max-age=300', '"max-age=63072000; includeSubDomains; preload"'),
  unsafe: GOOD.replace('same-origin', 'unsafe-url'),
  block: headless.replace('\trespond', '\theader {\n\t\tX-Frame-Options DENY\n\t\t-Server\n\t}\n\trespond'),
  snippet: `(lax) {\n\theader X-Frame-Options ALLOWALL\n}\n${headless.replace('\trespond', '\timport lax\n\trespond')}`,
  handled: site('\thandle /a/* {\n\t\theader -X-Frame-Options\n\t\trespond "a"\n\t}\n'),
  scoped: GOOD.replace('header X-Frame-Options', 'header /a/* X-Frame-Options'),
  late: GOOD.replace('header X-Frame-Options DENY', 'header ?X-Frame-Options ALLOWALL'),
  proxied: headless.replace(
    '\trespond "shop"',
    '\treverse_proxy 127.0.0.1:8080 {\n\t\theader_down X-Frame-Options SAMEORIGIN\n\t}',
  ),
  bare: headless
    .slice(headless.indexOf('\n') + 1, headless.indexOf('}'))
    .replace(' {', '')
    .replaceAll('\t', ''),
  open: `{\n\tadmin :2019\n}\n${GOOD}`,
  openOne: `{\n\tadmin 10.0.0.1:2019\n}\n${GOOD}`,
  shut: `{\n\tadmin off\n}\n${GOOD}`,
  near: `${GOOD}\nlocalhost {\n\trespond "me"\n}\nhttp://near.example {\n\tbind 127.0.0.1\n\trespond "near"\n}\n`,
} as const;
