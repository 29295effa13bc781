// What the tests of this step share: what it says of a host, what it would change there, and sites with single things changed.
import type { Context } from '../../../src/model/context.ts';
import { judge } from '../../../src/plan/judge.ts';
import { diffResources } from '../../../src/resources/index.ts';
import { tls } from '../../../steps/tls.ts';
import { configFile } from '../sshd/context.ts';
import { contextWith, GOOD, GOOD_HTTP, LEAF, NOW, OTHER, ROOT } from './context.ts';

export const findings = (context: Context) => judge({ steps: [tls], context });
/** Of the controls that are not about Caddy alone. */
export const results = (context: Context) =>
  Object.fromEntries(
    findings(context).flatMap(({ control, result }) =>
      control.startsWith('tls.caddy-') ? [] : [[control.replace('tls.', ''), result]],
    ),
  );
export const ALL = tls.controls
  .map(({ id }) => id.replace('tls.', ''))
  .filter((id) => !id.startsWith('caddy-'));
export const all = (result: string) => Object.fromEntries(ALL.map((name) => [name, result]));
/** Where no certificate is asked for. */
export const UNASKED = { acme: 'notapplicable', 'acme-challenge': 'notapplicable' };
/** The pair that lies there, and a site that it is for. */
export const OTHER_SITE = `${GOOD}server {\n    listen 80;\n    server_name other.example;\n    root /var/www;\n}\n`;
export const PUT_IN = { 'tls.certificate': `${OTHER}.pem`, 'tls.key': `${OTHER}.key` };
export type Host = Parameters<typeof contextWith>[0];
export const failing = (host: Host) =>
  Object.entries(results(contextWith(host))).flatMap(([name, result]) => (result === 'fail' ? [name] : []));
export const without = (line: string) =>
  GOOD_HTTP.split('\n')
    .filter((one) => !one.includes(line))
    .join('\n');
export const DAY = 86_400;

export const WEBROOT = { name: 'shop', authenticator: 'webroot', installer: '', hook: '' };

export function planned(context: Context) {
  const wanted = tls.controls
    .filter(({ id }) => findings(context).some((one) => one.control === id && one.result === 'fail'))
    .flatMap((control) =>
      (control.remedy?.(context) ?? []).map((resource) => ({
        ...{ resource, step: 'tls', control: control.id, why: control.why },
      })),
    );
  return diffResources(wanted, context);
}

/** The site of GOOD with its plain server as it is given. */
export const plainly = (plain: string, secure: (text: string) => string = (text) => text) =>
  `${secure(GOOD.slice(0, GOOD.indexOf('server {', 1)))}server {\n    ${plain}\n    root /var/www;\n}\n`;

/** One program in the hooks folder of certbot. */
function hooked(text: string): Host['certbot'] & object {
  const path = '/etc/letsencrypt/renewal-hooks/deploy/told';
  const units = { 'certbot.timer': { enabled: 'enabled', active: 'active' } };
  return { hooks: [path], looked: { files: [configFile(path, text)], places: [], units } };
}

/** Each fault: the one control that finds it, and words of its evidence. */
export const FAULTS: readonly (readonly [string, RegExp, Host])[] = [
  ['certificate-dates', /expired on 2027/, { certificates: [{ ...LEAF, until: NOW - DAY }, ROOT] }],
  ['certificate-dates', /not valid before/, { certificates: [{ ...LEAF, from: NOW + DAY }, ROOT] }],
  ['certificate-dates', /has not been renewed/, { certificates: [{ ...LEAF, until: NOW + 3 * DAY }, ROOT] }],
  [
    'certificate-names',
    /not for shop\.example/,
    { certificates: [{ ...LEAF, names: ['*.shop.example'] }, ROOT] },
  ],
  ['certificate-chain', /did not sign/, { certificates: [{ ...LEAF, signedByNext: false }, ROOT] }],
  ['certificate-chain', /holds no certificate of CN=Authority/, { certificates: [LEAF] }],
  ['certificate-chain', /must come first/, { certificates: [{ ...LEAF, authority: true }, ROOT] }],
  ['certificate-trust', /self-signed/, { certificates: [{ ...LEAF, selfSigned: true }] }],
  ['certificate-key', /1024 bits/, { certificates: [{ ...LEAF, algorithm: 'rsa', bits: 1024 }, ROOT] }],
  ['certificate-key', /is not the key of/, { key: { publicKey: 'c'.repeat(64) } }],
  ['certificate-key', /encrypted/, { key: { encrypted: true } }],
  ['certificate-key', /is not there/, { key: { exists: false } }],
  ['key-file', /everybody/, { key: { mode: '0644' } }],
  ['key-file', /shop\.key: user 33 owns it/, { key: { uid: 33 } }],
  ['key-file', /group is git: if no program/, { key: { uid: 33, gid: 34, group: 'git' } }],
  ['key-file', /group www-data may read/, { key: { mode: '0640', group: 'www-data' } }],
  ['https', /plain http only/, { sites: `${GOOD}server { listen 80; server_name other.example; }` }],
  [
    'redirect',
    /answers plain requests/,
    { sites: GOOD.replace(/location [\s\S]*?uri; }/, 'root /var/www;') },
  ],
  [
    'own-certificate',
    /other\.example does not use it: it has no https/,
    { sites: OTHER_SITE, answers: PUT_IN },
  ],
  [
    'acme',
    /new\.example: it has no https/,
    {
      sites: `${GOOD}server { listen 80; server_name new.example; root /var/www; }`,
      answers: { 'tls.acme': ['new.example'], 'tls.acme-terms': true },
    },
  ],
  [
    'acme-challenge',
    /shop\.example: "proxy_pass http:\/\/app" in .*, line \d+ decides about it/,
    {
      sites: GOOD.replace(/location [/].well-known.*/, 'location ~ /.well-known/ { proxy_pass http://app; }'),
      answers: { 'tls.acme': ['shop.example'] },
    },
  ],
  [
    'renewal',
    /certbot\.timer is disabled, inactive/,
    { certbot: { timer: { enabled: 'disabled', active: 'inactive' } } },
  ],
  ['renewal', /does not renew shop/, { certbot: { lineages: [] } }],
  ['renewal', /nothing tells nginx when shop was renewed/, { certbot: { hooks: [] } }],
  [
    'renewal',
    /nothing tells nginx/,
    { certbot: hooked('#!/bin/sh\n# not nginx\nsystemctl reload postfix\n') },
  ],
  [
    'renewal',
    /nothing tells nginx/,
    { certbot: { hooks: [], lineages: [{ ...WEBROOT, hook: 'systemctl reload postfix' }] } },
  ],
  ['renewal', /by hand/, { certbot: { lineages: [{ ...WEBROOT, authenticator: 'manual' }] } }],
  [
    'renewal',
    /needs port 80 for itself/,
    { certbot: { lineages: [{ ...WEBROOT, authenticator: 'standalone' }] } },
  ],
  ['reloaded', /shop\.pem changed/, { nginx: { unserved: ['/etc/ssl/shop.pem'] } }],
  ['protocols', /speaks TLSv1 *$/, { http: GOOD_HTTP.replace('TLSv1.2', 'TLSv1 TLSv1.2') }],
  ['protocols', /speaks TLSv1, TLSv1\.1 by default/, { http: without('ssl_protocols') }],
  ['protocols', /does not speak TLSv1\.3/, { http: GOOD_HTTP.replace(' TLSv1.3', '') }],
  ['protocols', /speaks TLSv1\.2/, { answers: { 'tls.level': 'modern' } }],
  [
    'ciphers',
    /takes HIGH/,
    { http: GOOD_HTTP.replace('ssl_ciphers ECDHE', 'ssl_ciphers HIGH:!aNULL:ECDHE') },
  ],
  ['ciphers', /takes HIGH by default/, { http: without('ssl_ciphers') }],
  ['session-tickets', /gives session tickets/, { http: without('tickets') }],
  ['server-tokens', /tells the version/, { http: GOOD_HTTP.replace('tokens off', 'tokens on') }],
  ['hsts', /no good Strict/, { sites: GOOD.replace('max-age=300', 'max-age=0') }],
  ['hsts', /no good Strict/, { answers: { 'tls.hsts': '604800' } }],
  ['headers', /no good Referrer/, { sites: GOOD.replace('same-origin', 'unsafe-url') }],
  ['headers', /no good X-Content/, { sites: GOOD.replace('nosniff always', 'nosniff') }],
];
