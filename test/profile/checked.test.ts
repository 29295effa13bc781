// What the build has checked is used for the very same text only.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { loadProfile } from '../../src/profile/load.ts';

const TEXT = 'schema: 1\nid: base\ntitle: T\ndescription: D\nsteps: [sshd]\n';
const CHILD = 'schema: 1\nid: child\ntitle: C\ndescription: D\nextends: base\n';
const built = (id: string, more: object) => ({ schema: 1, id, title: 'as built', description: 'D', ...more });
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'checked-'));
  writeFileSync(join(folder, 'base.yaml'), TEXT);
  writeFileSync(join(folder, 'child.yaml'), CHILD);
  vi.stubGlobal('CHECKED_PROFILES', {
    'base.yaml': { text: TEXT, document: built('base', { steps: ['sshd'] }) },
    'child.yaml': { text: CHILD, document: built('child', { extends: 'base' }) },
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  rmSync(folder, { recursive: true, force: true });
});

test('the text of the build needs no parser', async () => {
  expect((await loadProfile('base', folder)).title).toBe('as built');
  const child = await loadProfile('child', folder);
  expect(child.title).toBe('as built');
  expect(child.steps).toEqual(['sshd']);
});

test('one changed character, and the file is read', async () => {
  writeFileSync(join(folder, 'base.yaml'), TEXT.replace('title: T', 'title: U'));
  expect((await loadProfile('base', folder)).title).toBe('U');
  expect((await loadProfile('child', folder)).title).toBe('C');
});

test('a parent that is gone is told as ever', async () => {
  rmSync(join(folder, 'base.yaml'));
  await expect(loadProfile('child', folder)).rejects.toThrow(/extends "base": no such profile/);
});
