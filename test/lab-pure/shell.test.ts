import { expect, it } from 'vitest';
import { runCommand } from '../../src/lab/shell.ts';

it('gives up in time even when something left in the background holds the output open', async () => {
  await expect(runCommand('sh', ['-c', 'sleep 60 & echo begun'], { timeout: 300 })).rejects.toThrow(
    'longer than 300 ms',
  );
  await expect(runCommand('sh', ['-c', 'sleep 60'], { timeout: 300 })).rejects.toThrow('longer than 300 ms');
}, 30_000);

it('reports an exit code, a signal as 128 + n, and a command that is not there', async () => {
  expect(await runCommand('sh', ['-c', 'echo out; exit 3'])).toEqual({
    code: 3,
    stdout: 'out\n',
    stderr: '',
  });
  expect((await runCommand('sh', ['-c', 'kill -TERM $$'])).code).toBe(143);
  await expect(runCommand('no-such-command-here', [])).rejects.toThrow('ENOENT');
});
