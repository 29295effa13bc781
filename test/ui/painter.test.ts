// Lines → bytes: only what changed, each line in its place, and no control but ours.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameLines, onlyColours, paint } from '../../src/ui/painter.ts';

test('what did not change is not sent', () => {
  expect(paint(['a', 'b'], ['a', 'b'])).toBe('');
  expect(paint(['a', 'b'], ['a', 'c'])).toBe('\u001b[?2026h\u001b[2;1Hc\u001b[0m\u001b[K\u001b[?2026l');
});

test('a shorter frame clears what is below it', () => {
  expect(paint(['a', 'b'], ['a'])).toContain('\u001b[2;1H\u001b[J');
});

test('a frame is never taller than the screen less one row', () => {
  expect(frameLines('1\n2\n3\n4', 3)).toEqual(['1', '2']);
});

test('colours pass; no other control does, whatever the bytes', () => {
  expect(onlyColours('\u001b[31mred\u001b[0m\u001b]0;t\u0007\u001b[2J\u009b1m')).toBe(
    '\u001b[31mred\u001b[0m]0;t[2J1m',
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const left = onlyColours(text).replace(/\u001b\[[0-9;]*m/g, '');
      expect(left).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
  );
});
