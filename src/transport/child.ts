import { spawn } from 'node:child_process';

export type ChildResult = {
  /** Undefined when it was not started, or was ended by a signal. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it could not be started, e.g. "ENOENT". */
  readonly failure: string | undefined;
};

/** Runs a small local program to its end, without a shell and without input. Never rejects. `timeout` in milliseconds. */
export function runChild(
  file: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly timeout?: number } = {},
): Promise<ChildResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.timeout === undefined ? {} : { timeout: options.timeout, killSignal: 'SIGKILL' }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ code: undefined, stdout, stderr, failure: error.code ?? error.message }),
    );
    child.once('close', (code) => resolve({ code: code ?? undefined, stdout, stderr, failure: undefined }));
  });
}
