import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut, pad, table, widthOf, wrap } from '../../src/text/wrap.ts';

const graphemes = fc.string({ unit: 'grapheme', maxLength: 120 }).filter((it) => !/\p{C}/u.test(it));

describe('wrap', () => {
  test('no line is wider than asked, and no word is lost', () => {
    fc.assert(
      fc.property(graphemes, fc.integer({ min: 12, max: 80 }), (text, width) => {
        const lines = wrap(text, { width, indent: '  ' });
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(/[ \t]/g, '')).toBe(text.replaceAll(/[ \t]/g, ''));
      }),
    );
  });
  test('white space that is no blank stays, at the end of a line too', () => {
    expect(wrap('\u3000', { width: 12, indent: '  ' })).toEqual(['  \u3000']);
    expect(wrap('a\u00a0 ', { width: 12 })).toEqual(['a\u00a0']);
  });
  test('wide characters count twice', () => {
    expect(wrap('東京東京東京 東京', { width: 12 })).toEqual(['東京東京東京', '東京']);
  });
  test('the first line may be led differently', () => {
    expect(wrap('one two three', { width: 12, first: '- ', indent: '  ' })).toEqual(['- one two', '  three']);
  });
});

test('pad and cut work in columns', () => {
  expect(pad('東', 4)).toBe('東  ');
  expect(pad('long', 2)).toBe('long');
  expect(cut('東京東京', 5)).toBe('東京…');
  expect(cut('short', 5)).toBe('short');
});

test('a table aligns by columns and does not trail spaces', () => {
  expect(
    table([
      ['a', '東京', 'x'],
      ['bbb', 'c', 'y'],
      ['d', '', ''],
    ]),
  ).toEqual(['a    東京  x', 'bbb  c     y', 'd']);
});
