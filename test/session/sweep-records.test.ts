// What killed runs left in the state folder: gone when the host says so, and only then.
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { privateFolder } from '../../src/session/folders.ts';
import { sweepRecords } from '../../src/session/sweep-records.ts';

const ID = '20261122-010203-9f86d081';
const hostKey = 'SHA256:shop';
/** Above every process id there can be. */
const GONE = 2 ** 30;
let state = '';
let asked = 0;
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'sweep-records-'));
  asked = Date.now();
});
afterEach(() => rm(state, { recursive: true }));

async function left(text: string, name = `${ID}.json`, seconds = -10): Promise<void> {
  const path = join(await privateFolder(state, 'open'), name);
  await writeFile(path, text);
  await utimes(path, asked / 1000 + seconds, asked / 1000 + seconds);
}
const record = (more: object = {}) => JSON.stringify({ hostKey, pid: GONE, ...more });
const names = () => readdir(join(state, 'open'));

test('a record of a dead run is removed once its host holds no such transaction', async () => {
  await left(record());
  await sweepRecords(state, { hostKey, open: ['20261122-010203-00000000'], asked });
  expect(await names()).toEqual([]);
});

test.each([
  ['the host holds it open', record(), [ID]],
  ['it is of another host', record({ hostKey: 'SHA256:other' }), []],
  ['its process runs', record({ pid: process.pid }), []],
  ['its process is not named', record({ pid: undefined }), []],
  ['its host is not named', record({ hostKey: '' }), []],
  ['it is torn', record().slice(0, 20), []],
  ['it is no record', 'null', []],
])('it stays while %s', async (_, text, open) => {
  await left(text);
  await sweepRecords(state, { hostKey, open, asked });
  expect(await names()).toHaveLength(1);
});

test('one that was written after the host was asked stays', async () => {
  await left(record(), `${ID}.json`, 1);
  await sweepRecords(state, { hostKey, open: [], asked });
  expect(await names()).toHaveLength(1);
});

test('a file of another name stays, and no folder is no error', async () => {
  await sweepRecords(join(state, 'none'), { hostKey, open: [], asked });
  await left(record(), 'notes.json');
  await sweepRecords(state, { hostKey, open: [], asked });
  expect(await names()).toEqual(['notes.json']);
});
