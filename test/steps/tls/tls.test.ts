// What the step says of an nginx that is as it should be, and of each thing that may be wrong; what it claims and shows.
import { describe, expect, it } from 'vitest';
import type { AnswerValue, Proof } from '../../../src/model/control.ts';
import { unknown } from '../../../src/model/outcome.ts';
import { tls } from '../../../steps/tls.ts';
import { contextOf } from '../sshd/context.ts';
import {
  contextWith,
  GOOD,
  GOOD_HTTP,
  LEAF,
  NOW,
  nginxWith,
  OTHER,
  OTHER_LEAF,
  ROOT,
  SITES,
} from './context.ts';
import {
  ALL,
  all,
  FAULTS,
  failing,
  findings,
  type Host,
  OTHER_SITE,
  PUT_IN,
  planned,
  results,
  UNASKED,
} from './kit.ts';

const COMPANIONS: Readonly<Record<string, readonly string[]>> = {
  'own-certificate': ['https', 'redirect', 'hsts', 'headers'],
  acme: ['https', 'redirect', 'hsts', 'headers'],
};

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
      ...{ 'own-certificate': 'notapplicable', renewal: 'notapplicable', ...UNASKED },
    });
    const context = contextWith({ answers: { ...PUT_IN, 'tls.acme': ['shop.example'] }, certbot: {} });
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
    const others = COMPANIONS[control] ?? [];
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
      ...{
        ciphers: 'notapplicable',
        'own-certificate': 'notapplicable',
        renewal: 'notapplicable',
        ...UNASKED,
      },
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
