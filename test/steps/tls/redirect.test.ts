// The way from http to https: where it is safe, and what is edited for it.
import { describe, expect, it } from 'vitest';
import { tls } from '../../../steps/tls.ts';
import { contextWith, GOOD, LEAF, NOW, ROOT } from './context.ts';
import { findings, type Host, plainly } from './kit.ts';

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
