// The firewall step on real hosts: exactly what was meant is reachable, from the operator and a stranger, over both families; a
// second plan is empty, a reboot keeps it, a rollback gives back every byte of host and kernel.
import { expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import { ANSWERS, cliFor } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { reach } from './reach.ts';

for (const image of onImages('trixie', 'bookworm')) {
  await describeLab(`The firewall step on ${image}`, () => {
    const host = useHost({ image });

    it('opens what was meant and nothing else, keeps it over a boot, and gives it all back', async () => {
      const cli = await cliFor(host);
      const choice = ['--steps', 'firewall'];
      const listen =
        'for p in 80 5432; do for f in -4 -6; do systemd-run --quiet --collect --unit="listen-$p$f" nc $f -lk -p "$p"; done; done';
      expect(await host().console(listen)).toMatchObject({ code: 0 });
      const door = (port: number, who: 'operator' | 'stranger', family: 4 | 6) =>
        reach({
          address: family === 4 ? host().address : host().address6,
          port,
          from: host()[family === 4 ? (`${who}Address` as const) : (`${who}Address6` as const)],
        });
      const doors = async () => {
        const open: string[] = [];
        for (const port of [22, 80, 5432])
          for (const who of ['operator', 'stranger'] as const)
            for (const family of [4, 6] as const)
              if ((await door(port, who, family)) === 'open') open.push(`${port} ${who} ${family}`);
        return open;
      };
      const all = (port: number) =>
        ['operator', 'stranger'].flatMap((who) => [4, 6].map((family) => `${port} ${who} ${family}`));
      await expect.poll(doors, { timeout: 30_000 }).toHaveLength(12);
      const before = await host().manifest();

      const narrow = [...choice, '--set', 'firewall.ssh-from=198.51.100.0/24'];
      const refused = await cli.on('apply', ...narrow, '--yes');
      expect(refused.code, refused.stderr).toBe(5);
      expect(refused.stderr).toContain(`come from ${host().operatorAddress}`);
      const unsaid = await cli.on('apply', ...choice, '--yes');
      expect(unsaid.stderr).toContain('firewall.ssh-from');
      const mine = `firewall.ssh-from=${host().operatorAddress},${host().operatorAddress6}`;
      const answers = [...choice, '--set', mine];
      const plan = await cli.on('plan', ...answers);
      expect(plan.code, plan.stderr + plan.stdout).toBe(2);
      expect(plan.stdout).toContain('5432/tcp');
      expect(diffManifests(before, await host().manifest())).toEqual([]);

      const applied = await cli.on('apply', ...answers, '--yes', '--recheck', '1');
      expect(applied.code, applied.stderr).toBe(0);
      expect(applied.stderr).toContain('proved: port 5432 does not answer from outside any more');
      const wanted = ['22 operator 4', '22 operator 6', ...all(80)];
      expect(await doors()).toEqual(wanted);
      const again = await cli.on('plan', ...answers);
      expect(again.code, again.stdout + again.stderr).toBe(0);
      const unasked = await cli.on('plan', ...choice);
      expect(unasked.code, unasked.stdout + unasked.stderr).toBe(0);

      // sshd alone may not move to where the firewall would drop its logins.
      const moved = ['--steps', 'sshd', ...ANSWERS, '--set', 'sshd.port=2222'];
      const closed = await cli.on('apply', ...moved, '--yes');
      expect(closed.code, closed.stderr).toBe(5);
      expect(closed.stderr).toContain('which the firewall of this host drops');

      await host().reboot();
      await host().settled();
      expect(await host().console(listen)).toMatchObject({ code: 0 });
      await expect.poll(doors, { timeout: 30_000 }).toEqual(wanted);
      expect((await cli.on('plan', ...choice)).code).toBe(0);

      const undone = await cli.on('rollback', '--yes', '--recheck', '1');
      expect(undone.code, undone.stderr).toBe(0);
      expect(await doors()).toHaveLength(12);
      // A boot with our unit reaches a target that nothing else on this host wants; it stays reached until the next one.
      const left = diffManifests(before, await host().manifest());
      expect(left.filter((line) => !line.startsWith('added unit network-pre.target: active'))).toEqual([]);
    });

    if (image === 'trixie')
      it('leaves the firewall of another alone, and says whose it is', async () => {
        const cli = await cliFor(host);
        const choice = ['--steps', 'firewall'];
        const stdin =
          'table inet filter { chain input { type filter hook input priority 0; policy drop; ct state established,related accept; tcp dport 22 accept; }; }\n';
        expect(await host().console('nft -f -', { stdin })).toMatchObject({ code: 0 });
        const plan = await cli.on('plan', ...choice);
        expect(plan.code, plan.stdout + plan.stderr).toBe(0);
        const check = await cli.on('check', ...choice, '--format', 'json');
        expect(check.stdout).toContain('nftables: input is dropped by default');
        const both = ['--set', 'firewall.backend=portcullis', '--set', 'firewall.ssh-from=everyone'];
        const refused = await cli.on('apply', ...choice, ...both, '--yes');
        expect(refused.stderr + refused.stdout).toContain('nftables filters on this host already');
        expect(refused.code, refused.stderr).toBe(5);
      });
  });
}
