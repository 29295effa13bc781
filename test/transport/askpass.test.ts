import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Ask, Reply } from '../../src/model/session.ts';
import type { TransportQuestion } from '../../src/model/target.ts';
import { Secret } from '../../src/text/secret.ts';
import {
  type Askpass,
  type AskpassAttempt,
  classifyPrompt,
  openAskpass,
} from '../../src/transport/askpass.ts';

let directory = '';
let bridge: Askpass | undefined;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'askpass-test-'));
});
afterEach(() => bridge?.close());
afterAll(() => rm(directory, { recursive: true }));

const secret = (text: string): Reply => ({ kind: 'secret', secret: new Secret(text) });

/** What ssh does: run the program with the prompt as its argument. */
function prompt(attempt: AskpassAttempt, text: string, hint = '') {
  const { SSH_ASKPASS, ...environment } = attempt.environment;
  return execa(SSH_ASKPASS ?? '', [text], {
    env: { ...environment, SSH_ASKPASS_PROMPT: hint },
    reject: false,
    stripFinalNewline: false,
  });
}

async function open(ask: Ask): Promise<Askpass> {
  bridge = await openAskpass(directory, ask);
  return bridge;
}

describe('the askpass bridge', () => {
  test('brings a prompt to the operator and the answer back, on stdout alone', async () => {
    const asked: TransportQuestion[] = [];
    const askpass = await open(async (question) => {
      asked.push(question);
      return secret('ein "Satz" mit ü');
    });
    const result = await prompt(askpass.begin(), "Enter passphrase for key '/home/op/k': ");
    expect(result).toMatchObject({ exitCode: 0, stdout: 'ein "Satz" mit ü\n', stderr: '' });
    expect(asked).toEqual([{ kind: 'passphrase', prompt: "Enter passphrase for key '/home/op/k':" }]);
    expect((await stat(join(directory, 'askpass.sock'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'askpass'))).mode & 0o777).toBe(0o700);
  });

  test('declines when nobody can answer, and knows it', async () => {
    const askpass = await open(async () => ({ kind: 'decline' }));
    const attempt = askpass.begin();
    expect(await prompt(attempt, "ana@web1's password: ")).toMatchObject({ exitCode: 1, stdout: '' });
    expect(attempt.declined()).toBe(true);
  });

  test('never answers a question about a host key', async () => {
    const askpass = await open(async () => ({ kind: 'accept' }));
    const attempt = askpass.begin();
    const text =
      "The authenticity of host 'jump' can't be established.\nAre you sure you want to continue connecting (yes/no/[fingerprint])? ";
    expect(await prompt(attempt, text)).toMatchObject({ exitCode: 1, stdout: '' });
    expect(attempt.jumpHostKey()).toContain('authenticity of host');
  });

  test('remembers an answer that led to a login, for the next process, once', async () => {
    let count = 0;
    const askpass = await open(async () => {
      count += 1;
      return secret(`answer ${count}`);
    });
    const first = askpass.begin();
    await prompt(first, "ana@web1's password: ");
    const unproved = await prompt(askpass.begin(), "ana@web1's password: ");
    expect(unproved.stdout).toBe('answer 2\n');
    first.succeeded();
    const later = askpass.begin();
    expect((await prompt(later, "ana@web1's password: ")).stdout).toBe('answer 1\n');
    expect((await prompt(later, "ana@web1's password: ")).stdout).toBe('answer 3\n');
  });

  test('refuses whoever does not belong to a running ssh', async () => {
    const askpass = await open(async () => secret('x'));
    const attempt = askpass.begin();
    const stranger = { ...attempt, environment: { ...attempt.environment, PORTCULLIS_ATTEMPT: '99' } };
    expect(await prompt(stranger, 'password: ')).toMatchObject({ exitCode: 1, stdout: '' });
  });

  test.each([
    ["Enter passphrase for key '/k': ", '', 'passphrase'],
    ["ana@web1's password: ", '', 'password'],
    ['(ana@web1) Password: ', '', 'password'],
    ['(ana@web1) Verification code: ', '', 'prompt'],
    ['Enter PIN for ED25519-SK key /k: ', '', 'prompt'],
    ['Confirm user presence for key ED25519-SK SHA256:x', 'none', 'touch'],
    ['Allow use of key k?', 'confirm', 'prompt'],
  ])('reads %s (hint %s) as %s', (text, hint, kind) => {
    expect(classifyPrompt(text, hint)?.kind).toBe(kind);
  });

  test('shows nothing of a prompt that could steer a terminal', () => {
    expect(classifyPrompt('\u001b]0;x\u0007Password: ', '')).toEqual({
      kind: 'password',
      prompt: '\\x1b]0;x\\x07Password:',
    });
  });
});
