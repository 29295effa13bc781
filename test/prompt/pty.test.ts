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
  test('a key is accepted, a password is typed unseen, a code is seen, Control-C declines', async () => {
    const { seen, replies } = await converse(
      QUESTIONS,
      [
        ['fingerprint you expect:', 'yes\r'],
        ['sudo on shop:', 'hunter2-marker\r'],
        ['Verification code:', '123456\r'],
        ['password:', '\u0003'],
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
});
