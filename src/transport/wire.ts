// The three pipes of a child process as one thing. Rules: both outputs are always read, so that nothing ever blocks on us;
// bytes nobody asked for are dropped; the end of the process is told exactly once.
import { spawn } from 'node:child_process';

/** Milliseconds to read what is left in the pipes after the program has ended. */
const DRAIN = 500;

/** A running child process with byte pipes. */
export type Wire = {
  /** Who reads now. Replaced as a whole; undefined drops everything. */
  listen(reader: WireReader | undefined): void;
  /** Write to the child's stdin; false once it is gone. */
  write(bytes: string | Buffer): boolean;
  /** Resolves when the child has ended and its outputs are drained. */
  readonly ended: Promise<WireEnd>;
  readonly alive: () => boolean;
  /** Close stdin: the polite way to end. */
  end(): void;
  kill(): void;
};

/** A wire to a program of ours. */
export type ProgramWire = Wire & {
  /** Ask the program to end now (SIGTERM). */
  hangUp(): void;
};

export type WireReader = {
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr: (chunk: Buffer) => void;
};

export type WireEnd = {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** Why the program could not be started, when it could not. */
  readonly failure: string | undefined;
};

/** Start a program without a shell and without our terminal: a session of its own, so that Ctrl-C does not reach it. */
export function startWire(
  file: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): ProgramWire {
  const child = spawn(file, args, { stdio: 'pipe', detached: true, env: environment });
  let reader: WireReader | undefined;
  let alive = true;
  const gone = () => {
    alive = false;
  };
  child.stdin.on('error', gone);
  child.stdout.on('error', gone);
  child.stderr.on('error', gone);
  child.stdout.on('data', (chunk: Buffer) => reader?.stdout(chunk));
  child.stderr.on('data', (chunk: Buffer) => reader?.stderr(chunk));
  const ended = new Promise<WireEnd>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      alive = false;
      resolve({ code: undefined, signal: undefined, failure: `${file}: ${error.code ?? error.message}` });
    });
    child.once('exit', (code, signal) => {
      alive = false;
      const end = { code: code ?? undefined, signal: signal ?? undefined, failure: undefined };
      // A grandchild may hold the pipes after the program itself is gone: its output is not waited for. The timer goes
      // when it is not needed, or it would keep this process from ending.
      const drained = setTimeout(() => resolve(end), DRAIN);
      child.once('close', () => {
        clearTimeout(drained);
        resolve(end);
      });
    });
  });
  return {
    listen: (next) => {
      reader = next;
    },
    write(bytes) {
      if (alive) child.stdin.write(bytes);
      return alive;
    },
    ended,
    alive: () => alive,
    end: () => child.stdin.end(),
    hangUp: () => void child.kill('SIGTERM'),
    kill: () => void child.kill('SIGKILL'),
  };
}
