// Where a file system knows no links the file is still whole and private, or not there.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type * as Files from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { writeNewPrivate } from '../../src/cli/hand-over/new-file.ts';

const disk = vi.hoisted(() => ({ full: '', synced: [] as string[] }));
vi.mock('node:fs/promises', async (load) => {
  const files = await load<typeof Files>();
  return {
    ...files,
    link: () => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' })),
    open: async (path: string, flags: string, mode?: number) => {
      const file = await files.open(path, flags, mode);
      const sync = file.sync.bind(file);
      file.sync = async () => {
        disk.synced.push(path);
        if (path === disk.full) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        await sync();
      };
      return file;
    },
  };
});

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-linkless-'));
  disk.full = '';
  disk.synced = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('is on the disk under its name before anybody is told', async () => {
  const path = join(folder, 'x');
  await writeNewPrivate(path, Buffer.from('ours'));
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777, readdirSync(folder)]).toEqual([
    'ours',
    0o600,
    ['x'],
  ]);
  expect(disk.synced).toContain(path);
});

it('is not there in half when the disk is full, and what came meanwhile stays', async () => {
  const path = join(folder, 'x');
  disk.full = path;
  await expect(writeNewPrivate(path, Buffer.from('ours'))).rejects.toThrow('ENOSPC');
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(path, 'theirs');
  await expect(writeNewPrivate(path, Buffer.from('ours'))).rejects.toThrow('nothing is overwritten');
  expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual(['theirs', ['x']]);
});
