// A port move whose second half is still to come is finished from either port, and taken back run by run.
import { expect, it } from 'vitest';
import type { Host } from '../../src/lab/host.ts';
import { diffManifests } from '../../src/lab/manifest.ts';
import { ANSWERS, cliFor } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';

await describeLab('A port move that stopped half-way', () => {
  const host = useHost({ image: 'bookworm' });

  it.each(onImages(2222, 22))('is finished from port %i, and both runs are taken back', async (from) => {
    const cli = await cliFor(host);
    const before = await host().manifest();
    const answers = [...ANSWERS, '--set', 'sshd.port=2222'];
    const half = await cli.on('apply', ...answers, '--yes', '--confirm', 'manual');
    expect(half.code, half.stderr).toBe(3);
    expect((await cli.on('confirm')).code).toBe(0);
    expect(await reached(host())).toEqual([22, 2222]);

    const unasked = await cli.onPort(from, 'plan', ...ANSWERS);
    expect(unasked.code, unasked.stdout + unasked.stderr).toBe(0);
    const checked = await cli.onPort(from, 'check', '--set', 'sshd.port=2222', '--json');
    expect(checked.stdout).toMatch(/"control":\s*"sshd\.port"[^{}]*"result":\s*"fail"/);

    const rest = await cli.onPort(from, 'apply', ...answers, '--yes', '--recheck', 'none');
    expect(rest.code, rest.stdout + rest.stderr).toBe(0);
    expect(await reached(host())).toEqual([2222]);
    const again = await cli.onPort(2222, 'plan', ...answers);
    expect(again.code, again.stdout + again.stderr).toBe(0);

    for (const open of [[22, 2222], [22]]) {
      const undone = await cli.onPort(2222, 'rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stdout + undone.stderr).toBe(0);
      expect(await reached(host())).toEqual(open);
    }
    expect(diffManifests(before, await host().manifest())).toEqual([]);
  });
});

/** Ports of the two that let root in. */
async function reached(host: Host): Promise<readonly number[]> {
  const tried = await Promise.all(
    [22, 2222].map(async (port) => ((await host.ssh('true', { port })).code === 0 ? [port] : [])),
  );
  return tried.flat();
}
