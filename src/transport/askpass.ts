// The bridge from ssh's prompts to the operator. Rules: ssh never sees our terminal; answers travel over a 0600 socket in a
// 0700 directory only; a question about a host key is always declined here (host-keys.ts alone decides those); an answer
// is remembered for this session, and replayed once per ssh process, so that a second login does not ask again.
import { chmod, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Ask } from '../model/session.ts';
import type { TransportQuestion } from '../model/target.ts';
import { quote } from '../text/command.ts';
import { sanitize } from '../text/sanitize.ts';
import { Secret } from '../text/secret.ts';
import program from './askpass.mjs?raw';

const LONGEST_PROMPT = 16 * 1024;

export type Askpass = {
  /** Environment for one ssh process; `attempt` collects what was asked while it ran. */
  environment(): NodeJS.ProcessEnv;
  /** A new ssh process begins: remembered answers may be used again, once each. */
  begin(): AskpassAttempt;
  close(): Promise<void>;
};

/** What happened at the bridge while one ssh process ran. */
export type AskpassAttempt = {
  readonly declined: () => boolean;
  readonly waiting: () => boolean;
  /** ssh asked whether to trust the key of a jump host; we never do. */
  readonly jumpHostKey: () => string | undefined;
  /** The login worked: answers given meanwhile are worth remembering. */
  succeeded(): void;
};

/** Which question a prompt of ssh is. `undefined`: about a host key. */
export function classifyPrompt(prompt: string, hint: string): TransportQuestion | undefined {
  const shown = sanitize(prompt).trim();
  if (hint === 'none') return { kind: 'touch', prompt: shown };
  if (/authenticity of host|continue connecting|fingerprint/i.test(prompt) && /yes\/no/.test(prompt))
    return undefined;
  if (hint === 'confirm') return { kind: 'prompt', prompt: shown, echo: true };
  if (/^Enter passphrase for /i.test(prompt)) return { kind: 'passphrase', prompt: shown };
  if (/password:?\s*$/i.test(prompt)) return { kind: 'password', prompt: shown };
  return { kind: 'prompt', prompt: shown, echo: false };
}

/** Start the bridge in a private directory. */
export async function openAskpass(directory: string, ask: Ask): Promise<Askpass> {
  const path = join(directory, 'askpass.sock');
  const helper = join(directory, 'askpass.mjs');
  const launcher = join(directory, 'askpass');
  await writeFile(helper, program, { mode: 0o600 });
  await writeFile(
    launcher,
    `#!/bin/sh\nexec ${[process.execPath, helper, path].map(quote).join(' ')} "$1"\n`,
    { mode: 0o700 },
  );
  const remembered = new Map<string, Secret>();
  let attempt = makeAttempt();
  const server: Server = createServer((socket) => void serve(socket));
  const sockets = new Set<Socket>();

  const serve = async (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    const request = await readRequest(socket);
    if (request === undefined) return void socket.end('n');
    const now = attempt;
    const question = classifyPrompt(request.prompt, request.hint);
    if (question === undefined) {
      now.refuseHostKey(sanitize(request.prompt));
      return void socket.end('n');
    }
    now.wait(1);
    const reply = await answer(now, question);
    now.wait(-1);
    if (question.kind === 'touch') return undefined;
    if (reply === undefined) {
      now.decline();
      return void socket.end('n');
    }
    return void socket.end(Buffer.concat([Buffer.from('y'), reply.open()]));
  };

  const answer = async (now: Attempt, question: TransportQuestion): Promise<Secret | undefined> => {
    const key = question.kind === 'host-key' ? '' : 'prompt' in question ? question.prompt : '';
    const known = remembered.get(key);
    if (known && !now.used.has(key)) {
      now.used.add(key);
      return known;
    }
    const reply = await ask(question).catch(() => ({ kind: 'decline' }) as const);
    if (reply.kind === 'accept') return new Secret('');
    if (reply.kind === 'decline') return undefined;
    if (question.kind === 'passphrase' || question.kind === 'password') now.given.set(key, reply.secret);
    return reply.secret;
  };

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  server.unref();
  return {
    environment: () => ({ SSH_ASKPASS: launcher, SSH_ASKPASS_REQUIRE: 'force' }),
    begin() {
      const now = makeAttempt();
      attempt = now;
      return {
        declined: now.declined,
        waiting: now.waiting,
        jumpHostKey: now.jumpHostKey,
        succeeded() {
          for (const [key, secret] of now.given) remembered.set(key, secret);
        },
      };
    },
    async close() {
      for (const secret of remembered.values()) secret.wipe();
      remembered.clear();
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Attempt = ReturnType<typeof makeAttempt>;

function makeAttempt() {
  let declined = false;
  let waiting = 0;
  let jumpHostKey: string | undefined;
  return {
    used: new Set<string>(),
    given: new Map<string, Secret>(),
    decline: () => {
      declined = true;
    },
    wait: (by: number) => {
      waiting += by;
    },
    refuseHostKey: (prompt: string) => {
      jumpHostKey = prompt;
    },
    declined: () => declined,
    waiting: () => waiting > 0,
    jumpHostKey: () => jumpHostKey,
  };
}

function readRequest(socket: Socket): Promise<{ prompt: string; hint: string } | undefined> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('close', () => resolve(undefined));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > LONGEST_PROMPT) return resolve(undefined);
      if (!text.includes('\n')) return;
      const found: unknown = JSON.parse(text.slice(0, text.indexOf('\n')));
      if (typeof found !== 'object' || found === null) return resolve(undefined);
      const { prompt, hint } = found as { prompt?: unknown; hint?: unknown };
      resolve({ prompt: String(prompt ?? ''), hint: String(hint ?? '') });
    });
  });
}
