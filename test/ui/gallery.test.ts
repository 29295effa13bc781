// The gallery is the scenes, drawn as they are drawn anywhere.
import { expect, test } from 'vitest';
import { gallery, SCENE_NAMES } from './gallery.ts';
import { SCENES } from './scenes.ts';

const NARROW = { columns: 60, rows: 16 };

test('shows every scene once in each size, in its order', async () => {
  const text = await gallery({ sizes: [NARROW, { columns: 80, rows: 24 }], only: [], colour: false });
  const heads = [...text.matchAll(/^=== (\S+), (\d+)×\d+ ===$/gm)].map(([, name, columns]) => [
    name,
    columns,
  ]);
  const wanted = SCENE_NAMES.flatMap((name) =>
    (name === 'small' ? ['59', '59'] : ['60', '80']).map((columns) => [name, columns]),
  );
  expect(heads).toEqual(wanted);
  expect(text).not.toContain('\u001b');
});

test('shows the one that is named, as its frame; in colour the same text', async () => {
  const plain = await gallery({ sizes: [NARROW], only: ['room'], colour: false });
  expect(plain).toBe(`=== room, 60×16 ===\n${SCENES['room']?.(NARROW).text()}\n`);
  const coloured = await gallery({ sizes: [NARROW], only: ['room'], colour: true });
  expect(coloured).toContain('\u001b[32m');
  expect(coloured.replace(/\u001b\[[0-9;]*m| +$/gm, '').replace(/ +$/gm, '')).toBe(plain);
});
