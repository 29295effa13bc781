// The searcher searched: a value is found in every form that somebody could read it from, whatever stands before and behind it.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { holdsOne, needlesOf } from '../lab/canary.ts';

const VALUE = 'aZ3+k/9=Qw7 eR5%tY1';
const FORMS: Readonly<Record<string, (value: Buffer) => string>> = {
  'as it is': (value) => value.toString(),
  'in base64': (value) => value.toString('base64'),
  'in base64 for addresses': (value) => value.toString('base64url'),
  'in hex': (value) => value.toString('hex'),
  'in capital hex': (value) => value.toString('hex').toUpperCase(),
  'URL-encoded': (value) => encodeURIComponent(value.toString()),
};

it.each(Object.keys(FORMS))('a value %s is found between anything', (name) => {
  const form = FORMS[name] ?? String;
  fc.assert(
    fc.property(
      fc.string({ minLength: 12, maxLength: 40, unit: 'grapheme-ascii' }),
      fc.string(),
      fc.string(),
      (value, before, behind) => {
        expect(holdsOne(before + form(Buffer.from(value)) + behind, needlesOf(value))).toBe(true);
      },
    ),
  );
});

it.each(['base64', 'base64url'] as const)(
  'a value inside of what is in %s is found at every offset',
  (encoding) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 9 }), (before, behind) => {
        const text = Buffer.concat([before, Buffer.from(VALUE), behind]).toString(encoding);
        expect(holdsOne(text, needlesOf(VALUE))).toBe(true);
      }),
    );
  },
);

it.each([
  ['coloured in the middle', `${VALUE.slice(0, 7)}\u001b[1;31m${VALUE.slice(7)}`],
  ['painted in pieces', `${VALUE.slice(0, 7)}\u001b[K\u001b[3;1H${VALUE.slice(7)}`],
  ['broken at the edge of a window', `│ ${VALUE.slice(0, 9)}\r\n   ${VALUE.slice(9)}`],
  ['behind a title', `\u001b]0;title\u0007${VALUE}`],
])('a value on a terminal is found %s', (_, text) => {
  expect(holdsOne(text, needlesOf(VALUE))).toBe(true);
});

it('what is not there is not found', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'bcdfghjlmnpqsuvxyz0268') }), (text) => {
      expect(holdsOne(text, needlesOf(VALUE))).toBe(false);
    }),
  );
});
