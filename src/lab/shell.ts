import { constants } from 'node:os';
import { execa } from 'execa';

export interface ShellResult {
  /** Exit code; 128 + n when ended by signal n. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string;
  /** Positional parameters of the script. */
  readonly args?: readonly string[];
  /** Milliseconds; 60,000 when left out. */
  readonly timeout?: number;
}

/** Runs a command of this machine with a clean environment. Throws only when it takes too long or cannot start. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<ShellResult> {
  const limit = options.timeout ?? 60_000;
  const child = execa(command, args, {
    input: options.stdin ?? '',
    stripFinalNewline: false,
    reject: false,
    extendEnv: false,
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', HOME: '/root' },
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
    // Something it left in the background may hold these open for ever.
    child.stdout.destroy();
    child.stderr.destroy();
  }, limit);
  const result = await child;
  clearTimeout(timer);
  if (late) throw new Error(`${command} took longer than ${limit} ms`);
  if (result.exitCode === undefined && result.signal === undefined) throw result;
  const code = result.exitCode ?? 128 + (constants.signals[result.signal as NodeJS.Signals] ?? 0);
  return { code, stdout: result.stdout, stderr: result.stderr };
}
