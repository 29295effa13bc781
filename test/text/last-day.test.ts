import { expect, test } from 'vitest';
import { lastDay } from '../../src/text/last-day.ts';
import { isReason } from '../../src/text/reason.ts';

const NOW = Date.parse('2026-11-22T23:30:00Z');

test.each([
  ['1d', '2026-11-23'],
  ['180d', '2027-05-21'],
  ['730d', '2028-11-21'],
  ['2026-11-22', '2026-11-22'],
  ['2028-02-29', '2028-02-29'],
])('%s is the last day %s', (text, day) => {
  expect(lastDay(text, NOW)).toEqual({ ok: true, day });
});

test.each(['', '0d', '731d', '12h', '6m', 'tomorrow', '2027-02-29', '2027-13-01', '27-01-01', '-1d', '1 d'])(
  '"%s" is no last day, and what is allowed is said',
  (text) => {
    expect(lastDay(text, NOW)).toMatchObject({ ok: false, problem: expect.stringContaining('180d') });
  },
);

test.each([
  ['2026-11-21', 'over already'],
  ['2028-11-23', 'too far away'],
  ['9999-12-31', 'too far away'],
])('%s is a day, but %s', (text, problem) => {
  expect(lastDay(text, NOW)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
});

test.each([
  ['one line', true],
  ['', false],
  ['   ', false],
  ['two\nlines', false],
  ['a\u001b[2Jb', false],
  ['x'.repeat(200), true],
  ['x'.repeat(201), false],
])('%j as a reason: %s', (text, fine) => {
  expect(isReason(text)).toBe(fine);
});
