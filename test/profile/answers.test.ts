import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/model/errors.ts';
import { loadAnswers, parseSet, readAnswers } from '../../src/profile/answers.ts';

const QUESTIONS = [
  { id: 'sshd.port', type: 'number' },
  { id: 'sshd.users', type: 'list' },
  { id: 'sshd.forwarding', type: 'boolean' },
  { id: 'sshd.root', type: 'choice' },
] as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'answers-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function load(text: string): Promise<unknown> {
  const path = join(folder, 'a.yaml');
  writeFileSync(path, text);
  return await loadAnswers(path, QUESTIONS).catch((error: unknown) => error);
}

describe('answers files', () => {
  test('flat and nested ids give the same answers', async () => {
    const flat = await load('sshd.port: 2222\nsshd.users: [ana, deploy]\nsshd.forwarding: false\n');
    const nested = await load('sshd:\n  port: 2222\n  users: [ana, deploy]\n  forwarding: false\n');
    expect(flat).toEqual(
      new Map<string, unknown>([
        ['sshd.port', 2222],
        ['sshd.users', ['ana', 'deploy']],
        ['sshd.forwarding', false],
      ]),
    );
    expect(nested).toEqual(flat);
  });
  test('every answer knows its place', () => {
    const { answers } = readAnswers('sshd:\n  port: 2222\n', 'a.yaml');
    expect(answers.get('sshd.port')).toMatchObject({ line: 2, column: 3, value: 2222 });
  });
  test('all problems of a file are listed together', async () => {
    const error = (await load(
      'sshd.prot: 1\nsshd.port: "2222"\nsshd.forwarding: yes\nsshd.users: ["a b"]\nsshd:\n  root: 1\n',
    )) as UserError;
    expect(error).toBeInstanceOf(UserError);
    expect(error.problems.map((it) => it.line)).toEqual(expect.arrayContaining([1, 2, 3, 4, 6]));
    expect(error.message).toContain('did you mean "sshd.port"?');
  });
  test('a number that is not decimal is refused instead of read as another', async () => {
    for (const [spelled, read] of [
      ['0x16', 22],
      ['0o26', 22],
    ] as const) {
      const error = (await load(`sshd.forwarding: true\nsshd.port: ${spelled}\n`)) as UserError;
      expect(error.problems).toEqual([
        {
          file: join(folder, 'a.yaml'),
          line: 2,
          column: 12,
          what: `"${spelled}" would be read as ${read}`,
          allowed: 'decimal numbers',
          fix: `write ${read}, or put the text in quotes`,
        },
      ]);
    }
  });
  test('a secret or a private key is refused and not repeated', async () => {
    const error = (await load(
      'db.password: hunter2\nsshd.users: ["-----BEGIN OPENSSH PRIVATE KEY-----"]\n',
    )) as UserError;
    expect(error.message).toContain('secrets are not read from');
    expect(error.message).toContain('PRIVATE key');
    expect(JSON.stringify(error.problems) + error.message).not.toContain('hunter2');
  });
  test('an empty file and a list are refused', async () => {
    expect(String(await load('# nothing\n'))).toContain('answers file is empty');
    expect(String(await load('- a\n'))).toContain('not a map');
  });
});

describe('--set', () => {
  test.each([
    ['sshd.port=2222', 'sshd.port', 2222],
    ['sshd.users=ana, deploy', 'sshd.users', ['ana', 'deploy']],
    ['sshd.users=', 'sshd.users', []],
    ['sshd.forwarding=no', 'sshd.forwarding', false],
    ['sshd.root=a=b', 'sshd.root', 'a=b'],
  ])('%s is read by the type of its question', (text, id, value) => {
    expect(parseSet(text, QUESTIONS)).toEqual([id, value]);
  });
  test.each([
    ['sshd.port', '"=" is missing'],
    ['=1', '"=" is missing'],
    ['sshd.prot=1', 'no question'],
    ['sshd.port=0', 'is not a port'],
    ['sshd.port=70000', 'is not a port'],
    ['sshd.port=２２', 'not a whole number'],
    ['sshd.port=22 ', 'not a whole number'],
    ['sshd.forwarding=perhaps', 'true or false'],
    ['sshd.users=ana,-rf', 'not a user name'],
    ['sshd.root=-----BEGIN OPENSSH PRIVATE KEY-----', 'PRIVATE key'],
  ])('%s is refused: %s', (text, message) => {
    expect(() => parseSet(text, QUESTIONS)).toThrow(message);
  });
});
