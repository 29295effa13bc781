// Claims about certificates that an authority gave, and about their renewal: on files and words made up here; real ones are in test/lab/step-tls-first.whole.test.ts.
import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/model/outcome.ts';
import type { Handshake } from '../../src/model/outside.ts';
import { seeIssued } from '../../src/verify/issued.ts';
import { seeRenewal } from '../../src/verify/renewal.ts';

const folder = mkdtempSync(join(tmpdir(), 'portcullis-issued-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const openssl = (...words: string[]) =>
  execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
const text = (name: string) => readFileSync(join(folder, name), 'utf8');
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

beforeAll(() => {
  for (const ca of ['ca', 'other'])
    openssl(
      'req',
      '-x509',
      ...EC,
      '-keyout',
      `${ca}.key`,
      '-out',
      `${ca}.pem`,
      '-days',
      '30',
      '-subj',
      `/CN=${ca}`,
    );
  openssl('req', '-new', ...EC, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=shop.example');
  writeFileSync(join(folder, 'ext'), 'subjectAltName=DNS:shop.example,DNS:www.shop.example\n');
  openssl(
    'x509',
    '-req',
    '-in',
    'leaf.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-days',
    '10',
    '-extfile',
    'ext',
    '-out',
    'leaf.pem',
  );
});

const said = (stdout: string, code = 0): Outcome => ({
  kind: 'exited',
  code,
  stdout,
  stderr: '',
  truncated: false,
});
const fresh = (outcome: Outcome) => ({ run: async () => outcome });
const web = (shown: Handshake) => ({
  handshake: async () => shown,
  request: async () => ({ kind: 'untold', why: 'x' }) as const,
});
const done = (pem: string): Handshake => ({
  kind: 'done',
  version: 'TLSv1.3',
  certificate: createHash('sha256').update(new X509Certificate(pem).raw).digest('hex'),
});
const NAMES = ['shop.example', 'www.shop.example'];
const see = (file: Outcome, shown: Handshake, names = NAMES) =>
  seeIssued(
    {
      kind: 'issued',
      port: 443,
      name: 'shop.example',
      family: 'ipv4',
      file: '/etc/letsencrypt/live/shop.example/fullchain.pem',
      names,
    },
    { web: web(shown), address: '192.0.2.1', fresh: fresh(file) },
  );

describe('a certificate that an authority gave', () => {
  it('is shown when the handshake shows the first of the file', async () => {
    expect(await see(said(text('leaf.pem') + text('ca.pem')), done(text('leaf.pem')))).toMatchObject({
      holds: true,
      seen: expect.stringContaining('signed by CN=ca'),
    });
  });
  it.each<[string, () => readonly [string, string, (readonly string[])?], RegExp]>([
    [
      'another one is shown',
      () => [text('leaf.pem') + text('ca.pem'), text('ca.pem')],
      /and not [0-9a-f]{16}, which was made/,
    ],
    [
      'it is for other names',
      () => [text('leaf.pem') + text('ca.pem'), text('leaf.pem'), ['shop.example', 'new.example']],
      /not for new\.example/,
    ],
    ['it stands alone', () => [text('leaf.pem'), text('leaf.pem')], /nobody who signed it/],
    [
      'another authority stands behind it',
      () => [text('leaf.pem') + text('other.pem'), text('leaf.pem')],
      /certificate 2 did not sign/,
    ],
    ['it vouches for itself', () => [text('ca.pem'), text('ca.pem'), []], /vouches for itself/],
    ['the file holds none', () => ['', text('leaf.pem')], /holds no certificate/],
  ])('is not where %s', async (_, made, words) => {
    const [file, shown, names] = made();
    expect(await see(said(file), done(shown), names === undefined ? NAMES : [...names])).toMatchObject({
      holds: false,
      seen: expect.stringMatching(words),
    });
  });
  it('is undecided where the file or the site could not be seen, and disproved where the site refuses', async () => {
    const whole = said(text('leaf.pem') + text('ca.pem'));
    expect(await see(said('', 1), done(text('leaf.pem')))).toMatchObject({ holds: undefined });
    expect(await see(whole, { kind: 'untold', why: 'silence' })).toMatchObject({ holds: undefined });
    expect(await see(whole, { kind: 'refused', why: 'alert' })).toMatchObject({ holds: false });
  });
});

describe('a renewal in a dry run', () => {
  const run = (outcome: Outcome) =>
    seeRenewal({ kind: 'renewal', name: 'shop.example', server: '' }, fresh(outcome));
  it.each<[string, Outcome, boolean | undefined, RegExp]>([
    ['goes through', said('ended 0\n'), true, /a dry run renewed shop\.example/],
    [
      'fails',
      said('ended 1\nFailed to renew certificate shop.example with error: \u001b[31mrefused\n'),
      false,
      /did not renew shop\.example: Failed to renew .*refused/,
    ],
    ['does not end', said('ended 124\n'), false, /no end after 120 s/],
    ['could not be begun', said('', 1), undefined, /did not say/],
    ['is cut off', { kind: 'lost', reason: 'cut' }, undefined, /did not say/],
  ])('that %s is told as such', async (_, outcome, holds, words) => {
    const sight = await run(outcome);
    expect(sight).toEqual({ holds, seen: expect.stringMatching(words) });
    expect(sight.seen).not.toContain('\u001b');
  });
});
