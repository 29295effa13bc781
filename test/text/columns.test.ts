import { expect, test } from 'vitest';
import { columnWidths, GAP } from '../../src/text/columns.ts';

const total = (widths: readonly number[] | undefined) =>
  (widths ?? []).reduce((sum, it) => sum + it, 0) + GAP * ((widths?.length ?? 1) - 1);

test('columns are as wide as their widest text while all have room', () => {
  const rows = [
    ['a', 'bcd'],
    ['xyz', 'u'],
  ];
  expect(columnWidths(rows, { width: 40, least: 8 })).toEqual([3, 3]);
});

test('the widest gives way first, to the last cell', () => {
  const rows = [['name', 'x'.repeat(50), 'y'.repeat(12)]];
  expect(columnWidths(rows, { width: 40, least: 8 })).toEqual([4, 20, 12]);
  for (let width = 4 + 8 + 8 + 2 * GAP; width <= 70; width += 1)
    expect(total(columnWidths(rows, { width, least: 8 }))).toBe(width);
});

test('where nothing would be told any more there is no table', () => {
  const rows = [['name', 'x'.repeat(50), 'y'.repeat(12)]];
  expect(columnWidths(rows, { width: 4 + 8 + 8 + 2 * GAP, least: 8 })).toEqual([4, 8, 8]);
  expect(columnWidths(rows, { width: 4 + 8 + 8 + 2 * GAP - 1, least: 8 })).toBeUndefined();
});

test('wide characters count as they are drawn', () => {
  expect(columnWidths([['漢字', 'a']], { width: 20, least: 8 })).toEqual([4, 1]);
});
