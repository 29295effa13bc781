// What is asked for is told to be impossible before anything is changed; a file is new, whole and private, or not there at all.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asText } from '../../src/cli/hand-over/as-text.ts';
import { type HandOverOptions, prepareHandOver } from '../../src/cli/hand-over/hand-over.ts';
import { writeNewPrivate } from '../../src/cli/hand-over/new-file.ts';
import { pagesOf } from '../../src/cli/hand-over/pages.ts';
import { Secret } from '../../src/text/secret.ts';

const RECIPIENT = 'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-hand-over-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const made = () => [
  { name: 'DB_PASSWORD', path: '/srv/app/.env', value: new Secret('a1B2c3') },
  { name: 'KEY', path: '/srv/app/key.json', value: new Secret('c2VjcmV0') },
];
const asked = (more: Partial<HandOverOptions & { json: boolean; confirm: 'auto' | 'manual' }>) => ({
  ...({ reveal: false, revealToStdout: false, toAge: [], json: false, confirm: 'auto' } as const),
  ...more,
});

describe('handing over', () => {
  it('is nothing where nobody asked', async () => {
    expect(await prepareHandOver(asked({}), true)).toBeUndefined();
  });

  it.each([
    ['where nothing is made', { revealToStdout: true }, false, 'made now'],
    ['without a terminal', { reveal: true }, true, 'not a terminal'],
    ['in both ways', { reveal: true, revealToStdout: true }, true, 'two ways'],
    ['among events', { revealToStdout: true, json: true }, true, 'among events'],
    [
      'before it is confirmed',
      { revealToStdout: true, confirm: 'manual' },
      true,
      'before they are confirmed',
    ],
    ['for somebody, but nowhere', { toAge: [RECIPIENT] }, true, 'no file to write'],
    ['somewhere, but for nobody', { output: 'x.age' }, true, 'without somebody'],
  ] as const)('is refused %s', async (_, more, changes, words) => {
    await expect(prepareHandOver(asked(more), changes)).rejects.toThrow(words);
  });

  it('is refused before anything is done when the file cannot be written, or somebody mistyped', async () => {
    const there = join(folder, 'there.age');
    writeFileSync(there, 'mine');
    symlinkSync('/nowhere', join(folder, 'link.age'));
    const to = (output: string, word = RECIPIENT) => prepareHandOver(asked({ toAge: [word], output }), true);
    await expect(to(there)).rejects.toThrow('nothing is overwritten');
    await expect(to(join(folder, 'link.age'))).rejects.toThrow('nothing is overwritten');
    await expect(to(join(folder, 'no/x.age'))).rejects.toThrow('ENOENT');
    await expect(to('/proc/x.age')).rejects.toThrow('cannot be written');
    await expect(to(join(folder, 'x.age'), RECIPIENT.replace('zvky', 'zvkz'))).rejects.toThrow('mistyped');
    expect(readFileSync(there, 'utf8')).toBe('mine');
    expect(readdirSync(folder).sort()).toEqual(['link.age', 'there.age']);
  });

  it('writes one encrypted file, for its owner alone, and none where nothing is new', async () => {
    const output = join(folder, 'new.age');
    const handOver = await prepareHandOver(asked({ toAge: [RECIPIENT], output }), true);
    expect(await handOver?.file([], 'shop')).toBeUndefined();
    expect(existsSync(output)).toBe(false);
    expect(await handOver?.file(made(), 'shop')).toBe(
      `2 new values are in ${output}, encrypted; open it with: age -d -i KEY ${output}`,
    );
    const text = readFileSync(output, 'latin1');
    expect(text.startsWith('age-encryption.org/v1\n-> X25519 ')).toBe(true);
    expect(text).not.toMatch(/a1B2c3|DB_PASSWORD/);
    expect(statSync(output).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['new.age']);
    await expect(handOver?.file(made(), 'shop')).rejects.toThrow('nothing is overwritten');
    expect(readFileSync(output, 'latin1')).toBe(text);
  });
});

it('a file that came meanwhile stays as it is, and nothing of ours is left', async () => {
  const path = join(folder, 'x');
  writeFileSync(path, 'theirs');
  await expect(writeNewPrivate(path, Buffer.from('ours'))).rejects.toThrow('nothing is overwritten');
  expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual(['theirs', ['x']]);
});

it('new values are written as a file of an environment, and the host is told with what it may hold', () => {
  const now = new Date('2026-11-22T16:05:00Z');
  expect(asText(made(), { host: 'root@shop\u001b[2J', now }).toString()).toBe(
    `# Secrets of root@shop\\x1b[2J, new since 2026-11-22 16:05 UTC
# DB_PASSWORD stands in /srv/app/.env
# KEY stands in /srv/app/key.json
DB_PASSWORD=a1B2c3
KEY=c2VjcmV0
`,
  );
});

it('values are shown whole on their pages, in their order', () => {
  const entry = (length: number) => ({ name: 'A', path: '/a', length });
  const screen = { rows: 10, columns: 20 };
  expect(pagesOf([entry(32), entry(5), entry(200), entry(5)], screen)).toEqual([[0], [1], [2], [3]]);
  expect(pagesOf([entry(5), entry(5), entry(5)], screen)).toEqual([[0, 1], [2]]);
  expect(pagesOf([entry(5), entry(5), entry(5)], { rows: 40, columns: 80 })).toEqual([[0, 1, 2]]);
});
