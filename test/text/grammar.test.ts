import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  holdsPrivateKey,
  holdsPublicKey,
  pathGrammar,
  portGrammar,
  shown,
  sourceGrammar,
  userGrammar,
} from '../../src/text/grammar.ts';
import { nearest } from '../../src/text/nearest.ts';

const GRAMMARS = [portGrammar, userGrammar, pathGrammar, sourceGrammar];

test('no value makes a grammar throw or show hidden characters', () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.string({ unit: 'binary' })), (value) => {
      for (const grammar of GRAMMARS) {
        const fault = grammar(value);
        expect(`${fault?.what}${fault?.fix}`).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
      }
    }),
  );
});

describe('sources', () => {
  test('every network that has its host bits clear is accepted, and the proposed one is', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 1, max: 32 }), (address, prefix) => {
        const fault = sourceGrammar(`${address}/${prefix}`);
        const proposed = /did you mean (\S+)\?/.exec(fault?.what ?? '')?.[1];
        if (fault !== undefined) expect(sourceGrammar(proposed)).toBeUndefined();
      }),
    );
  });
  test.each(['192.0.2.7', '192.0.2.0/24', '2001:db8::/32', '::1', '2001:DB8::1/128'])(
    '%s is fine',
    (source) => {
      expect(sourceGrammar(source)).toBeUndefined();
    },
  );
  test.each([
    '0x7f.1',
    '1',
    '127.1',
    '192.0.2.1/33',
    '192.0.2.1/-1',
    '192.0.2.1/',
    '1.2.3.4/8/8',
    'host',
    '',
    ' 1.2.3.4',
  ])('%s is refused', (source) => {
    expect(sourceGrammar(source)).toBeDefined();
  });
});

test('a value is shown on one line of at most 60 characters', () => {
  expect(shown('a'.repeat(100)).length).toBe(60);
  expect(shown('a\nb')).toBe('"a\\nb"');
  expect(shown({ secret: 1 })).toBe('a map');
});

test('keys are known by their armour', () => {
  expect(holdsPrivateKey('x -----BEGIN RSA PRIVATE KEY----- y')).toBe(true);
  expect(holdsPrivateKey('-----BEGIN PUBLIC KEY-----')).toBe(false);
  expect(holdsPublicKey('ssh-ed25519 AAAAC3Nza ana')).toBe(true);
  expect(holdsPublicKey('from="1.2.3.4" sk-ssh-ed25519@openssh.com AAAAG ana')).toBe(true);
  expect(holdsPublicKey('ssh-ed25519 is a key type')).toBe(false);
});

test.each([
  ['paswordAuth', 'passwordAuth'],
  ['Password-Auth', 'passwordAuth'],
  ['prot', 'port'],
  ['zzz', undefined],
])('the nearest word to %s is %s', (word, expected) => {
  expect(nearest(word, ['port', 'passwordAuth', 'users'])).toBe(expected);
});
