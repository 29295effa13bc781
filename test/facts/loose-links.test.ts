// Links walked as the look walks them: a link counts only where nobody but root could have made it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import script from '../../src/facts/loose-links.sh?raw';
import { parseSecrets } from '../../src/facts/secrets.ts';
import { readSecretEntry } from '../../src/resources/secret-entry.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'links-'));
  mkdirSync(join(folder, 'real'));
  writeFileSync(join(folder, 'real/.env'), 'A=1\n');
  symlinkSync('/etc/shadow', join(folder, 'config.json'));
  symlinkSync('config.json', join(folder, 'second'));
  symlinkSync('/etc', join(folder, 'conf'));
  symlinkSync('/nowhere', join(folder, 'dangling'));
  symlinkSync('loop', join(folder, 'loop'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const looseOf = (path: string) => {
  const done = spawnSync('/bin/sh', ['-c', `set -u\n${script}\nloose_link "$1"`, 'sh', path], {
    encoding: 'utf8',
  });
  expect([done.status, done.stderr]).toEqual([0, '']);
  return done.stdout;
};

it.each(['config.json', 'second', 'conf/shadow', 'conf/new.env', 'dangling', 'loop', 'real/../config.json'])(
  'a link that others can make is told with its folder: %s',
  (name) => {
    expect(looseOf(join(folder, 'real').replace(/real$/, '') + name)).toBe(folder);
  },
);

it.each(['/proc/self/mounts', '/etc/mtab', '/bin/sh', '/nowhere/at/all', '/'])(
  "what is no link, or is root's, is let be: %s",
  (path) => {
    expect(looseOf(path)).toBe('');
  },
);

it('a file without a link is let be, whoever owns its folder', () => {
  expect(looseOf(join(folder, 'real/.env'))).toBe('');
});

const words = (text: string) => Buffer.from(text).toString('base64');
const entry = readSecretEntry('KEY in /srv/app/config.json postgres app');
const look = (...parts: readonly string[]) => {
  if (typeof entry === 'string') throw new Error(entry);
  const stdout = ['now\n1\n', ...parts, 'end\n'].map((part) => `\n@ab ${part}`).join('');
  const raw = { code: 0, stdout, stderr: '', truncated: false };
  const read = parseSecrets(raw, { entries: [entry], key: new Uint8Array(32) });
  if (read.kind !== 'known') throw new Error(read.kind);
  return read.value.sight;
};

it('such a file is unreadable, with the reason', () => {
  const { files, secrets } = look(
    `file ${words('/srv/app/config.json')}\nloose\n`,
    `folder ${words('/srv/app')}\n`,
  );
  expect(files[0]).toMatchObject({ status: 'unreadable', uid: 0, mode: '0000' });
  expect(secrets[0]?.reason).toContain('a link leads to it from /srv/app, which others than root may change');
});

it('several clusters are told apart from none and from one', () => {
  const of = (said: string) => look(`postgres\n${said}\n`).postgres;
  expect(['several', 'down', 'read', 'absent'].map(of)).toEqual(['several', 'down', 'read', 'absent']);
});
