// What the step says of an nginx that is as it should be, and of each thing that may be wrong; and what its edits make of the files.
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../src/model/context.ts';
import type { AnswerValue, Proof } from '../../../src/model/control.ts';
import { unknown } from '../../../src/model/outcome.ts';
import { judge } from '../../../src/plan/judge.ts';
import { diffResources } from '../../../src/resources/index.ts';
import { tls } from '../../../steps/tls.ts';
import { contextOf } from '../sshd/context.ts';
import {
  contextWith,
  GOOD,
  GOOD_HTTP,
  LEAF,
  MAIN,
  NOW,
  nginxWith,
  OTHER,
  OTHER_LEAF,
  ROOT,
  SITES,
} from './context.ts';

const findings = (context: Context) => judge({ steps: [tls], context });
const results = (context: Context) =>
  Object.fromEntries(findings(context).map((one) => [one.control.replace('tls.', ''), one.result]));
const ALL = tls.controls.map(({ id }) => id.replace('tls.', ''));
const all = (result: string) => Object.fromEntries(ALL.map((name) => [name, result]));
/** The pair that lies there, and a site that it is for. */
const OTHER_SITE = `${GOOD}server {\n    listen 80;\n    server_name other.example;\n    root /var/www;\n}\n`;
const PUT_IN = { 'tls.certificate': `${OTHER}.pem`, 'tls.key': `${OTHER}.key` };
type Host = Parameters<typeof contextWith>[0];
const failing = (host: Host) =>
  Object.entries(results(contextWith(host))).flatMap(([name, result]) => (result === 'fail' ? [name] : []));
const without = (line: string) =>
  GOOD_HTTP.split('\n')
    .filter((one) => !one.includes(line))
    .join('\n');
const DAY = 86_400;

const WEBROOT = { name: 'shop', authenticator: 'webroot', installer: '', hook: '' };

/** Each fault: the one control that finds it, and words of its evidence. */
const FAULTS: readonly (readonly [string, RegExp, Host])[] = [
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
    'renewal',
    /certbot\.timer is disabled, inactive/,
    { certbot: { timer: { enabled: 'disabled', active: 'inactive' } } },
  ],
  ['renewal', /does not renew shop/, { certbot: { lineages: [] } }],
  ['renewal', /nothing tells nginx when shop was renewed/, { certbot: { hooks: [] } }],
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

describe('the step tls', () => {
  it('asks nothing and judges nothing where there is no nginx', () => {
    const context = contextOf({ about: 'a host without a web server', as: 'ana' });
    expect(results(context)).toEqual(all('notapplicable'));
    expect(tls.questions.filter((question) => question.when?.(context) !== false)).toEqual([]);
    expect(tls.views?.(context)[0]).toMatchObject({ rows: [], empty: expect.stringContaining('no nginx') });
  });

  it('passes an nginx as it should be, and knows nothing of one that could not be read', () => {
    expect(results(contextWith({}))).toEqual({
      ...all('pass'),
      ...{ 'own-certificate': 'notapplicable', renewal: 'notapplicable' },
    });
    const context = contextWith({ answers: PUT_IN, certbot: {} });
    expect(results(contextWith({ certbot: {} })).renewal).toBe('pass');
    const readings = { ...context.readings, nginx: unknown('cut') };
    expect(results({ ...context, readings })).toEqual(all('unknown'));
  });

  it('passes nothing while a part of the files could not be read', () => {
    const context = contextWith({ nginx: { problems: ['x.conf, line 1'] } });
    expect(Object.values(results(context))).not.toContain('pass');
    expect(findings(context)[0]?.evidence.join()).toContain('x.conf, line 1');
  });

  it.each(FAULTS)('finds %s: %s', (control, words, host) => {
    // A site that gets its first certificate lacks all that comes with https as well.
    const others = control === 'own-certificate' ? ['https', 'redirect', 'hsts', 'headers'] : [];
    expect(new Set(failing(host))).toEqual(new Set([control, ...others]));
    const finding = findings(contextWith(host)).find((one) => one.control === `tls.${control}`);
    expect(finding?.evidence.join('; ')).toMatch(words);
  });

  it('lets every control fail somewhere', () => {
    expect(new Set(FAULTS.map(([control]) => control))).toEqual(new Set(ALL));
  });

  it('sees a location that drops the headers of its server', () => {
    const sites = GOOD.replace('DENY always;', 'DENY always;\n location /a/ { add_header X-Own 1; }');
    expect(failing({ sites })).toEqual(['hsts', 'headers']);
  });

  it('leaves alone what only the machine itself reaches, and what answers with errors only', () => {
    const near = 'server { listen 127.0.0.1:8080; listen [::1]:8080; }';
    expect(failing({ sites: `${GOOD}${near} server { listen 80 default_server; return 444; }` })).toEqual([]);
    const refuses = 'server { listen 443 ssl default_server; ssl_reject_handshake on; return 444; }';
    const quic = GOOD.replace('443 ssl;', '443 ssl; listen 443 quic reuseport;');
    const context = contextWith({ sites: `${quic}${refuses}` });
    expect(Object.values(results(context)).filter((one) => !/pass|notapplicable/.test(one))).toEqual([]);
  });

  it('keeps what is stricter', () => {
    const strict = GOOD_HTTP.replace('TLSv1.2 ', '');
    const sites = GOOD.replace('max-age=300', 'max-age=31536000; includeSubDomains');
    const context = contextWith({ http: strict, sites });
    expect(results(context)).toEqual({
      ...all('pass'),
      ...{ ciphers: 'notapplicable', 'own-certificate': 'notapplicable', renewal: 'notapplicable' },
    });
    const proposed = (id: string) => tls.questions.find((one) => one.id === id)?.propose(context).value;
    expect([proposed('tls.level'), proposed('tls.hsts'), proposed('tls.hsts-subdomains')]).toEqual([
      'modern',
      '300',
      false,
    ]);
  });

  it('never spreads what cannot be taken back: each site keeps its own HSTS, the others get the first rung', () => {
    const long = 'max-age=63072000; includeSubDomains; preload';
    const other = GOOD.replaceAll('shop.example', 'other.example').replace(/.*Strict-Transport.*\n/, '');
    const bare = '\n    location /a/ { add_header X-Own 1; }\n}\nserver {\n    listen 80;';
    const sites = GOOD.replace('max-age=300', long).replace('\n}\nserver {\n    listen 80;', bare);
    const context = contextWith({ sites: sites + other });
    const proposed = (id: string) => tls.questions.find((one) => one.id === id)?.propose(context).value;
    expect([proposed('tls.hsts'), proposed('tls.hsts-subdomains'), proposed('tls.hsts-preload')]).toEqual([
      '300',
      false,
      '',
    ]);
    const after = planned(context).changes.find(({ address }) => address === `file:${SITES}`)?.after ?? '';
    expect(after.match(/max-age=[^"]*?(?="| always)/g)).toEqual([long, long, 'max-age=300']);
    const week = {
      sites: sites.replace(long, 'max-age=300; includeSubDomains'),
      answers: { 'tls.hsts': '604800' },
    };
    expect(planned(contextWith(week)).changes[0]?.after).toContain(
      '"max-age=604800; includeSubDomains" always',
    );
  });

  it('cannot tell whose key it is where nobody could compare, or a variable names it', () => {
    const { publicKey: _, ...key } = nginxWith({}).keys[0] ?? { publicKey: '' };
    const untold = nginxWith({}).keys.map((one) => ({ ...one, ...key, publicKey: undefined }));
    const keys = untold.map(({ publicKey: _key, ...one }) => one);
    expect(results(contextWith({ nginx: { keys } }))['certificate-key']).toBe('unknown');
    const sites = GOOD.replace('/etc/ssl/shop.pem', '/etc/ssl/$ssl_server_name.pem');
    expect(results(contextWith({ sites }))['certificate-dates']).toBe('unknown');
  });

  it.each<[string, AnswerValue, RegExp | undefined]>([
    ['level', 'modern', undefined],
    ['level', 'old', /intermediate or modern/],
    ['hsts', '300', undefined],
    ['hsts', '31536000', /one rung after the other/],
    ['hsts-preload', '', undefined],
    ['hsts-preload', 'yes', /the word preload/],
    ['hsts-preload', 'preload', /tls\.hsts=63072000/],
    ['headers', ['X-Frame-Options'], undefined],
    ['headers', ['x-frame-options'], /as they are written here/],
  ])('%s = %o is answered with %s', (id, value, wrong) => {
    const said = tls.questions.find((one) => one.id === `tls.${id}`)?.check?.(value, contextWith({}));
    if (wrong === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(wrong);
  });

  it.each<[RegExp | undefined, Partial<Host>]>([
    [undefined, {}],
    [/there is no certificate at/, { answers: { ...PUT_IN, 'tls.certificate': '/etc/ssl/gone.pem' } }],
    [/that is a private key/, { answers: { ...PUT_IN, 'tls.certificate': `${OTHER}.key` } }],
    [/it expired on/, { other: { certificates: [{ ...OTHER_LEAF, until: NOW - 1 }, ROOT] } }],
    [/is not valid before/, { other: { certificates: [{ ...OTHER_LEAF, from: NOW + 9 }, ROOT] } }],
    [/must come first/, { other: { certificates: [{ ...ROOT, selfSigned: false }, OTHER_LEAF] } }],
    [/did not sign/, { other: { certificates: [{ ...OTHER_LEAF, signedByNext: false }, ROOT] } }],
    [/holds no certificate of/, { other: { certificates: [OTHER_LEAF] } }],
    [/it is self-signed/, { other: { certificates: [{ ...OTHER_LEAF, selfSigned: true }] } }],
    [/has 1024 bits/, { other: { certificates: [{ ...OTHER_LEAF, algorithm: 'rsa', bits: 1024 }, ROOT] } }],
    [/no site has such names/, { other: { certificates: [{ ...OTHER_LEAF, names: ['x.example'] }, ROOT] } }],
  ])('a certificate to put in is answered with %s', (wrong, host) => {
    const context = contextWith({ sites: OTHER_SITE, answers: PUT_IN, ...host });
    const said = tls.questions[0]?.check?.(context.answers.get('tls.certificate') ?? '', context);
    if (wrong === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(wrong);
  });

  it.each<[RegExp | undefined, Partial<Host>]>([
    [undefined, {}],
    [/is needed too/, { answers: { ...PUT_IN, 'tls.key': '' } }],
    [/a key alone/, { answers: { ...PUT_IN, 'tls.certificate': '' } }],
    [/there is no private key at/, { answers: { ...PUT_IN, 'tls.key': '/etc/ssl/gone.key' } }],
    [/is encrypted.*openssl pkey/, { other: { key: { encrypted: true } } }],
    [/public halves differ/, { other: { key: { publicKey: 'f'.repeat(64) } } }],
  ])('its key is answered with %s', (wrong, host) => {
    const context = contextWith({ sites: OTHER_SITE, answers: PUT_IN, ...host });
    const said = tls.questions[1]?.check?.(context.answers.get('tls.key') ?? '', context);
    if (wrong === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(wrong);
  });

  it('refuses modern where it would shut everybody out', () => {
    const context = contextWith({ nginx: { openssl: '1.1.0' } });
    expect(tls.questions.find(({ id }) => id === 'tls.level')?.check?.('modern', context)).toMatch(
      /cannot speak TLS 1\.3/,
    );
  });
});

function planned(context: Context) {
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
const plainly = (plain: string, secure: (text: string) => string = (text) => text) =>
  `${secure(GOOD.slice(0, GOOD.indexOf('server {', 1)))}server {\n    ${plain}\n    root /var/www;\n}\n`;

describe('the redirect', () => {
  const BOTH = 'listen 80; server_name shop.example';
  it.each<[string, RegExp | undefined, Partial<Host>]>([
    ['every name', undefined, { sites: plainly(`${BOTH};`) }],
    [
      'a wildcard',
      undefined,
      {
        sites: plainly(`${BOTH} .shop.example;`, (text) =>
          text.replace('shop.example;', 'shop.example .shop.example;'),
        ),
      },
    ],
    ['one name of two', /www\.shop\.example has no https/, { sites: plainly(`${BOTH} www.shop.example;`) }],
    [
      'a name that the certificate is not for',
      /no certificate that is in date.*for old\.example/,
      {
        sites: plainly(`${BOTH} old.example;`, (text) =>
          text.replace('shop.example;', 'shop.example old.example;'),
        ),
      },
    ],
    [
      'an expired one',
      /no certificate/,
      { sites: plainly(`${BOTH};`), certificates: [{ ...LEAF, until: NOW }, ROOT] },
    ],
    [
      'a self-signed one',
      /no certificate/,
      { sites: plainly(`${BOTH};`), certificates: [{ ...LEAF, selfSigned: true }] },
    ],
    [
      'no name',
      /no name that/,
      { sites: plainly('listen 80; server_name _;', (text) => text.replace('shop.example;', '_;')) },
    ],
    [
      'an internal door',
      /for those who come by ipv4/,
      { sites: plainly(`${BOTH};`, (text) => text.replace('listen 443', 'listen 10.0.0.5:443')) },
    ],
    ['another port', /on port 443/, { sites: plainly(`${BOTH};`, (text) => text.replaceAll('443', '8443')) }],
    [
      'the other family',
      /come by ipv6/,
      { sites: plainly(`listen [::]:80; ${BOTH};`, (text) => text.replace('listen [::]:443 ssl;', '')) },
    ],
    ['a port of programs', /port 8080/, { sites: plainly(`listen 8080; ${BOTH};`) }],
    [
      'a door for itself',
      /this machine itself/,
      { sites: plainly(`listen 127.0.0.1:80; listen 192.0.2.1:80; server_name shop.example;`) },
    ],
  ])('with %s is made only where https is certain to answer', (_, why, host) => {
    const context = contextWith(host);
    const finding = findings(context).find(({ control }) => control === 'tls.redirect');
    const control = tls.controls.find(({ id }) => id === 'tls.redirect');
    const proved = control?.proofs?.(context).some(({ id }) => id.startsWith('tls.redirect.'));
    expect(finding).toMatchObject({ result: 'fail', evidence: [expect.stringMatching(why ?? /itself$/)] });
    expect([control?.remedy?.(context).length, proved]).toEqual(why === undefined ? [2, true] : [0, false]);
  });

  it.each<[string, boolean]>([
    ['', true],
    ['# set_real_ip_from 10.0.0.0/8;', true],
    ['proxy_set_header X-Forwarded-Proto $scheme;', true],
    ['proxy_set_header X-Forwarded-Proto https;', false],
    ['proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;', false],
    ['if ($http_x_forwarded_proto = http) { set $a 1; }', false],
    ['real_ip_header X-Real-IP;', false],
    ['set_real_ip_from 10.0.0.0/8;', false],
    ['listen 81 proxy_protocol;', false],
  ])('is proposed beside "%s": %s', (line, value) => {
    const context = contextWith({
      sites: `${GOOD}server {\n    listen 80;\n    ${line}\n    return 444;\n}\n`,
    });
    const proposal = tls.questions.find(({ id }) => id === 'tls.redirect')?.propose(context);
    expect(proposal?.value).toBe(value);
    expect(proposal?.reason).toMatch(value ? /comes in plain/ : /in circles \(.* in .*default, line 20\)/);
  });
});

describe('the edits', () => {
  it('touch nothing where all is well', () => {
    expect(planned(contextWith({})).changes).toEqual([]);
  });

  it('change a setting where it stands, else in a drop-in of ours, with one check and one reload', () => {
    const http = 'ssl_protocols TLSv1 TLSv1.2; # old\n    server_tokens off;';
    const { changes, unknown: untold } = planned(contextWith({ http }));
    expect(untold).toEqual([]);
    expect(changes.map(({ action, address }) => `${action} ${address}`)).toEqual([
      `update file:${MAIN}`,
      'create file:/etc/nginx/conf.d/portcullis.conf',
      'reload reload:nginx.service',
    ]);
    const text = (path: string) => changes.find(({ address }) => address === `file:${path}`)?.after ?? '';
    expect(text(MAIN)).toContain('    ssl_protocols TLSv1.2 TLSv1.3; # old\n    server_tokens off;\n');
    expect(text('/etc/nginx/conf.d/portcullis.conf')).toMatch(
      /^# Written by portcullis[\s\S]*\nssl_ciphers [^;]+;\nssl_session_tickets off;\n$/,
    );
    expect(changes.at(-1)?.primitives).toEqual([
      { kind: 'validate', checker: 'nginx' },
      { kind: 'unit', name: 'nginx.service', verb: 'reload' },
    ]);
  });

  it('go into the main file where no drop-in is read', () => {
    const context = contextWith({ http: without('tokens'), nginx: { dropIns: false } });
    const [change] = planned(context).changes;
    expect(change?.address).toBe(`file:${MAIN}`);
    expect(change?.after).toContain('    server_tokens off;\n}\n');
  });

  it('give a block that gets its first header those that it was handed down', () => {
    const http = `${GOOD_HTTP}\n    add_header X-Above yes;`;
    const sites = GOOD.replace(/ {4}add_header[^\n]*\n/g, '');
    const [change] = planned(contextWith({ http, sites })).changes;
    expect(change?.after?.match(/add_header .*;/g)).toEqual([
      'add_header X-Above yes;',
      'add_header Strict-Transport-Security max-age=300 always;',
      'add_header X-Content-Type-Options nosniff always;',
      'add_header Referrer-Policy strict-origin-when-cross-origin always;',
      'add_header X-Frame-Options SAMEORIGIN always;',
    ]);
  });

  const SNIPPET = '/etc/nginx/snippets/frame.conf';
  const included = (text: string) =>
    text.replace('add_header X-Frame-Options DENY always;', `include ${SNIPPET};`);
  const framed = { snippet: [SNIPPET, 'add_header X-Frame-Options ALLOWALL always;\n'] } as const;

  it('change a header in the file that brings it, where only this server includes that', () => {
    const { changes } = planned(contextWith({ ...framed, sites: included(GOOD) }));
    expect(changes.map(({ address, after }) => [address, after])).toEqual([
      [`file:${SNIPPET}`, 'add_header X-Frame-Options SAMEORIGIN always;\n'],
      ['reload:nginx.service', undefined],
    ]);
  });

  it.each<[string, RegExp, Host]>([
    [
      'other servers include its file',
      /stands in \/etc\/nginx\/snippets\/frame\.conf, which other servers include/,
      {
        ...framed,
        sites: `${included(GOOD)}server {\n    listen 127.0.0.1:81;\n    include ${SNIPPET};\n}\n`,
      },
    ],
    [
      'it is sent twice',
      /X-Frame-Options is sent more than once/,
      { sites: GOOD.replace('DENY always;', 'DENY always; add_header x-frame-options DENY always;') },
    ],
  ])('leave a header to a person where %s, and prove the others', (_, words, host) => {
    const context = contextWith(host);
    const finding = findings(context).find(({ control }) => control === 'tls.headers');
    expect(finding).toMatchObject({ result: 'fail', evidence: [expect.stringMatching(words)] });
    expect(planned(context).changes).toEqual([]);
    const proofs = tls.controls.find(({ id }) => id === 'tls.headers')?.proofs?.(context) ?? [];
    expect(
      proofs.flatMap(({ check }) => (check.kind === 'http' ? check.headers.map(({ name }) => name) : [])),
    ).toEqual(['X-Content-Type-Options', 'Referrer-Policy']);
  });

  it('mend every fault that has a remedy: on the files as they would be, nothing is left to do', () => {
    for (const [control, , host] of FAULTS) {
      if (
        ['key-file', 'reloaded', 'renewal'].includes(control) ||
        tls.controls.every(({ id, remedy }) => id !== `tls.${control}` || !remedy)
      )
        continue;
      const { changes } = planned(contextWith(host));
      const texts = new Map(changes.map(({ address, after }) => [address.replace('file:', ''), after]));
      const http =
        /http \{\n {4}([\s\S]*?)\n {4}include/.exec(texts.get(MAIN) ?? '')?.[1] ?? host.http ?? GOOD_HTTP;
      const own = (texts.get('/etc/nginx/conf.d/portcullis.conf') ?? '').replace(/^#.*\n/gm, '');
      const sites = texts.get(SITES) ?? host.sites ?? GOOD;
      expect(changes.length, control).toBeGreaterThan(0);
      expect(failing({ ...host, sites, http: `${http}\n${own}` }), control).toEqual([]);
    }
  });

  it('give a plain site all that https takes, at once', () => {
    const context = contextWith({ sites: OTHER_SITE, answers: PUT_IN, other: { key: { mode: '0644' } } });
    const { changes } = planned(context);
    const after = changes.find(({ address }) => address === `file:${SITES}`)?.after ?? '';
    expect(after.startsWith(GOOD)).toBe(true);
    expect(after.slice(GOOD.length)).toBe(
      [
        'server {',
        '    set $portcullis_plain $scheme:$request_uri;',
        '    if ($portcullis_plain ~ ^http:(?!/[.]well-known/acme-challenge/)) {',
        '        return 301 https://$host$request_uri;',
        '    }',
        '    listen 80;',
        '    server_name other.example;',
        '    root /var/www;',
        '    listen 443 ssl;',
        `    ssl_certificate ${OTHER}.pem;`,
        `    ssl_certificate_key ${OTHER}.key;`,
        '    add_header Strict-Transport-Security max-age=300 always;',
        '    add_header X-Content-Type-Options nosniff always;',
        '    add_header Referrer-Policy strict-origin-when-cross-origin always;',
        '    add_header X-Frame-Options SAMEORIGIN always;',
        '}',
        '',
      ].join('\n'),
    );
    expect(changes.map(({ address }) => address)).toContain(`file:${OTHER}.key`);
    const proof = tls.controls.flatMap((control) => control.proofs?.(context) ?? []);
    expect(proof.find(({ id }) => id === 'tls.certificate.other.example.443')?.check).toMatchObject({
      certificate: OTHER_LEAF.fingerprint,
    });
    expect(results(contextWith({ sites: after, answers: PUT_IN, http: GOOD_HTTP }))).toEqual({
      ...{ ...all('pass'), renewal: 'notapplicable' },
    });
  });

  it('have certbot renew by its timer and tell nginx, where nobody does', () => {
    const timer = { enabled: 'disabled', active: 'inactive' };
    const { changes, unknown: untold } = planned(contextWith({ certbot: { timer, hooks: [] } }));
    expect(untold).toEqual([]);
    expect(changes.map(({ action, address }) => `${action} ${address}`)).toEqual([
      'create file:/etc/letsencrypt/renewal-hooks/deploy/portcullis-nginx',
      'start unit:certbot.timer',
    ]);
    expect(changes[0]).toMatchObject({
      after: expect.stringContaining('systemctl reload'),
      title: 'mode 0755, owner 0:0',
    });
  });

  it('close a key to everybody else without reading it', () => {
    const { changes } = planned(contextWith({ key: { mode: '0644' } }));
    expect(changes[0]?.primitives).toEqual([
      { kind: 'set-mode', path: '/etc/ssl/shop.key', mode: '0600', uid: 0, gid: 0 },
    ]);
  });

  it.each<[object, object | undefined]>([
    [{ uid: 33 }, { mode: '0600', uid: 0, gid: 0 }],
    [
      { uid: 33, gid: 110, group: 'ssl-cert', mode: '0640' },
      { mode: '0640', uid: 0, gid: 110 },
    ],
    [
      { uid: 33, gid: 110, group: 'ssl-cert' },
      { mode: '0600', uid: 0, gid: 110 },
    ],
    [{ uid: 33, gid: 34, group: 'git' }, undefined],
    [
      { uid: 33, gid: 34, group: 'git', mode: '0644' },
      { mode: '0600', uid: 33, gid: 34 },
    ],
  ])('give a key %o to root where no other group has it', (key, wanted) => {
    const { changes } = planned(contextWith({ key }));
    expect(changes.flatMap(({ primitives }) => primitives)).toEqual(
      wanted === undefined ? [] : [{ kind: 'set-mode', path: '/etc/ssl/shop.key', ...wanted }],
    );
  });

  it('are not made in a file that is not plain text', () => {
    const context = contextWith({ http: without('tokens') });
    const files = nginxWith({}).looked.files?.map((file) => ({ ...file, sha256: '0'.repeat(64) })) ?? [];
    const nginx = nginxWith({ http: without('tokens'), nginx: { dropIns: false } });
    const readings = {
      ...context.readings,
      nginx: { kind: 'known', value: { ...nginx, looked: { ...nginx.looked, files } } } as const,
    };
    expect(planned({ ...context, readings }).unknown.join()).toMatch(/not plain UTF-8/);
  });
});

describe('the proofs', () => {
  const proofs = (host: Host): readonly Proof[] => {
    const context = contextWith(host);
    const found = tls.controls.flatMap((control) => control.proofs?.(context) ?? []);
    return [...new Map(found.map((proof) => [proof.id, proof])).values()];
  };
  const words = (host: Host) => proofs(host).map(({ title, expect: wanted }) => `${title}: ${wanted}`);

  it('claim from outside what is allowed and what is not, and inside that new processes serve', () => {
    expect(words({})).toEqual([
      'shop.example:443 shows the certificate that stands in its file: works',
      'nginx serves what stands in its files: works',
      'http://shop.example leads to https: works',
      'shop.example:443 refuses TLS 1.0: fails',
      'shop.example:443 refuses TLS 1.1: fails',
      'shop.example:443 speaks TLS 1.2: works',
      'shop.example:443 speaks TLS 1.3: works',
      'https://shop.example/ sends Strict-Transport-Security: works',
      'https://shop.example/ sends X-Content-Type-Options, Referrer-Policy, X-Frame-Options: works',
    ]);
  });

  it('expect of a header what is kept, not what we would have written', () => {
    const sent = proofs({}).find(({ id }) => id.startsWith('tls.headers'))?.check;
    expect(sent).toMatchObject({ headers: [{}, { value: 'same-origin' }, { value: 'DENY' }] });
  });

  it('are made inside alone where this machine cannot look, and not at all where nginx does not run', () => {
    const inside = ['nginx serves what stands in its files: works'];
    expect(words({ answers: { 'tls.outside': false } })).toEqual(inside);
    expect(words({ nginx: { unit: { enabled: 'enabled', active: 'inactive' } } })).toEqual([]);
  });
});

describe('the table of sites', () => {
  it('shows every site as its controls judge it', () => {
    const rows = tls.views?.(contextWith({}))[0]?.rows ?? [];
    expect(rows.map(({ state, cells }) => [state, ...cells])).toEqual([
      [
        'good',
        'shop.example',
        '443 tls',
        'CN=Authority',
        '2027-04-05',
        '1.2 1.3',
        '300 s',
        'closed',
        'not looked',
      ],
      ['good', 'shop.example', '80', 'none', '–', '–', '–', 'to https', 'not looked'],
    ]);
    const bad = tls.views?.(contextWith({ certificates: [{ ...LEAF, until: NOW - 1 }, ROOT] }))[0]?.rows[0];
    expect(bad).toMatchObject({ state: 'bad', notes: [expect.stringContaining('it expired on')] });
  });

  it('tells what the doors said to the machine of the operator', () => {
    const outside = { doors: [{ family: 'ipv4', port: 443, reached: 'silent' }], untried: [] } as const;
    const context = { ...contextWith({}), outside };
    expect(tls.views?.(context)[0]?.rows[0]?.cells.at(-1)).toBe('443 silent');
    expect(tls.doors?.(context)).toContainEqual({ family: 'ipv6', port: 443 });
    expect(tls.questions.find(({ id }) => id === 'tls.outside')?.propose(context).value).toBe(false);
  });
});
