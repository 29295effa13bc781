// The three pipes of a child process as one thing. Rules: both outputs are always read, so that nothing ever blocks on us;
// bytes nobody asked for are dropped; the end of the process is told exactly once.
import { execa, type Options } from 'execa';

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
export function startWire(file: string, args: readonly string[], environment: NodeJS.ProcessEnv): Wire {
  const options = {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    encoding: 'buffer',
    reject: false,
    detached: true,
    cleanup: false,
    extendEnv: false,
    env: environment,
  } as const satisfies Options;
  const child = execa(file, args, options);
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
  // A grandchild may hold the pipes after the program itself is gone: its output is not waited for.
  let drain: NodeJS.Timeout | undefined;
  const exited = new Promise<WireEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      alive = false;
      const end = { code: code ?? undefined, signal: signal ?? undefined, failure: undefined };
      drain = setTimeout(() => resolve(end), DRAIN);
    });
  });
  const drained = child.then((result): WireEnd => {
    alive = false;
    // A timer nobody waits for any more would keep this process from ending.
    clearTimeout(drain);
    return {
      code: result.exitCode,
      signal: result.signal,
      failure: result.exitCode === undefined && result.signal === undefined ? result.shortMessage : undefined,
    };
  });
  const ended = Promise.race([exited, drained]);
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
    kill: () => void child.kill('SIGKILL'),
  };
}
