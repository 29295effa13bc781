// A host with nginx, from the text of its sites and single values of its certificate.

import type { CertbotFact } from '../../../src/facts/certbot-values.ts';
import type { CertificateFact, KeyFile } from '../../../src/facts/certificate.ts';
import { sitesOf } from '../../../src/facts/nginx-sites.ts';
import { expandNginx } from '../../../src/facts/nginx-tree.ts';
import type { NginxFact } from '../../../src/facts/nginx-values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { AnswerValue } from '../../../src/model/control.ts';
import { known } from '../../../src/model/outcome.ts';
import { configFile, contextOf } from '../sshd/context.ts';

export const NOW = 1_800_000_000;
const DAY = 86_400;

export const LEAF: CertificateFact = {
  subject: 'CN=shop.example',
  issuer: 'CN=Authority',
  names: ['shop.example', '*.shop.example'],
  from: NOW - 10 * DAY,
  until: NOW + 80 * DAY,
  fingerprint: 'a'.repeat(64),
  publicKey: 'b'.repeat(64),
  algorithm: 'ec',
  bits: 256,
  selfSigned: false,
  authority: false,
  signedByNext: true,
};
const { signedByNext: _, ...root } = LEAF;
export const ROOT: CertificateFact = { ...root, subject: 'CN=Authority', selfSigned: true, authority: true };

const KEY: KeyFile = {
  path: '/etc/ssl/shop.key',
  named: true,
  exists: true,
  mode: '0600',
  uid: 0,
  gid: 0,
  group: 'root',
  encrypted: false,
  publicKey: LEAF.publicKey,
};

/** A second pair that lies on the host and is not in use. */
export const OTHER = '/etc/ssl/portcullis/other';
export const OTHER_LEAF: CertificateFact = {
  ...LEAF,
  names: ['other.example'],
  fingerprint: 'd'.repeat(64),
  publicKey: 'e'.repeat(64),
};

/** As everything should be: one site with https, and its way there. */
export const GOOD = `server {
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name shop.example;
    ssl_certificate /etc/ssl/shop.pem;
    ssl_certificate_key /etc/ssl/shop.key;
    add_header Strict-Transport-Security "max-age=300" always;
    add_header X-Content-Type-Options nosniff always;
    add_header Referrer-Policy same-origin always;
    add_header X-Frame-Options DENY always;
}
server {
    listen 80;
    server_name shop.example;
    location /.well-known/acme-challenge/ { root /var/www; }
    location / { return 301 https://$host$request_uri; }
}
`;
export const GOOD_HTTP = [
  'ssl_protocols TLSv1.2 TLSv1.3;',
  'ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305;',
  'ssl_session_tickets off;',
  'server_tokens off;',
].join('\n    ');

type Host = {
  readonly sites?: string;
  /** What the sites include: path and text. */
  readonly snippet?: readonly [string, string];
  /** Directives of http. */
  readonly http?: string;
  readonly certificates?: readonly CertificateFact[];
  readonly key?: Partial<KeyFile>;
  /** Of the pair that is not in use. */
  readonly other?: { readonly certificates?: readonly CertificateFact[]; readonly key?: Partial<KeyFile> };
  readonly nginx?: Partial<NginxFact>;
  readonly certbot?: Partial<CertbotFact>;
  readonly answers?: Readonly<Record<string, AnswerValue>>;
};

const RELOADS = '/etc/letsencrypt/renewal-hooks/deploy/reload';

const RENEWED: CertbotFact = {
  installed: true,
  timer: { enabled: 'enabled', active: 'active' },
  snapTimer: { enabled: 'not-found', active: 'inactive' },
  lineages: [{ name: 'shop', authenticator: 'webroot', installer: '', hook: '' }],
  hooks: [RELOADS],
  looked: {
    files: [configFile(RELOADS, '#!/bin/sh\nsystemctl reload nginx\n')],
    places: ['/etc/letsencrypt/renewal-hooks/deploy/'],
    units: { 'certbot.timer': { enabled: 'disabled', active: 'inactive' } },
  },
};

export const MAIN = '/etc/nginx/nginx.conf';
export const SITES = '/etc/nginx/sites-enabled/default';
const LIVE = '/etc/letsencrypt/live/shop/fullchain.pem';
const PATTERNS = ['/etc/nginx/conf.d/*.conf', '/etc/nginx/sites-enabled/*'];

export function nginxWith(it: Host): NginxFact {
  const keys = [
    { ...KEY, ...it.key },
    { ...KEY, path: `${OTHER}.key`, named: false, publicKey: OTHER_LEAF.publicKey, ...it.other?.key },
  ];
  const sites = it.certbot === undefined ? (it.sites ?? GOOD) : GOOD.replace('/etc/ssl/shop.pem', LIVE);
  const includes = PATTERNS.map((pattern) => `    include ${pattern};\n`).join('');
  const files = [
    configFile(MAIN, `http {\n    ${it.http ?? GOOD_HTTP}\n${includes}}\n`),
    configFile(SITES, sites),
    ...(it.snippet === undefined ? [] : [configFile(...it.snippet)]),
  ];
  return {
    version: '1.26.3',
    openssl: '3.5.1',
    unit: { enabled: 'enabled', active: 'active' },
    main: MAIN,
    ...sitesOf(
      expandNginx({ files, main: MAIN, patterns: [...PATTERNS, ...(it.snippet?.slice(0, 1) ?? [])] }),
      MAIN,
    ),
    unserved: [],
    certificates: [
      {
        path: it.certbot === undefined ? '/etc/ssl/shop.pem' : LIVE,
        named: true,
        exists: true,
        holdsKey: false,
        certificates: it.certificates ?? [LEAF, ROOT],
      },
      {
        ...{ path: `${OTHER}.pem`, named: false, exists: true, holdsKey: false },
        certificates: it.other?.certificates ?? [OTHER_LEAF, ROOT],
      },
    ],
    keys,
    looked: {
      files,
      places: ['/etc/nginx/conf.d/'],
      units: { 'nginx.service': { enabled: 'enabled', active: 'active' } },
      unread: keys,
    },
    ...it.nginx,
  };
}

export function contextWith(it: Host): Context {
  const context = contextOf({ about: 'a host with nginx', as: 'ana' });
  const readings = {
    ...context.readings,
    nginx: known(nginxWith(it)),
    ...(it.certbot === undefined ? {} : { certbot: known({ ...RENEWED, ...it.certbot }) }),
    boot: known({ bootId: 'b', uptimeSeconds: 1, epochSeconds: NOW }),
  };
  return { ...context, readings, answers: new Map(Object.entries(it.answers ?? {})) };
}
