// The line to the host breaks while a change is armed: it is picked up again, and nothing is lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import { ANSWERS, cliFor, until } from './cli-kit.ts';
import { describeLab, useHost } from './harness.ts';

await describeLab('A line that breaks', () => {
  const host = useHost({ image: 'bookworm' });

  it('is picked up again while the lease runs, and the change is kept', async () => {
    const cli = await cliFor(host);
    const before = await host().manifest();
    const { child } = await cli.start('apply', ...ANSWERS, '--yes', '--lease', '90s', '--recheck', '35');
    let heard = '';
    child.all?.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
    await until(async () => /proved: root logs in/.test(heard), 60_000);
    await host().cut();
    await sleep(18_000);
    await host().restore();
    const ended = await child;
    expect(heard).toMatch(/lost|not renewed/i);
    expect(ended.exitCode, heard).toBe(0);
    expect((await cli.on('history')).stdout).toContain('kept');
    expect((await cli.on('rollback', '--yes', '--recheck', 'none')).code).toBe(0);
    expect(diffManifests(before, await host().manifest())).toEqual([]);
  });
});
