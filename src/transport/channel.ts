// One long-lived shell that answers framed commands, one at a time. Rules: a command that passes its deadline or floods us
// is ended on the host and the channel stays usable; when the host does not even confirm that, the channel is given up.
// Exit codes above 128 that name a signal are told as `signalled`: that is all a POSIX shell says about it, so a program
// that itself exits with such a code reads the same.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import type { Outcome } from '../model/outcome.ts';
import { type Command, type Input, renderForShell } from '../text/command.ts';
import { Secret } from '../text/secret.ts';
import functions from './channel.sh?raw';
import { type Frame, readFrame } from './frame.ts';
import type { Reached } from './login.ts';
import type { Wire } from './wire.ts';

/** Bytes beyond the limit that are read and dropped before the command is ended; a chatty command may finish. */
const SLACK = 16 * 1024 * 1024;
/** Milliseconds from the polite signal to the hard one, and from there until the channel is given up. */
const PATIENCE = 2_000;
/** Seconds the host's own limit comes after ours. */
const HOST_MARGIN = 5;

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** A shell that takes commands. */
export type Channel = {
  run(it: Command): Promise<Outcome>;
  readonly exchanges: () => number;
  readonly lost: () => boolean;
  close(): Promise<void>;
};

/** 128 random bits, hexadecimal. */
export function makeNonce(): string {
  return randomBytes(16).toString('hex');
}

/** A command that the login brings along for a shell that turns out to be root: one round trip less. */
export type AtOnce = {
  readonly command: Command;
  readonly nonce: string;
  /** For reachRoot(). */
  readonly text: string;
};

export function atOnce(it: Command): AtOnce {
  const nonce = makeNonce();
  const pieces = renderRequest(nonce, it).map((piece) => piece.toString('latin1'));
  return { command: it, nonce, text: [`${functions}\n`, ...pieces].join('') };
}

/**
 * Take over a wire whose far end is a POSIX shell reading stdin (see login.sh). `whyLost` words the end of the wire.
 * `begun`: what the shell does already, with all it has said since; who runs that very command gets its outcome.
 */
export function openChannel(
  wire: Wire,
  whyLost: () => Promise<string>,
  begun?: AtOnce & NonNullable<Reached['said']>,
): Channel {
  let exchanges = 0;
  let givenUp: string | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  wire.listen(undefined);
  if (begun === undefined) wire.write(`${functions}\n`);

  const lose = async (): Promise<Outcome> => ({ kind: 'lost', reason: givenUp ?? (await whyLost()) });
  const giveUp = (reason: string) => {
    givenUp = reason;
    wire.kill();
  };

  const exchange = async (it: Command): Promise<Outcome> => {
    if (givenUp !== undefined || !wire.alive()) return lose();
    exchanges += 1;
    return oneExchange({ wire, it, giveUp, lose });
  };

  let early = begun && {
    command: begun.command,
    outcome: oneExchange({ wire, it: begun.command, giveUp, lose, begun }),
  };
  if (early !== undefined) {
    exchanges += 1;
    queue = early.outcome;
  }

  return {
    run(it) {
      if (it === early?.command) {
        const { outcome } = early;
        early = undefined;
        return outcome;
      }
      const answer = queue.then(() => exchange(it));
      queue = answer.catch(() => undefined);
      return answer;
    },
    exchanges: () => exchanges,
    lost: () => givenUp !== undefined || !wire.alive(),
    async close() {
      wire.end();
      const timer = setTimeout(() => wire.kill(), PATIENCE);
      await wire.ended;
      clearTimeout(timer);
    },
  };
}

type Exchange = {
  readonly wire: Wire;
  readonly it: Command;
  readonly giveUp: (reason: string) => void;
  readonly lose: () => Promise<Outcome>;
  /** Written already. */
  readonly begun?: { readonly nonce: string; readonly stdout: Buffer; readonly stderr: Buffer };
};

function oneExchange({ wire, it, giveUp, lose, begun }: Exchange): Promise<Outcome> {
  const nonce = begun?.nonce ?? makeNonce();
  const request = begun === undefined ? renderRequest(nonce, it) : [];
  const stdout = readFrame(nonce, it.outputLimit);
  const stderr = readFrame(nonce, it.outputLimit);
  return new Promise((resolve) => {
    let why: 'deadline' | 'flood' | undefined;
    const timers = new Set<NodeJS.Timeout>();
    const after = (milliseconds: number, act: () => void) => timers.add(setTimeout(act, milliseconds));
    const settle = (outcome: Outcome | Promise<Outcome>) => {
      for (const timer of timers) clearTimeout(timer);
      wire.listen(undefined);
      resolve(outcome);
    };
    const stop = (reason: 'deadline' | 'flood') => {
      if (why !== undefined) return;
      why = reason;
      wire.write('kill -TERM "$portcullis_job" 2>/dev/null\n');
      after(PATIENCE, () => wire.write('kill -USR1 "$portcullis_job" 2>/dev/null\n'));
      after(2 * PATIENCE, () => {
        giveUp('the host did not confirm that it ended a command that took too long');
        settle(conclude({ it, stdout, stderr, why, code: undefined }));
      });
    };
    const feed = (frame: Frame) => (chunk: Buffer) => {
      frame.push(chunk);
      if (frame.received() > it.outputLimit + SLACK) stop('flood');
      const code = stdout.code();
      if (code !== undefined && stderr.code() !== undefined)
        settle(conclude({ it, stdout, stderr, why, code }));
    };
    const reader = { stdout: feed(stdout), stderr: feed(stderr) };
    wire.listen(reader);
    after(it.deadline, () => stop('deadline'));
    void wire.ended.then(() => settle(lose()));
    for (const piece of request) wire.write(piece);
    if (begun === undefined) return;
    reader.stderr(begun.stderr);
    reader.stdout(begun.stdout);
  });
}

function conclude(it: {
  readonly it: Command;
  readonly stdout: Frame;
  readonly stderr: Frame;
  readonly why: 'deadline' | 'flood' | undefined;
  readonly code: number | undefined;
}): Outcome {
  const stdout = it.stdout.text();
  const stderr = it.stderr.text();
  if (it.why === 'deadline' || (it.code === undefined && it.why === undefined))
    return { kind: 'timedOut', deadline: it.it.deadline, stdout, stderr };
  const truncated = it.stdout.truncated() || it.stderr.truncated();
  const code = it.code ?? 137;
  const signal = code > 128 ? SIGNALS.get(code - 128) : undefined;
  if (signal !== undefined && !truncated) return { kind: 'signalled', signal, stdout, stderr };
  return { kind: 'exited', code, stdout, stderr, truncated };
}

/** The text of one request, as pieces to write in order: command text and stdin are data after it, never arguments. */
function renderRequest(nonce: string, it: Command): readonly (string | Buffer)[] {
  const script = renderForShell(it);
  if (script.includes('\0')) throw new RangeError('a command cannot contain NUL');
  const seconds = Math.ceil(it.deadline / 1000) + HOST_MARGIN;
  return [
    `portcullis_run ${nonce} ${seconds} 8<<'${nonce}s' 9<<'${nonce}i' &\n${script}\n${nonce}s\n`,
    encodeStdin(it.stdin),
    `${nonce}i\nportcullis_job=$!\n`,
  ];
}

/** Base64 in lines: any byte survives, and no shell meets a line longer than it likes. */
function encodeStdin(pieces: readonly Input[]): Buffer {
  const bytes = Buffer.concat(
    pieces.map((piece) => {
      if (piece instanceof Secret) return piece.open();
      return typeof piece === 'string' ? Buffer.from(piece, 'utf8') : Buffer.from(piece);
    }),
  );
  if (bytes.length === 0) return Buffer.alloc(0);
  const encoded = bytes.toString('base64');
  bytes.fill(0);
  return Buffer.from(encoded.replace(/.{1,4096}/g, '$&\n'), 'latin1');
}
