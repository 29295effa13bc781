// sshd started by its socket: the port moves there and back, and sshd's own checker works while no daemon runs.
import { beforeAll, expect, it } from 'vitest';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import { ANSWERS, type Cli, cliFor } from './cli-kit.ts';
import { describeLab, useHost } from './harness.ts';

for (const image of ['bookworm', 'trixie'] as const) {
  await describeLab(`sshd started by its socket, ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    let before: Manifest;

    beforeAll(async () => {
      cli = await cliFor(host);
      const made = await host().console(
        'systemctl disable --now ssh.service && systemctl enable --now ssh.socket && [ ! -d /run/sshd ]',
      );
      expect(made.code, made.stderr).toBe(0);
      // The first login starts the service; from then on it runs beside its socket.
      expect((await host().ssh('true')).code).toBe(0);
      before = await host().manifest();
    });

    it('moves to another port by ssh.socket, and comes back as it was', async () => {
      const answers = [...ANSWERS, '--set', 'sshd.port=2222'];
      const applied = await cli.on('apply', ...answers, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stderr).toBe(0);
      expect((await host().ssh('true', { port: 2222 })).code).toBe(0);
      expect((await host().ssh('true', { port: 22 })).code).toBe(255);

      const again = await cli.onPort(2222, 'plan', ...answers);
      expect(again.code, again.stdout + again.stderr).toBe(0);

      const undone = await cli.onPort(2222, 'rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stderr).toBe(0);
      expect((await host().ssh('true', { port: 22 })).code).toBe(0);
      expect((await host().ssh('true', { port: 2222 })).code).toBe(255);
      const differs = diffManifests(before, await host().manifest());
      expect(differs.filter((line) => !sameHolders(line))).toEqual([]);
    });
  });
}

/** A listening socket held by the same two processes, told in another order. */
function sameHolders(line: string): boolean {
  const sides = /^changed socket tcp \S+ users:\((.*)\) => users:\((.*)\)$/.exec(line)?.slice(1) ?? [];
  const [was, is] = sides.map((side) =>
    side
      .split(/(?<=\)),/)
      .sort()
      .join(),
  );
  return was !== undefined && was === is;
}
