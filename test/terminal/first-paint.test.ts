// The built program in a terminal: what is on the screen while most of it is not loaded yet, and the way back from there.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { open, type Person } from './driver.ts';

const launcher = resolve(import.meta.dirname, '../../bin/portcullis.js');
const folder = mkdtempSync(join(tmpdir(), 'portcullis-first-paint-'));
const log = join(folder, 'loaded');
const go = join(folder, 'go');
const broken = join(folder, 'broken');
const held = join(folder, 'held.mjs');
/** Everything before the first paint: a few small files of ours. The command table alone is larger. */
const SMALL = 40_000;
let person: Person | undefined;

beforeAll(() => {
  // Notes what is loaded, and holds the command table back until it may go on.
  const hook = `import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
export async function load(url, context, next) {
  while (/\\/dist\\/program-/.test(url) && !existsSync(${JSON.stringify(go)})) await sleep(20);
  if (/\\/dist\\/program-/.test(url) && existsSync(${JSON.stringify(broken)})) throw new Error('half a program');
  if (url.includes('/dist/')) appendFileSync(${JSON.stringify(log)}, url + '\\n');
  return next(url, context);
}`;
  writeFileSync(join(folder, 'hook.mjs'), hook);
  const register = `import { register } from 'node:module';
register(${JSON.stringify(pathToFileURL(join(folder, 'hook.mjs')).href)});`;
  writeFileSync(held, register);
});
afterEach(() => {
  person?.close();
  rmSync(log, { force: true });
  rmSync(go, { force: true });
  rmSync(broken, { force: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function sits(words: readonly string[], environment: Record<string, string> = {}): Promise<Person> {
  person = await open(launcher, {
    columns: 100,
    words,
    patience: 60_000,
    environment: { HOME: folder, XDG_STATE_HOME: folder, ...environment },
  });
  return person;
}

const heldBack = { NODE_OPTIONS: `--import=${pathToFileURL(held).href}` };

test('title, mode and host are on the screen before the command table is loaded, and the wizard goes on from there', async () => {
  const at = await sits(['--dry-run'], heldBack);
  await at.shows('○ DRY RUN');
  expect(at.alternate()).toBe(true);
  const files = readFileSync(log, 'utf8').trim().split('\n');
  const texts = files.map((url) => readFileSync(fileURLToPath(url), 'utf8'));
  expect(texts.join('').length).toBeLessThan(SMALL);
  writeFileSync(go, '');
  await at.shows('Which host');
  expect(at.screen()).toContain('○ DRY RUN');
  expect(at.bytes().split('\u001b[?1049h')).toHaveLength(2);
  await at.press('ctrl-c');
  await at.exits();
  expect(at.alternate()).toBe(false);
});

test('a signal while most is not loaded gives the terminal back', async () => {
  const at = await sits(['harden', 'ana@shop.example.com'], heldBack);
  await at.shows('Connecting to ana@shop.example.com');
  at.kill('SIGTERM');
  expect(await at.exits()).toBe(143);
  expect(at.alternate()).toBe(false);
  expect(at.bytes()).toContain('\u001b[?25h');
});

test('a program that cannot be loaded whole says so on the normal screen', async () => {
  const at = await sits(['shop.example.com'], heldBack);
  await at.shows('Connecting to shop.example.com');
  writeFileSync(broken, '');
  writeFileSync(go, '');
  expect(await at.exits()).toBe(1);
  expect(at.screen()).toContain('half a program');
  expect(at.alternate()).toBe(false);
});

test.each([
  [['shop.example.com', '--lightly'], "unknown option '--lightly'", 64],
  [['shop.example.com', '--lease', '1h'], 'A lease is', 64],
])('after %j was painted its mistake is told on the normal screen', async (words, told, code) => {
  const at = await sits(words);
  expect(await at.exits()).toBe(code);
  expect(at.bytes().indexOf('\u001b[?1049h')).toBeGreaterThanOrEqual(0);
  expect(at.bytes().indexOf('\u001b[?1049l')).toBeLessThan(at.bytes().indexOf(told));
  expect(at.screen()).toContain(told);
  expect(at.alternate()).toBe(false);
});

test.each<[string, string[], Record<string, string>]>([
  ['help was asked for', ['shop.example.com', '--help'], {}],
  ['a command was named', ['explain'], {}],
])('nothing is painted when %s', async (_when, words, environment) => {
  const at = await sits(words, environment);
  expect(await at.exits()).toBe(0);
  expect(at.bytes()).not.toContain('\u001b[?1049h');
});

test.each(['false', '0', '', 'False'])('CI=%j is no CI: the full screen', async (ci) => {
  const at = await sits([], { CI: ci });
  await at.shows('Which host');
  expect(at.alternate()).toBe(true);
  await at.press('ctrl-c');
  expect(await at.exits()).toBe(130);
});

test.each<[string, string[], Record<string, string>]>([
  ['lines are wanted', ['--plain'], {}],
  ['the terminal is dumb', [], { TERM: 'dumb' }],
  ['a screen reader listens', [], { INK_SCREEN_READER: 'true' }],
  ['a CI runs it', [], { CI: '1' }],
])('questions come in lines and nothing is painted when %s', async (_when, words, environment) => {
  const at = await sits(words, environment);
  await at.shows('host');
  at.kill('SIGTERM');
  await at.exits();
  expect(at.bytes()).not.toContain('\u001b[?1049h');
});
