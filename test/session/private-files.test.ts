// What the operator's side keeps between runs: nobody else may write there, and half a record is no record.
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { privateFolder } from '../../src/session/folders.ts';
import { loadOpenRecord, saveOpenRecord } from '../../src/session/open-record.ts';
import { Secret } from '../../src/text/secret.ts';

const handle = { id: '20261122-010203-9f86d081', engine: 'e', nonce: 'n' };
const token = '0123456789abcdef0123456789abcdef';
const record = { handle, hostKey: 'SHA256:shop', step: 'sshd', token, port: 22, proofs: [] };
let state = '';
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'private-files-'));
});
afterEach(() => rm(state, { recursive: true }));

test('a record comes back as it was saved, and only its owner can read it', async () => {
  await saveOpenRecord(state, record);
  const read = await loadOpenRecord(state, handle.id);
  expect(read).toMatchObject({ hostKey: 'SHA256:shop', step: 'sshd', port: 22, proofs: [] });
  expect(read?.token.equals(new Secret(token))).toBe(true);
  expect((await stat(join(state, 'open', `${handle.id}.json`))).mode & 0o777).toBe(0o600);
  expect((await stat(join(state, 'open'))).mode & 0o777).toBe(0o700);
});

test('half a record, at whatever byte it was torn, is no record and no crash', async () => {
  const text = JSON.stringify(record);
  const path = join(await privateFolder(state, 'open'), `${handle.id}.json`);
  for (let length = 0; length < text.length; length += 1) {
    await writeFile(path, text.slice(0, length));
    expect(await loadOpenRecord(state, handle.id), `${length} bytes`).toBeUndefined();
  }
  await writeFile(path, text);
  expect(await loadOpenRecord(state, handle.id)).toBeDefined();
});

test.each([0o777, 0o770, 0o702, 0o1777])(
  'a folder of mode %o is refused with the way to mend it',
  async (mode) => {
    const open = join(state, 'open');
    await mkdir(open);
    for (const folder of [open, state]) {
      await chmod(folder, mode);
      await expect(privateFolder(state, 'open')).rejects.toMatchObject({
        exitCode: 64,
        where: folder,
        message: expect.stringContaining(`mode ${mode.toString(8)}`),
        hints: [expect.stringContaining(`chmod 700 ${folder}`)],
      });
      await chmod(folder, 0o700);
    }
    await expect(privateFolder(state, 'open')).resolves.toBe(open);
  },
);
