// The password of a first contact. Rules: what the host prompts decides which one it gets: the one that logs in, the old one, or
// the new one; an expired password is changed once; a new one is typed twice, or made here and kept in a private file; none is
// ever shown or logged.
import { randomInt } from 'node:crypto';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EXIT, TargetError, UserError } from '../model/errors.ts';
import type { Ask, Reply } from '../model/session.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { Secret } from '../text/secret.ts';
import type { Wire } from './wire.ts';

const DECLINE: Reply = { kind: 'decline' };
const TYPED_AT_MOST = 3;
const LONGEST = 512;
const PATIENCE = 30_000;
const SAID_AT_MOST = 16 * 1024;

/** What a prompt for a password wants. */
function passwordPrompt(prompt: string): 'login' | 'current' | 'new' {
  if (/re-?type|re-?enter|repeat|again|confirm|\bnew\b/i.test(prompt)) return 'new';
  return /\bcurrent\b|\bold\b/i.test(prompt) ? 'current' : 'login';
}

/** What a host prints when it lets an expired password do nothing but change itself. */
export function saysExpired(lines: readonly string[]): boolean {
  return /password (?:has )?expired|Password change required|required to change your password/i.test(
    lines.join('\n'),
  );
}

export type PasswordBook = {
  /** Asks as before; prompts about a changed password are answered from here. */
  readonly ask: Ask;
  /** Another name that prompts for the same host go by. */
  readonly alsoCalled: (host: string) => void;
  /** Talks with the program that changes an expired password. Rejects with TargetError when it is not changed. */
  readonly change: (open: () => Wire | Promise<Wire>) => Promise<void>;
};

/** `file`: where a password that was made here is kept. `tell`: a line for the person. */
export function passwordBook(it: {
  readonly ask: Ask;
  readonly where: string;
  readonly host: string;
  readonly file: string;
  readonly tell: (text: string) => void;
}): PasswordBook {
  const names = new Set([it.host]);
  let login: Secret | undefined;
  let fresh: Secret | undefined;
  let changing = false;

  const answer: Ask = async (question) => {
    if (question.kind !== 'password') return await it.ask(question);
    const door = /^\(?[^\s@]+@([^\s)']+)/.exec(question.prompt)?.[1];
    // A jump host's prompt: what opens this host, or is in a file for it, is not for that one.
    if (door !== undefined && !names.has(door))
      return await it.ask({ kind: 'prompt', prompt: question.prompt, echo: false });
    const wanted = passwordPrompt(question.prompt);
    if (wanted === 'new') {
      fresh ??= await choose(it);
      return fresh === undefined ? DECLINE : { kind: 'secret', secret: fresh };
    }
    if (wanted === 'current' && login !== undefined) return { kind: 'secret', secret: login };
    if (wanted === 'login' && fresh !== undefined) return { kind: 'secret', secret: fresh };
    // The expired one still opens the way to its own change.
    if (wanted === 'login' && changing && login !== undefined) return { kind: 'secret', secret: login };
    const reply = await it.ask(question);
    if (wanted === 'login' && reply.kind === 'secret') login = reply.secret;
    return reply;
  };

  return {
    ask: answer,
    alsoCalled: (host) => void names.add(host),
    async change(open) {
      changing = true;
      await converse(await open(), answer, it.where);
      changing = false;
    },
  };
}

async function choose(it: Parameters<typeof passwordBook>[0]): Promise<Secret | undefined> {
  const prompt = `New password for ${it.where}:`;
  const empty = `Enter alone: one is made and kept in ${it.file}, which only you can read.`;
  for (let tries = 0; tries < TYPED_AT_MOST; tries += 1) {
    const first = await it.ask({ kind: 'new-secret', of: 'password', prompt, again: false, empty });
    if (first.kind === 'decline') return undefined;
    if (first.kind === 'accept') {
      const made = await passwordInFile(it.file);
      it.tell(`The new password for ${it.where} is in ${it.file}`);
      return made;
    }
    const second = await it.ask({ kind: 'new-secret', of: 'password', prompt, again: true, empty: '' });
    if (second.kind === 'secret' && second.secret.equals(first.secret)) return first.secret;
    it.tell('The two were not the same.');
  }
  return undefined;
}

/** The password in a private file; one that is not there yet is made. Rejects with UserError. */
export async function passwordInFile(path: string): Promise<Secret> {
  const where = sanitizeLine(path);
  const text = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new UserError(`cannot be read: ${error.code ?? 'error'}`, { where, cause: error });
  });
  if (text !== undefined) {
    if (((await stat(path)).mode & 0o077) !== 0)
      throw new UserError('others can read this file', { where, hints: [`chmod 600 ${where}`] });
    const end = text.indexOf(0x0a);
    const secret = new Secret(text.subarray(0, end === -1 ? text.length : end));
    text.fill(0);
    if (secret.length === 0) throw new UserError('its first line is empty', { where });
    return secret;
  }
  const made = makePassword();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.write(made.open());
    await file.write('\n');
    await file.sync();
  } finally {
    await file.close();
  }
  return made;
}

/** 25 characters in groups, of every class that hosts ask for, none that looks like another: more than 128 bits. */
function makePassword(): Secret {
  const letters = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  const group = () => Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('');
  for (;;) {
    const text = Array.from({ length: 5 }, group).join('-');
    if (/[a-z]/.test(text) && /[A-Z]/.test(text) && /[2-9]/.test(text)) return new Secret(text);
  }
}

async function converse(wire: Wire, ask: Ask, where: string): Promise<void> {
  let said = '';
  let tail = '';
  let news = 0;
  let busy: Promise<void> = Promise.resolve();
  let failure: string | undefined;
  const give = async (prompt: string) => {
    const kind = passwordPrompt(prompt);
    news += kind === 'new' ? 1 : 0;
    // Once, and once more to repeat it; a third time means that it was not taken.
    if (news > 2) failure = 'the host does not take this new password';
    const reply = news > 2 ? DECLINE : await ask({ kind: 'password', prompt });
    if (reply.kind !== 'secret') {
      failure ??= 'the new password was not given';
      return wire.kill();
    }
    const bytes = reply.secret.open();
    if (bytes.length > LONGEST || bytes.some((byte) => byte < 0x20 || byte === 0x7f)) {
      failure = 'a password cannot have control characters, nor more than 512 bytes';
      return wire.kill();
    }
    wire.write(bytes);
    wire.write('\n');
  };
  const take = (chunk: Buffer) => {
    const text = chunk.toString('utf8');
    said = `${said}${text}`.slice(-SAID_AT_MOST);
    tail = `${tail}${text}`.slice(-512);
    const prompt = /([^\r\n]*password[^\r\n]*:)\s*$/i.exec(tail)?.[1];
    if (prompt === undefined) return;
    tail = '';
    busy = busy.then(() => give(sanitizeLine(prompt.trim())));
  };
  wire.listen({ stdout: take, stderr: take });
  const timer = setTimeout(() => {
    if (news === 0) wire.kill();
  }, PATIENCE);
  const end = await wire.ended;
  clearTimeout(timer);
  await busy;
  const done = /updated successfully|tokens updated successfully|password changed/i.test(said);
  if (failure === undefined && (done || (news >= 2 && end.code === 0))) return;
  throw new TargetError(failure ?? 'the expired password could not be changed', {
    where,
    evidence: said
      .split(/[\r\n]+/)
      .map((line) => sanitizeLine(line))
      .filter((line) => line.trim() !== '')
      .slice(-10),
    hints: ['log in by hand and change it, then run this again'],
    exitCode: EXIT.unreachable,
  });
}
