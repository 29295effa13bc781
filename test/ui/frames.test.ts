// Frames as files, at the three sizes that matter, reviewed in the diff. Accept new ones with: npx vitest run test/ui/frames.test.ts -u
// Colour: the same states through Ink, as bytes a terminal gets, in one file; without colour no byte of it is an escape.
import { describe, expect, test } from 'vitest';
import { frame } from '../../src/ui/frame.ts';
import { KEYS } from '../../src/ui/keymap.ts';
import { lineWidth, plainText } from '../../src/ui/lines.ts';
import { placeOf } from '../../src/ui/places.ts';
import { toAscii } from '../../src/ui/theme.ts';
import { Walk } from './drive.ts';
import { throughInk } from './ink.ts';
import { SCENES } from './scenes.ts';

const SIZES = [
  { columns: 60, rows: 16 },
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
] as const;

const WIDE = { columns: 200, rows: 60 };
const scenes = Object.entries(SCENES);

describe.each(SIZES)('at $columns×$rows', (size) => {
  test.each(scenes)('%s', async (name, scene) => {
    await expect(`${scene(size).text()}\n`).toMatchFileSnapshot(
      `frames/${name}.${size.columns}x${size.rows}.golden.txt`,
    );
  });
});

test.each(scenes)('%s fills a large window to its last cell', (_, scene) => {
  const { state } = scene(WIDE);
  const lines = frame(state);
  expect(lines).toHaveLength(state.size.rows - 1);
  for (const line of lines) expect(lineWidth(line)).toBe(state.size.columns);
});

test('every place of the wizard has a scene', () => {
  const shown = new Set(scenes.map(([, scene]) => placeOf(scene({ columns: 80, rows: 24 }).state)));
  expect([...new Set(KEYS.flatMap((it) => it.places))].filter((place) => !shown.has(place))).toEqual([]);
});

test('a smaller window says what it needs and what it has', () => {
  const walk = new Walk({ size: { columns: 59, rows: 16 } }).arrive();
  expect(walk.text().trim().split('\n')).toEqual(['needs 60×16', 'has 59×16']);
});

test.each(scenes)('every character of ours on %s has one ASCII character in its place', (_, scene) => {
  const shown = scene({ columns: 80, rows: 24 }).text();
  const ascii = toAscii(shown.replaceAll('\n', ''));
  expect(ascii).toMatch(/^[\x20-\x7e]*$/);
  // A question mark that was none before is a character without a place in the table.
  expect(ascii.split('?').length, shown).toBe(shown.split('?').length);
});

test('through Ink colour is added to the same text, for each meaning its own', async () => {
  const { state } = SCENES['applying']?.({ columns: 80, rows: 24 }) ?? new Walk();
  const { coloured, bare } = await throughInk(state);
  expect(bare).toBe(plainText(frame(state)));
  await expect(`${coloured.replaceAll('\u001b', '␛')}\n`).toMatchFileSnapshot(
    'frames/applying.colour.golden.txt',
  );
});
