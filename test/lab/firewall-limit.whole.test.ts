// Limits and single families with real connections: so many of one source a minute, the next one is dropped; who counts does not
// change the plan, and a rollback gives back what was.
import { expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import { cliFor } from './cli-kit.ts';
import { seen } from './docker-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';

for (const image of onImages('trixie', 'bookworm')) {
  await describeLab(`Limits of the firewall on ${image}`, () => {
    const host = useHost({ image });

    it('drop what is too much of one source, and change nothing for others, plans and rollbacks', async () => {
      const listen =
        'for p in 80 81; do for f in -4 -6; do systemd-run --quiet --collect --unit="l$p$f" nc $f -lk -p "$p"; done; done';
      expect(await host().console(listen)).toMatchObject({ code: 0 });
      const cli = await cliFor(host);
      const before = await host().manifest();
      const answers = [
        '--steps',
        'firewall',
        '--set',
        'firewall.ssh-from=everyone',
        '--set',
        'firewall.open=80/tcp limit 5/minute,81/tcp over ipv6',
      ];
      const applied = await cli.on('apply', ...answers, '--yes', '--recheck', '1');
      expect(applied.code, applied.stderr).toBe(0);

      // The listener takes one after the other: it may refuse between two, and a first packet that is sent again counts again.
      const knocks: (readonly string[])[] = [];
      for (let knock = 0; knock < 7; knock += 1) knocks.push(await seen(host(), 80));
      for (const family of [0, 1]) {
        const words = knocks.map((one) => one[family]);
        expect(words.slice(0, 3), words.join()).not.toContain('silent');
        expect(words.slice(5), words.join()).toEqual(['silent', 'silent']);
      }
      expect((await seen(host(), 80, 'operator'))[0], 'another source').not.toBe('silent');
      expect(await seen(host(), 81)).toEqual(['silent', 'answers']);

      const again = await cli.on('plan', '--steps', 'firewall');
      expect(again.code, again.stdout + again.stderr).toBe(0);
      const undone = await cli.on('rollback', '--yes', '--recheck', '1');
      expect(undone.code, undone.stderr).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });
  });
}
