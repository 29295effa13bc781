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
  /** A new ssh process begins: remembered answers may be used again, once each. */
  begin(): AskpassAttempt;
  close(): Promise<void>;
};

/** What happened at the bridge while one ssh process ran. */
export type AskpassAttempt = {
  /** For the environment of that process. */
  readonly environment: NodeJS.ProcessEnv;
  readonly declined: () => boolean;
  readonly passphraseGiven: () => boolean;
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
  const answers = new Set<Secret>();
  const attempts = new Map<string, Attempt>();
  const server: Server = createServer((socket) => void serve(socket));
  const sockets = new Set<Socket>();

  const serve = async (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    const request = await readRequest(socket);
    const now = attempts.get(request?.attempt ?? '');
    if (request === undefined || now === undefined) return void socket.end('n');
    const question = classifyPrompt(request.prompt, request.hint);
    if (question === undefined) {
      now.refuseHostKey(sanitize(request.prompt));
      return void socket.end('n');
    }
    now.wait(1);
    // For a touch ssh itself ends the helper once it is done, or gives up: there is nothing to answer.
    const reply =
      question.kind === 'touch' ? await untilTouched(socket, question) : await answer(now, question);
    now.wait(-1);
    if (reply === undefined) {
      now.decline();
      return void socket.end('n');
    }
    return void socket.end(Buffer.concat([Buffer.from('y'), reply.open()]));
  };

  const untilTouched = async (socket: Socket, question: TransportQuestion): Promise<Secret | undefined> => {
    const gone = new Promise<undefined>((resolve) => {
      socket.once('close', () => resolve(undefined));
    });
    const reply = await Promise.race([gone, ask(question).catch(() => ({ kind: 'decline' }) as const)]);
    return reply?.kind === 'decline' ? undefined : gone;
  };

  const answer = async (now: Attempt, question: TransportQuestion): Promise<Secret | undefined> => {
    const key = 'prompt' in question ? question.prompt : '';
    const known = remembered.get(key);
    if (known && !now.used.has(key)) {
      now.used.add(key);
      return known;
    }
    const reply = await ask(question).catch(() => ({ kind: 'decline' }) as const);
    now.passphrase ||= question.kind === 'passphrase' && reply.kind === 'secret';
    if (reply.kind === 'accept') return new Secret('');
    if (reply.kind === 'decline') return undefined;
    answers.add(reply.secret);
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
    begin() {
      const now = makeAttempt();
      const id = String(attempts.size + 1);
      attempts.set(id, now);
      return {
        environment: { SSH_ASKPASS: launcher, SSH_ASKPASS_REQUIRE: 'force', PORTCULLIS_ATTEMPT: id },
        declined: now.declined,
        passphraseGiven: () => now.passphrase,
        waiting: now.waiting,
        jumpHostKey: now.jumpHostKey,
        succeeded() {
          for (const [key, secret] of now.given) remembered.set(key, secret);
        },
      };
    },
    async close() {
      for (const secret of answers) secret.wipe();
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
    passphrase: false,
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

type Request = { readonly prompt: string; readonly hint: string; readonly attempt: string };

function readRequest(socket: Socket): Promise<Request | undefined> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('close', () => resolve(undefined));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > LONGEST_PROMPT) resolve(undefined);
      else if (text.includes('\n')) resolve(parseRequest(text.slice(0, text.indexOf('\n'))));
    });
  });
}

/** Undefined for anything our helper would not send. */
function parseRequest(line: string): Request | undefined {
  try {
    const found: { [key: string]: unknown } = Object(JSON.parse(line));
    return {
      prompt: String(found.prompt ?? ''),
      hint: String(found.hint ?? ''),
      attempt: String(found.attempt ?? ''),
    };
  } catch {
    return undefined;
  }
}
