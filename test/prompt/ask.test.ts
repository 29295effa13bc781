import { describe, expect, test } from 'vitest';
import type { TransportQuestion } from '../../src/model/target.ts';
import { askTarget, headlessAsk, terminalAsk } from '../../src/prompt/ask.ts';
import { Secret } from '../../src/text/secret.ts';
import { typing } from './terminal.ts';

const KEY: TransportQuestion = {
  kind: 'host-key',
  host: 'shop',
  type: 'ED25519',
  fingerprint: 'SHA256:right',
};

describe('an unknown host key', () => {
  test.each([
    ['yes\n', 'accept'],
    ['SHA256:right\n', 'accept'],
    ['SHA256:wrong\n', 'decline'],
    ['y\n', 'decline'],
    ['\n', 'decline'],
    ['', 'decline'],
    ['\u0004', 'decline'],
  ])('answered with %j is: %s', async (keys, kind) => {
    const { terminal, seen } = typing(keys);
    expect(await terminalAsk(terminal)(KEY)).toEqual({ kind });
    expect(seen()).toContain('SHA256:right');
  });
});

describe('secrets', () => {
  test.each([
    { kind: 'sudo-password', user: 'ana', host: 'shop' },
    { kind: 'passphrase', prompt: "Enter passphrase for key '/home/ana/.ssh/id'" },
    { kind: 'password', prompt: "ana@shop's password: " },
    { kind: 'prompt', prompt: 'Verification code: ', echo: false },
  ] satisfies TransportQuestion[])('$kind is typed unseen and becomes a Secret', async (question) => {
    const { terminal, seen } = typing('hünter 2\u007f3\n');
    const reply = await terminalAsk(terminal)(question);
    expect(reply.kind).toBe('secret');
    expect(reply.kind === 'secret' && reply.secret.equals(new Secret('hünter 3'))).toBe(true);
    expect(seen()).not.toContain('hünter');
    expect(seen()).toMatch(/[?:] \n$/);
  });

  test('the terminal stops echoing before the prompt can be seen, so that a quick answer is never shown', async () => {
    const { terminal } = typing('secret\n');
    const happened: string[] = [];
    const setRawMode = (on: boolean) => happened.push(on ? 'silent' : 'echo');
    Object.assign(terminal.input, { isTTY: true, setRawMode });
    terminal.output.on('data', (chunk) => happened.push(String(chunk)));
    await terminalAsk(terminal)({ kind: 'password', prompt: 'password:' });
    expect(happened).toEqual(['silent', 'password: ', 'echo', '\n']);
  });

  test('a code that may be seen is asked with echo', async () => {
    const reply = await terminalAsk(typing('123456\n').terminal)({
      kind: 'prompt',
      prompt: 'Code',
      echo: true,
    });
    expect(reply.kind === 'secret' && reply.secret.equals(new Secret('123456'))).toBe(true);
  });

  test('Control-D declines, Control-C interrupts', async () => {
    const asked = (keys: string) =>
      terminalAsk(typing(keys).terminal)({ kind: 'password', prompt: 'password:' });
    expect(await asked('half\u0004')).toEqual({ kind: 'decline' });
    await expect(asked('half\u0003')).rejects.toThrow('interrupted');
  });

  test('what a hostile host asks is shown escaped, on one line', async () => {
    const { terminal, seen } = typing('x\n');
    await terminalAsk(terminal)({ kind: 'password', prompt: '\u001b[2J\nroot@safe password:' });
    expect(seen()).toContain('\\x1b[2J\\nroot@safe password:');
    expect(seen()).not.toContain('\u001b');
  });
});

test('two questions at once are asked one after the other', async () => {
  const { terminal, seen } = typing('first\nsecond\n');
  const ask = terminalAsk(terminal);
  const [one, two] = await Promise.all([
    ask({ kind: 'password', prompt: 'one:' }),
    ask({ kind: 'password', prompt: 'two:' }),
  ]);
  expect(one.kind === 'secret' && one.secret.equals(new Secret('first'))).toBe(true);
  expect(two.kind === 'secret' && two.secret.equals(new Secret('second'))).toBe(true);
  expect(seen()).toBe('one: \ntwo: \n');
});

describe('without a person', () => {
  const asked = async (question: TransportQuestion, acceptHostKey?: string) => {
    const said: string[] = [];
    const ask = headlessAsk({
      say: (line) => said.push(line),
      ...(acceptHostKey === undefined ? {} : { acceptHostKey }),
    });
    return { reply: await ask(question), said: said.join('\n') };
  };
  test('a host key is accepted when it is the expected one, and only then', async () => {
    expect((await asked(KEY, 'SHA256:right')).reply).toEqual({ kind: 'accept' });
    const { reply, said } = await asked(KEY, 'SHA256:other');
    expect(reply).toEqual({ kind: 'decline' });
    expect(said).toContain('--accept-host-key SHA256:right');
  });
  test.each([
    [{ kind: 'sudo-password', user: 'ana', host: 'shop' }, 'sudo'],
    [{ kind: 'passphrase', prompt: 'p' }, '--identity'],
    [{ kind: 'password', prompt: 'p' }, '--identity'],
    [{ kind: 'prompt', prompt: 'Code:', echo: false }, 'use a terminal'],
  ] satisfies [TransportQuestion, string][])('%j is declined and says what to do', async (question, hint) => {
    const { reply, said } = await asked(question);
    expect(reply).toEqual({ kind: 'decline' });
    expect(said).toContain(hint);
  });
  test('a touch needs no answer', async () => {
    expect((await asked({ kind: 'touch', prompt: 'ED25519-SK' })).reply).toEqual({ kind: 'accept' });
  });
});

test('the target is asked with the known machines beside it; a number takes one of them', async () => {
  const known = [
    { target: 'ana@shop', about: 'here yesterday' },
    { target: 'web-1', about: 'in your ssh_config' },
  ];
  const typed = typing(' root@db \n');
  expect(await askTarget(known, typed.terminal)).toBe('root@db');
  expect(typed.seen()).toContain('2. web-1 (in your ssh_config)');
  expect(await askTarget(known, typing('2\n').terminal)).toBe('web-1');
  expect(await askTarget(known, typing('3\n').terminal)).toBe('3');
  expect(await askTarget([], typing('\n').terminal)).toBeUndefined();
});
