import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { guideWanted, keepGuide } from '../../src/session/guide.ts';

let state = '';
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'portcullis-guide-'));
});
afterEach(async () => {
  await rm(state, { recursive: true });
});

test('who never changed a host from this machine gets plain words', async () => {
  expect(await guideWanted(state)).toBe(true);
  expect(await guideWanted(join(state, 'not there'))).toBe(true);
});

test('who has a recovery card does not', async () => {
  await mkdir(join(state, 'cards'));
  expect(await guideWanted(state)).toBe(true);
  await writeFile(join(state, 'cards', 'one.txt'), '');
  expect(await guideWanted(state)).toBe(false);
});

test('what was said last holds', async () => {
  await keepGuide(state, false);
  expect(await guideWanted(state)).toBe(false);
  await keepGuide(state, true);
  await mkdir(join(state, 'cards'));
  await writeFile(join(state, 'cards', 'one.txt'), '');
  expect(await guideWanted(state)).toBe(true);
});

test('a file that says neither is as good as none', async () => {
  await mkdir(join(state, 'preferences'));
  await writeFile(join(state, 'preferences', 'guide'), 'maybe');
  expect(await guideWanted(state)).toBe(true);
});
