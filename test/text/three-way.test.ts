import fc from 'fast-check';
import { expect, test } from 'vitest';
import { threeWayLines } from '../../src/text/three-way.ts';

const drawn = (it: Parameters<typeof threeWayLines>[0]) =>
  threeWayLines(it)?.map(
    ({ before, ours, now, text }) => `${before ? 'B' : '·'}${ours ? 'W' : '·'}${now ? 'N' : '·'} ${text}`,
  );

test('each line says in which of the three it stands', () => {
  expect(
    drawn({
      before: 'Port 22\nPasswordAuthentication yes\n',
      ours: 'Port 22\nPasswordAuthentication no\nMaxAuthTries 2\n',
      now: 'Port 22\nPasswordAuthentication no\nPermitRootLogin yes\n',
    }),
  ).toEqual([
    'BWN Port 22',
    'B·· PasswordAuthentication yes',
    '·WN PasswordAuthentication no',
    '·W· MaxAuthTries 2',
    '··N PermitRootLogin yes',
  ]);
});

test('a line that somebody put back is seen as the one that was there before', () => {
  expect(drawn({ before: 'a\nold\n', ours: 'a\n', now: 'a\nold\n' })).toEqual(['BWN a', 'B·N old']);
});

test('a text that does not exist has no lines', () => {
  expect(drawn({ before: null, ours: 'a\n', now: null })).toEqual(['·W· a']);
  expect(drawn({ before: 'a\n', ours: null, now: null })).toEqual(['B·· a']);
});

test('of whatever texts: the lines of each are there, in their order', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 8 }).map((it) => it.join('\n'));
  fc.assert(
    fc.property(text, text, text, (before, ours, now) => {
      const lines = threeWayLines({ before, ours, now }) ?? [];
      const of = (which: 'before' | 'ours' | 'now') => lines.filter((it) => it[which]).map((it) => it.text);
      const want = (it: string) => (it === '' ? [] : it.replace(/\n$/, '').split('\n'));
      expect(of('ours')).toEqual(want(ours));
      expect(of('before')).toEqual(want(before));
      expect(of('now')).toEqual(want(now));
    }),
  );
});
