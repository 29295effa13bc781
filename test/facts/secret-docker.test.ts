// What Docker says, read: a value is found wherever it stands by itself, and what is not of our shape shows nothing.
import { expect, it } from 'vitest';
import { standsIn } from '../../src/facts/secret-docker.ts';
import { parseSecrets } from '../../src/facts/secrets.ts';
import { readSecretEntry } from '../../src/resources/secret-entry.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const FILE = ['file L3Nydi8uZW52\nfile\n', 'real\n/srv/.env', 'stat\n600 0 0 1 1 root root\n'];
const entries = ['TOKEN in /srv/.env container web', 'WORD in /srv/.env', 'PRICE in /srv/.env'].map(
  (text) => {
    const entry = readSecretEntry(text);
    if (typeof entry === 'string') throw new Error(entry);
    return entry;
  },
);

function look(...parts: readonly string[]) {
  const content = `content\n${base64("TOKEN=s3cr/t+A9\nWORD=test\nPRICE='Ab$cd12'\n")}\n`;
  const stdout = ['now\n1\n', ...FILE, content, 'docker\nread\n', ...parts, 'end\n'];
  const raw = {
    code: 0,
    stdout: stdout.map((part) => `\n@ab ${part}`).join(''),
    stderr: '',
    truncated: false,
  };
  const read = parseSecrets(raw, { entries, key: new Uint8Array(32) });
  if (read.kind !== 'known') throw new Error(read.kind);
  return read.value.sight;
}

const container = (...said: readonly unknown[]) => `container\n${base64(JSON.stringify(said))}\n`;

it.each([
  ['the environment', [[], { Env: ['TOKEN=s3cr/t+A9'] }]],
  ['the command', [['--token', 's3cr/t+A9'], { Env: null }]],
  ['an address, encoded', [[], { Env: ['URL=https://me:s3cr%2Ft%2BA9@host/'] }]],
  ['a label', [[], { Labels: { note: 'token s3cr/t+A9' } }]],
  ['a health check', [[], { Healthcheck: { Test: ['CMD', 'curl', '-u', 'me:s3cr/t+A9'] } }]],
])('a secret in %s of a container is seen', (_, said) => {
  expect(look(container('/web', ...said)).containers).toEqual([{ name: 'web', holds: ['TOKEN'], stale: [] }]);
});

it('another value than the file has is told of the container that was said to use it, and of no other', () => {
  const config = { Env: ['TOKEN=earlier', 'PATH=/bin'] };
  const { containers } = look(container('/web', [], config), container('/other', [], config));
  expect(containers).toEqual([
    { name: 'web', holds: [], stale: ['TOKEN'] },
    { name: 'other', holds: [], stale: [] },
  ]);
});

it('an image is told by its tag or its id, what was built in and what building left in its history', () => {
  const id = `sha256:${'ab12'.repeat(16)}`;
  const image = (tags: readonly string[], config: unknown, history: string) => [
    `image\n${base64(JSON.stringify([tags, id, config]))}\n`,
    `history\n${base64(history)}\n`,
  ];
  const { images } = look(
    ...image(['shop:1', 'shop:latest'], { Env: ['TOKEN=s3cr/t+A9'] }, ''),
    ...image([], null, '|1 TOKEN=s3cr/t+A9 /bin/sh -c make\n'),
    ...image(['clean:latest'], { Env: ['A=latest'] }, '/bin/sh -c make'),
  );
  expect(images).toEqual([
    { name: 'shop:1', holds: ['TOKEN'] },
    { name: 'ab12ab12ab12', holds: ['TOKEN'] },
    { name: 'clean:latest', holds: [] },
  ]);
});

it('a compose file is told when it holds a value, with its mode', () => {
  const file = (path: string, text: string) => [
    `compose ${base64(path)}\n644 0 7 root\n`,
    `composed\n${base64(text)}\n`,
  ];
  const { composed } = look(
    ...file('/srv/compose.yaml', 'environment:\n  TOKEN: "s3cr/t+A9"\n'),
    ...file('/srv/clean.yaml', 'environment:\n  TOKEN: s3cr/t+A9x\n'),
  );
  expect(composed).toEqual([
    { path: '/srv/compose.yaml', mode: '0644', owner: 'root', uid: 0, gid: 7, holds: ['TOKEN'] },
  ]);
});

it.each(['not json', '{}', '[1,2]', 'null', '["/x",{"a":{}},[[]],[]]', ''])(
  '%j shows nothing, stops nothing, and is counted as unseen',
  (text) => {
    const { containers, docker, unseen } = look(
      `container\n${base64(text)}\n`,
      ...[`image\n${base64(text)}\n`, `history\n${base64('')}\n`],
    );
    expect([containers.map(({ holds }) => holds), docker]).toEqual([[[]], 'read']);
    expect(unseen).toEqual({ containers: 1, images: 1, composed: 0 });
  },
);

it('what the host did not look at is counted by kind, and a compose file that is too long', () => {
  const { unseen } = look(
    container('/web', [], {}),
    ...['unseen container 1\n', 'unseen image 1\n', 'unseen image 1\n', 'unseen compose 1\n'],
    `compose ${base64('/srv/long.yaml')}\n644 0 0 root\n`,
    `composed\n${base64('x'.repeat(262_145))}\n`,
  );
  expect(unseen).toEqual({ containers: 1, images: 2, composed: 2 });
});

it('a value whose "$" compose writes twice is seen', () => {
  const { composed } = look(
    `compose ${base64('/srv/compose.yaml')}\n644 0 0 root\n`,
    `composed\n${base64('environment:\n  A: "Ab$$cd12"\n')}\n`,
  );
  expect(composed).toMatchObject([{ holds: ['PRICE'] }]);
});

it.each([
  ['test', 'latest', false],
  ['test', 'my-test', true],
  ['test', 'contest test', true],
  ['abc', 'abc', false],
  ['p@ss', 'A=p@ss', true],
  ['S3cr3t', 'mysqladmin -pS3cr3t ping', true],
  ['S3cr3t', '-pS3cr3t', true],
  ['S3cr3t', 'CMD\t-uroot\t-pS3cr3t', true],
  ['S3cr3t', '-pS3cr3tly', false],
  ['test', '--latest', false],
  ['test', 'la-ltest', false],
  ['test', 'cutlatest -latest x-ptest', false],
])('%j in %j: %s', (value, text, stands) => {
  expect(standsIn(text, value)).toBe(stands);
});
