// What the step says of a Caddy that is as it should be, and of each thing that may be wrong; what it changes and claims.
import { describe, expect, it } from 'vitest';
import { caddyEditor } from '../../../../src/editors/caddyfile.ts';
import { known, unknown } from '../../../../src/model/outcome.ts';
import { tls } from '../../../../steps/tls.ts';
import { contextOf } from '../../sshd/context.ts';
import { LEAF, NOW, ROOT } from '../context.ts';
import { DAY, findings, planned } from '../kit.ts';
import { CADDY_USER, CADDYFILE, type CaddyHost, caddyContext, caddyWith } from './context.ts';

const resultsOf = (host: CaddyHost) =>
  Object.fromEntries(
    findings(caddyContext(host)).map(({ control, result }) => [control.replace('tls.', ''), result]),
  );
const failing = (host: CaddyHost) =>
  Object.entries(resultsOf(host)).flatMap(([name, result]) => (result === 'fail' ? [name] : []));
const evidence = (host: CaddyHost, control: string) =>
  findings(caddyContext(host))
    .find((one) => one.control === `tls.${control}`)
    ?.evidence.join('; ');
const textAfter = (host: CaddyHost): string =>
  planned(caddyContext(host)).changes.find(({ address }) => address === `file:${CADDYFILE}`)?.after ?? '';

/** Each fault: the control that finds it, words of its evidence, the host, and other controls that fail with it. */
const FAULTS: readonly (readonly [string, RegExp, CaddyHost, (readonly string[])?])[] = [
  ['certificate-dates', /expired on 2027/, { certificates: [{ ...LEAF, until: NOW - DAY }, ROOT] }],
  ['certificate-dates', /not been renewed/, { certificates: [{ ...LEAF, until: NOW + 3 * DAY }, ROOT] }],
  [
    'certificate-names',
    /not for shop\.example/,
    { certificates: [{ ...LEAF, names: ['*.shop.example'] }, ROOT] },
  ],
  ['certificate-chain', /did not sign/, { certificates: [{ ...LEAF, signedByNext: false }, ROOT] }],
  ['certificate-chain', /holds no certificate of CN=Authority/, { certificates: [LEAF] }],
  ['certificate-trust', /self-signed/, { certificates: [{ ...LEAF, selfSigned: true }] }],
  ['certificate-trust', /shop\.example: Caddy signs for it itself/, { file: 'internal' }],
  ['certificate-trust', /nas\.local: Caddy signs for it itself/, { file: 'homeMade' }, ['hsts', 'headers']],
  ['certificate-key', /1024 bits/, { certificates: [{ ...LEAF, algorithm: 'rsa', bits: 1024 }, ROOT] }],
  ['certificate-key', /is not the key of/, { key: { publicKey: 'c'.repeat(64) } }],
  ['certificate-key', /encrypted: Caddy/, { key: { encrypted: true } }],
  ['certificate-key', /is not there/, { key: { exists: false } }],
  ['key-file', /everybody/, { key: { mode: '0644' } }],
  ['key-file', /group git may read/, { key: { mode: '0640', gid: 34, group: 'git' } }],
  ['key-file', /user 33 owns it/, { key: { uid: 33 } }],
  ['key-file', /runs as caddy, who cannot read it/, { key: { mode: '0600', gid: 0, group: 'root' } }],
  ['https', /other\.example is served over plain http only/, { file: 'plainOnly' }],
  ['https', /whatever comes to port 80/, { file: 'catchAll' }],
  ['redirect', /shop\.example answers plain requests itself$/, { file: 'served' }],
  ['redirect', /itself$/, { file: 'some' }],
  ['redirect', /another port than 80/, { file: 'servedPort' }],
  [
    'redirect',
    /no certificate that is in date/,
    { file: 'served', certificates: [{ ...LEAF, until: NOW - DAY }, ROOT] },
    ['certificate-dates'],
  ],
  ['reloaded', /shop\.pem changed/, { caddy: { unserved: ['/etc/ssl/shop.pem'] } }],
  ['reloaded', /gave it by hand/, { caddy: { foreign: true } }],
  ['protocols', /does not speak TLSv1\.3$/, { file: 'oldest' }],
  ['protocols', /may stand in a snippet/, { file: 'snippetTls' }],
  ['protocols', /speaks TLSv1\.2$/, { answers: { 'tls.level': 'modern' } }],
  ['ciphers', /AES_128_CBC_SHA$/, { file: 'weak' }],
  ['hsts', /no good Strict/, { file: 'zero' }],
  ['hsts', /no good Strict/, { answers: { 'tls.hsts': '604800' } }],
  ['headers', /no good Referrer/, { file: 'unsafe' }],
  ['headers', /X-Frame-Options on every answer; a part of the site/, { file: 'handled' }],
  ['headers', /a part of the site/, { file: 'scoped' }],
  ['headers', /is set when the answer goes out/, { file: 'late' }],
  [
    'headers',
    /no good X-Content-Type-Options, Referrer-Policy, X-Frame-Options on every/,
    { file: 'snippet' },
    ['hsts'],
  ],
  ['headers', /its proxy/, { file: 'proxied' }, ['hsts']],
  ['caddy-renewal', /has no certificate: none is named/, { file: 'off' }],
  ['caddy-renewal', /has not got a certificate for shop\.example/, { file: 'automatic' }],
  ['caddy-admin', /at :2019, from whoever/, { file: 'open' }],
  ['caddy-admin', /at 10\.0\.0\.1:2019/, { file: 'openOne' }],
  ['caddy-admin', /at :2020, from whoever/, { caddy: { adminNow: { off: false, listen: ':2020' } } }],
];

describe('the step tls with Caddy', () => {
  it('passes a Caddy as it should be, and knows nothing of one that could not be read', () => {
    const good = resultsOf({});
    expect(new Set(Object.values(good))).toEqual(new Set(['pass', 'notapplicable']));
    expect(Object.keys(good).filter((name) => good[name] === 'notapplicable')).toEqual([
      'renewal',
      'own-certificate',
      'session-tickets',
      'server-tokens',
      'acme-challenge',
      'acme',
      'caddy-renewal',
    ]);
    expect(resultsOf({ file: 'automatic', fetched: ['shop.example'] })['caddy-renewal']).toBe('pass');
    const context = caddyContext({});
    const readings = { ...context.readings, caddy: unknown('cut') };
    const untold = findings({ ...context, readings }).filter(({ result }) => result !== 'notapplicable');
    expect(new Set(untold.map(({ result }) => result))).toEqual(new Set(['unknown']));
  });

  it('passes nothing, and changes nothing, while Caddy does not take its files', () => {
    const host: CaddyHost = {
      file: 'served',
      caddy: { problems: ['Caddy does not take its files: line 3'] },
    };
    expect(Object.values(resultsOf(host))).not.toContain('pass');
    expect(textAfter(host)).toBe('');
  });

  it.each([{ foreign: true }, { unserved: [CADDYFILE] }])(
    'passes nothing from files that are not what is served: %j',
    (caddy) => {
      const now = resultsOf({ caddy });
      expect(Object.values(now)).not.toContain('pass');
      expect([now.reloaded, now['caddy-admin'], now.protocols]).toEqual(['fail', 'unknown', 'unknown']);
      // What it took last says where it takes orders.
      const adminNow = { off: false, listen: 'localhost:2019' };
      expect(resultsOf({ caddy: { ...caddy, adminNow } })['caddy-admin']).toBe('pass');
    },
  );

  it('finds an endpoint that no file tells of by its socket', () => {
    const context = caddyContext({});
    const socket = { protocol: 'tcp', family: 'ipv6', address: '::', port: 2019 } as const;
    const of = (more: { readonly address?: string; readonly unit?: string }) => {
      const one = { ...socket, process: 'caddy', pid: 1, unit: 'caddy.service', ...more };
      const readings = { ...context.readings, listeners: known([one]) };
      return findings({ ...context, readings }).find(({ control }) => control === 'tls.caddy-admin');
    };
    expect(of({})?.evidence.join()).toMatch(/at \[::\]:2019, from whoever/);
    expect(of({ address: '127.0.0.1' })?.result).toBe('pass');
  });

  it.each(FAULTS.map(([control, words, host, others = []]) => [control, words, host, others] as const))(
    'finds %s: %s',
    (control, words, host, others) => {
      expect(new Set(failing(host))).toEqual(new Set([control, ...others]));
      expect(evidence(host, control)).toMatch(words);
    },
  );

  it('lets every control fail somewhere that is about Caddy', () => {
    const about = Object.entries(resultsOf({})).flatMap(([name, result]) =>
      result === 'pass' ? [name] : [],
    );
    expect(new Set(FAULTS.map(([control]) => control))).toEqual(new Set([...about, 'caddy-renewal']));
  });

  it.each([
    'disabled',
    'refused',
    'partly',
    'challenge',
    'matched',
    'newest',
    'long',
    'shut',
    'near',
  ] as const)('finds nothing in "%s"', (file) => {
    expect(failing({ file })).toEqual([]);
  });

  it('takes a key that Caddy itself owns, and one of root where it runs as root', () => {
    expect(failing({ key: { mode: '0600', uid: 996 } })).toEqual([]);
    const user = { name: 'root', uid: 0, groups: [0] };
    expect(failing({ key: { mode: '0600', gid: 0, group: 'root' }, caddy: { user } })).toEqual([]);
  });

  it('says which server it is about where a host has both', () => {
    const host: CaddyHost = { nginx: true, file: 'zero' };
    expect(evidence(host, 'hsts')).toMatch(/^Caddy: shop\.example: no good Strict/);
    expect(evidence(host, 'certificate-dates')).toMatch(/^nginx: .*; Caddy: /);
    expect(evidence(host, 'session-tickets')).not.toMatch(/Caddy/);
  });

  it('shows every site in the view', () => {
    const [view] = tls.views?.(caddyContext({ file: 'plainOnly' })) ?? [];
    expect(view?.rows.map(({ state, cells }) => [state, cells.slice(0, 3).join(' | ')])).toEqual([
      ['good', 'shop.example | 443 tls | CN=Authority'],
      ['bad', 'other.example | 80 | none'],
      ['good', 'shop.example | 80 | none'],
    ]);
    const [none] = tls.views?.(contextOf({ about: 'a host without a web server', as: 'ana' })) ?? [];
    expect(none?.empty).toMatch(/no nginx and no Caddy/);
  });
});

describe('the edits of a Caddyfile', () => {
  it('touch nothing where all is well', () => {
    expect(planned(caddyContext({})).changes).toEqual([]);
  });

  it('leave every byte but theirs, with one check and one reload', () => {
    const { changes, unknown: untold } = planned(caddyContext({ file: 'oldest' }));
    expect(untold).toEqual([]);
    expect(changes.map(({ action, address }) => `${action} ${address}`)).toEqual([
      `update file:${CADDYFILE}`,
      'reload reload:caddy.service',
    ]);
    expect(changes[0]?.after).toBe(changes[0]?.before?.replace('tls1.2 tls1.2', 'tls1.2 tls1.3'));
    expect(changes.at(-1)?.primitives).toEqual([
      { kind: 'validate', checker: 'caddy' },
      { kind: 'unit', name: 'caddy.service', verb: 'reload' },
    ]);
  });

  it('check and reload nothing that does not run', () => {
    const unit = { enabled: 'enabled', active: 'inactive' };
    const fact = caddyWith({ file: 'oldest' });
    const looked = { ...fact.looked, units: { 'caddy.service': unit } };
    const context = caddyContext({ file: 'oldest', caddy: { unit, looked } });
    expect(planned(context).changes.at(-1)?.primitives).toEqual([{ kind: 'validate', checker: 'caddy' }]);
  });

  it('open a block where a directive has none, and keep what stands behind it', () => {
    expect(textAfter({ answers: { 'tls.level': 'modern' } })).toContain(
      '\ttls /etc/ssl/shop.pem /etc/ssl/shop.key {\n\t\tprotocols tls1.3\n\t}   # bought\n',
    );
    const automatic = {
      file: 'automatic',
      fetched: ['shop.example'],
      answers: { 'tls.level': 'modern' },
    } as const;
    expect(textAfter(automatic)).toContain('\trespond "shop"\n\ttls {\n\t\tprotocols tls1.3\n\t}\n}\n');
  });

  it('put headers at the end of the site, where they have the last word, and change those that stand there', () => {
    expect(textAfter({ file: 'unsafe' })).toContain(
      '\theader Referrer-Policy strict-origin-when-cross-origin\n\theader X-Frame',
    );
    expect(textAfter({ file: 'snippet' })).toMatch(
      /\timport lax\n\trespond "shop"\n\theader Strict-Transport-Security max-age=300\n(\theader .*\n){2}\theader X-Frame-Options SAMEORIGIN\n\}/,
    );
    const block = textAfter({ file: 'block' });
    expect(block).toContain('\theader {\n\t\tX-Frame-Options DENY\n\t\t-Server\n\t}\n');
    expect(block).not.toContain('header X-Frame-Options');
    expect(textAfter({ file: 'bare' })).toMatch(
      /^shop\.example\n[\s\S]*\nheader X-Frame-Options SAMEORIGIN\n$/,
    );
  });

  it('keep the longer promise of a site', () => {
    expect(failing({ file: 'long', answers: { 'tls.hsts': '604800' } })).toEqual([]);
  });

  it('send plain requests away before anything is served, but for ACME challenges', () => {
    const text = textAfter({ file: 'served' });
    expect(text).toContain(
      '\tfile_server\n\t@portcullis_plain {\n\t\tprotocol http\n\t\tnot path /.well-known/acme-challenge/*\n\t}\n\tredir @portcullis_plain https://{host}{uri} 301\n}\n',
    );
    expect(caddyEditor.parse(text).ok).toBe(true);
  });

  it.each(['snippetTls', 'handled', 'scoped', 'late', 'servedPort', 'open', 'homeMade'] as const)(
    'make nothing of "%s" that a person must decide',
    (file) => {
      const text = textAfter({ file });
      expect(text).not.toMatch(
        /protocols tls1\.2 tls1\.3|redir @port|header X-Frame-Options SAMEORIGIN\n\trespond|admin localhost/,
      );
      if (file !== 'homeMade') expect(text).toBe('');
    },
  );

  it.each<[string, CaddyHost]>([
    ['takes no orders', { caddy: { admin: { off: true, listen: 'localhost:2019' } } }],
    ['was given a configuration by hand', { caddy: { foreign: true } }],
    ['has its files elsewhere', { caddy: { main: '/srv/Caddyfile' } }],
  ])('do not happen where Caddy %s', (_, host) => {
    for (const file of ['oldest', 'weak', 'zero', 'served'] as const)
      expect(textAfter({ ...host, file })).toBe('');
    expect(evidence({ ...host, file: 'served' }, 'redirect')).toMatch(/nothing is changed there: it/);
  });

  it('close a key to all but the user that Caddy runs as', () => {
    const changes = (key: NonNullable<CaddyHost['key']>) =>
      planned(caddyContext({ key })).changes.flatMap(({ primitives }) => primitives);
    const path = '/etc/ssl/shop.key';
    expect(changes({ mode: '0644', gid: 0, group: 'root' })).toEqual([
      { kind: 'set-mode', path, mode: '0640', uid: 0, gid: 996 },
    ]);
    expect(changes({ mode: '0644', uid: CADDY_USER.uid })).toEqual([
      { kind: 'set-mode', path, mode: '0600', uid: 996, gid: 996 },
    ]);
  });
});

describe('what is claimed of Caddy', () => {
  const claims = (host: CaddyHost) => {
    const context = caddyContext({ ...host, answers: { 'tls.outside': true, ...host.answers } });
    return tls.controls
      .filter(({ applies }) => applies?.(context) !== false)
      .flatMap((control) => control.proofs?.(context) ?? [])
      .map(({ title, expect: wanted }) => `${title}: ${wanted}`);
  };

  it('is what outsiders see of each site, and that it took its files', () => {
    expect([...new Set(claims({}))].sort()).toEqual(
      [
        'Caddy took what stands in its files: works',
        'http://shop.example leads to https: works',
        'https://shop.example/ sends Strict-Transport-Security: works',
        'https://shop.example/ sends X-Content-Type-Options, Referrer-Policy, X-Frame-Options: works',
        'shop.example:443 refuses TLS 1.0: fails',
        'shop.example:443 refuses TLS 1.1: fails',
        'shop.example:443 shows the certificate that stands in its file: works',
        'shop.example:443 speaks TLS 1.2: works',
        'shop.example:443 speaks TLS 1.3: works',
      ].sort(),
    );
  });

  it('leaves out what is left to a person, and all of one that does not run', () => {
    expect(claims({ file: 'snippetTls' }).filter((title) => /TLS 1/.test(title))).toEqual([]);
    expect(claims({ file: 'handled' }).join()).not.toMatch(/Policy, X-Frame-Options/);
    expect(claims({ caddy: { unit: { enabled: 'enabled', active: 'inactive' } } })).toEqual([]);
    const { loaded: _, ...silent } = caddyWith({});
    expect(_).toBeGreaterThan(0);
    expect(silent).not.toHaveProperty('loaded');
  });
});
