// The same questions on a real terminal, through inquirer: what the person sees, what they do not, what goes to stdout.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
let folder: string;

beforeAll(async () => {
  // Inside the checkout, so that the bundle finds the libraries it leaves outside.
  folder = mkdtempSync(join(ROOT, 'node_modules/.prompt-test-'));
  const program = `
    import { writeFileSync } from 'node:fs';
    import { terminalAsk } from ${JSON.stringify(join(ROOT, 'src/prompt/ask.ts'))};
    const ask = terminalAsk();
    const replies = [];
    for (const question of JSON.parse(process.argv[2])) {
      const reply = await ask(question);
      replies.push({ kind: reply.kind, length: reply.kind === 'secret' ? reply.secret.length : 0 });
    }
    writeFileSync(process.argv[3], JSON.stringify(replies));
  `;
  writeFileSync(join(folder, 'main.ts'), program);
  await build({
    entryPoints: [join(folder, 'main.ts')],
    outfile: join(folder, 'main.mjs'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Types each answer when its prompt is seen; gives the screen bytes and the replies. */
function converse(
  questions: readonly object[],
  answers: readonly (readonly [string, string])[],
  term: string,
) {
  const result = join(folder, `replies-${Math.random().toString(36).slice(2)}.json`);
  return new Promise<{ seen: string; replies: readonly { kind: string; length: number }[] }>(
    (resolve, reject) => {
      const child = spawn(process.execPath, [join(folder, 'main.mjs'), JSON.stringify(questions), result], {
        cols: 80,
        rows: 24,
        env: { PATH: process.env.PATH ?? '', TERM: term, CI: 'false' },
      });
      let seen = '';
      let from = 0;
      const left = [...answers];
      child.onData((data) => {
        seen += data;
        const [next] = left;
        if (next === undefined) return;
        const at = seen.indexOf(next[0], from);
        if (at === -1) return;
        from = at + next[0].length;
        left.shift();
        child.write(next[1]);
      });
      child.onExit(({ exitCode, signal }) => {
        if (existsSync(result)) resolve({ seen, replies: JSON.parse(readFileSync(result, 'utf8')) });
        else reject(new Error(`ended without replies (exit ${exitCode}, signal ${signal}) after:\n${seen}`));
      });
    },
  );
}

const QUESTIONS = [
  { kind: 'host-key', host: 'shop', type: 'ED25519', fingerprint: 'SHA256:right' },
  { kind: 'sudo-password', user: 'ana', host: 'shop' },
  { kind: 'prompt', prompt: 'Verification code:', echo: true },
  { kind: 'password', prompt: 'password:' },
];

describe.each(['xterm-256color', 'dumb'])('on a terminal that is %s', (term) => {
  test('a key is accepted, a password is typed unseen, a code is seen, Control-D declines', async () => {
    const { seen, replies } = await converse(
      QUESTIONS,
      [
        ['fingerprint you expect:', 'yes\r'],
        ['sudo on shop:', 'hunter2-marker\r'],
        ['Verification code:', '123456\r'],
        ['password:', '\u0004'],
      ],
      term,
    );
    expect(replies).toEqual([
      { kind: 'accept', length: 0 },
      { kind: 'secret', length: 14 },
      { kind: 'secret', length: 6 },
      { kind: 'decline', length: 0 },
    ]);
    expect(seen).not.toContain('hunter2');
    expect(seen).toContain('123456');
    if (term === 'dumb') expect(seen).not.toContain('\u001b');
  });

  const asked = { code: QUESTIONS.slice(2, 3), password: QUESTIONS.slice(3) } as const;
  test.each([
    ['Control-C', 'code', 'SIGINT'],
    ['Control-C', 'password', 'SIGINT'],
    ['SIGTERM', 'code', 'SIGTERM'],
    ['SIGTERM', 'password', 'SIGTERM'],
    ['SIGHUP', 'password', 'SIGHUP'],
  ] as const)('%s at a %s: the terminal is as before, and it ends by %s', async (how, what, signal) => {
    const { seen, told } = await interrupted(asked[what], how, term);
    expect(told, seen).toBe(`${signal} icanon echo`);
    if (term !== 'dumb')
      expect(seen.lastIndexOf('\u001b[?25h')).toBeGreaterThan(seen.lastIndexOf('\u001b[?25l'));
  });
});

const WATCHER = `
  const { execSync, spawn } = require('node:child_process');
  process.on('SIGINT', () => {});
  const child = spawn(process.execPath, process.argv.slice(1), { stdio: 'inherit' });
  console.log('pid ' + child.pid);
  child.on('close', (code, signal) => {
    const modes = execSync('stty -a', { stdio: ['inherit', 'pipe', 'inherit'] }).toString();
    console.log('\\n' + [code ?? signal, ...modes.match(/-?\\b(icanon|echo)\\b/g)].join(' '));
  });
`;

/** Ends the program at its first question; who started it then looks at the terminal. */
function interrupted(questions: readonly object[], how: 'Control-C' | NodeJS.Signals, term: string) {
  const words = [join(folder, 'main.mjs'), JSON.stringify(questions), join(folder, 'none')];
  return new Promise<{ seen: string; told: string }>((resolve) => {
    const child = spawn(process.execPath, ['-e', WATCHER, ...words], {
      cols: 80,
      rows: 24,
      env: { PATH: process.env.PATH ?? '', TERM: term, CI: 'false' },
    });
    let seen = '';
    let done = false;
    child.onData((data) => {
      seen += data;
      const pid = /pid (\d+)/.exec(seen)?.[1];
      if (done || pid === undefined || !/(code|password):/.test(seen)) return;
      done = true;
      if (how === 'Control-C') child.write('\u0003');
      else process.kill(Number(pid), how);
    });
    child.onExit(() => resolve({ seen, told: seen.trimEnd().split('\n').at(-1) ?? '' }));
  });
}
