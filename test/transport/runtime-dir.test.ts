// The private directory of a session, and what it sweeps away: dead ones of ours, nothing else.
import { existsSync } from 'node:fs';
import { chmod, chown, lstat, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeRuntimeDirectory } from '../../src/transport/runtime-dir.ts';

let base = '';
let server: Server | undefined;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'rt-'));
});
afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(base, { recursive: true });
});

/** A session's directory as a killed process left it. */
async function leftBehind(name: string): Promise<string> {
  const path = join(base, name);
  await mkdir(path, { mode: 0o700 });
  await writeFile(join(path, 'log-1'), 'x');
  await age(path);
  return path;
}
const age = (path: string) => utimes(path, Date.now() / 1000 - 3600, Date.now() / 1000 - 3600);

/** One session from beginning to end. */
async function session(): Promise<void> {
  const made = await makeRuntimeDirectory({ XDG_RUNTIME_DIR: base });
  expect(made.path.startsWith(join(base, 'portcullis-run-'))).toBe(true);
  expect((await lstat(made.path)).mode & 0o777).toBe(0o700);
  await made.remove();
  expect(existsSync(made.path)).toBe(false);
}

const listen = (path: string) =>
  new Promise<Server>((resolve) => {
    const made: Server = createServer((socket) => socket.destroy()).listen(path, () => resolve(made));
  });

test('a dead session is swept, with a socket that nobody listens on or with none', async () => {
  const bare = await leftBehind('portcullis-run-aaaaaa');
  const dead = await leftBehind('portcullis-run-bbbbbb');
  // A file in its place refuses as a socket of a dead process does.
  await writeFile(join(dead, 'askpass.sock'), '');
  await age(dead);
  await session();
  expect(existsSync(bare)).toBe(false);
  expect(existsSync(dead)).toBe(false);
});

test('a living one stays, and so does one that has just begun', async () => {
  const living = await leftBehind('portcullis-run-cccccc');
  server = await listen(join(living, 'askpass.sock'));
  await age(living);
  const young = join(base, 'portcullis-run-dddddd');
  await mkdir(young, { mode: 0o700 });
  await session();
  expect(existsSync(living)).toBe(true);
  expect(existsSync(young)).toBe(true);
});

test('a link, a directory others can enter, another name: nothing of it is touched', async () => {
  const precious = join(base, 'precious');
  await mkdir(precious, { mode: 0o700 });
  await writeFile(join(precious, 'file'), 'x');
  await age(precious);
  await symlink(precious, join(base, 'portcullis-run-eeeeee'));
  const wide = await leftBehind('portcullis-run-ffffff');
  await chmod(wide, 0o755);
  const other = await leftBehind('portcullis-demo-gggggg');
  await session();
  expect(existsSync(join(precious, 'file'))).toBe(true);
  expect((await lstat(join(base, 'portcullis-run-eeeeee'))).isSymbolicLink()).toBe(true);
  expect(existsSync(wide)).toBe(true);
  expect(existsSync(other)).toBe(true);
});

test('where others may rename what is ours nothing is swept', async () => {
  const dead = await leftBehind('portcullis-run-hhhhhh');
  await chmod(base, 0o777);
  await session();
  expect(existsSync(dead)).toBe(true);
  await chmod(base, 0o1777);
  await session();
  expect(existsSync(dead)).toBe(false);
});

test.skipIf(process.getuid?.() !== 0)('what another user made stays', async () => {
  const theirs = await leftBehind('portcullis-run-iiiiii');
  await chown(theirs, 12345, 12345);
  await session();
  expect(existsSync(theirs)).toBe(true);
});
