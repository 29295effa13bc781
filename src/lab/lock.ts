import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { labPaths } from './paths.ts';

/**
 * Runs `work` while this process holds the named lock of the machine. The lock is a `flock` held by a child that
 * lives as long as its stdin, so the kernel gives it back when this process dies, however it dies.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = labPaths();
  await mkdir(locks, { recursive: true, mode: 0o700 });
  const holder = execa(
    'flock',
    ['--exclusive', join(locks, name), 'sh', '-c', 'echo held; exec cat >/dev/null'],
    {
      stdin: 'pipe',
      stdout: 'pipe',
      detached: true,
      cleanup: false,
      reject: false,
    },
  );
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve());
    void holder.then((result) => reject(new Error(`flock ${name}: ${result.stderr || result.shortMessage}`)));
  });
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await holder;
  }
}
