import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { safeJson } from '../../src/text/json.ts';
import { sanitize, sanitizeLine } from '../../src/text/sanitize.ts';

/** Any UTF-16 at all, lone surrogates too, with the signs that matter made frequent. */
const hostile = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(
        0x1b,
        0x9b,
        0x07,
        0x7f,
        0x202e,
        0x200b,
        0xfeff,
        0xad,
        0xd800,
        0xdfff,
        0xdb40,
        0xdc41,
        0x0d,
        0x08,
      ),
    ),
    { maxLength: 80 },
  )
  .map((units) => String.fromCharCode(...units));

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
const INVISIBLE = /[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/u;

describe('sanitize', () => {
  test('leaves no control but newline and tab, nothing invisible, and no broken character', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const safe = sanitize(text);
        expect(safe).not.toMatch(CONTROL);
        expect(safe).not.toMatch(INVISIBLE);
        expect(Buffer.from(safe, 'utf8').toString('utf8')).toBe(safe);
      }),
      { numRuns: 500 },
    );
  });

  test('is idempotent', () => {
    fc.assert(fc.property(hostile, (text) => sanitize(sanitize(text)) === sanitize(text)));
  });

  test('leaves ordinary text of any script as it is', () => {
    const text = 'Grüße, 東京 — naïve 👍 строка\n\tπ';
    expect(sanitize(text)).toBe(text);
  });

  test.each([
    ['\u001b[31mred', '\\x1b[31mred'],
    ['\u009b2J', '\\x9b2J'],
    ['a\u202egpj.exe', 'a\\u{202e}gpj.exe'],
    ['\ud800x', '\\u{d800}x'],
    ['over\rwritten', 'over\\x0dwritten'],
    ['\u{e0041}', '\\u{e0041}'],
  ])('%j is shown as %s', (text, shown) => {
    expect(sanitize(text)).toBe(shown);
  });
});

describe('sanitizeLine', () => {
  test('is one line within its limit, whatever it is given', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 50 }), (text, limit) => {
        const line = sanitizeLine(text, limit);
        expect(line).not.toMatch(/[\n\t]/);
        expect(line.length).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

describe('safeJson', () => {
  test('parses back to the same value and holds nothing a terminal would act on', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const json = safeJson({ text, list: [text] });
        expect(JSON.parse(json)).toEqual({ text, list: [text] });
        expect(json).not.toMatch(CONTROL);
        expect(json).not.toMatch(INVISIBLE);
      }),
    );
  });
});
