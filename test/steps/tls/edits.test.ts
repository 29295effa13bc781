// What the step's edits make of the files.
import { describe, expect, it } from 'vitest';
import { tls } from '../../../steps/tls.ts';
import { contextWith, GOOD, GOOD_HTTP, MAIN, nginxWith, OTHER, OTHER_LEAF, SITES } from './context.ts';
import {
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
  without,
} from './kit.ts';

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
      ...{ ...all('pass'), ...UNASKED, renewal: 'notapplicable' },
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
