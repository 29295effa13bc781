// Host keys that others could read or write: their modes are mended on the host, their bytes never leave it.
import { beforeAll, expect, it } from 'vitest';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import { ANSWERS, type Cli, cliFor } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';

const LOOSE = `set -e
cd /etc/ssh
chmod 0640 ssh_host_rsa_key
chown 1:1 ssh_host_ecdsa_key
chmod 0666 ssh_host_ed25519_key.pub`;

const LOOK =
  'cd /etc/ssh && stat -c "%n %a %u:%g" ssh_host_rsa_key ssh_host_ecdsa_key ssh_host_ed25519_key.pub';
const WANTED = 'ssh_host_rsa_key 600 0:0\nssh_host_ecdsa_key 600 0:0\nssh_host_ed25519_key.pub 644 0:0\n';

for (const image of onImages('bookworm', 'trixie')) {
  await describeLab(`Host keys with loose modes, ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    let before: Manifest;

    beforeAll(async () => {
      cli = await cliFor(host);
      const made = await host().console(LOOSE);
      expect(made.code, made.stderr).toBe(0);
      before = await host().manifest();
    });

    it('are planned without their bytes, mended, left alone the second time, and taken back exactly', async () => {
      const planned = await cli.on('plan', ...ANSWERS, '--format', 'json');
      expect(planned.code, planned.stderr).toBe(2);
      expect(planned.stdout).toContain('"set-mode"');
      const secret = (await host().readFile('/etc/ssh/ssh_host_rsa_key')).split('\n')[3] ?? '';
      expect(secret.length).toBeGreaterThan(60);
      expect(planned.stdout).not.toContain(secret);

      const applied = await cli.on('apply', ...ANSWERS, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stderr).toBe(0);
      expect((await host().console(LOOK)).stdout).toBe(WANTED);
      const copies = await host().console('grep -rlF -e "$1" /var/lib/portcullis', { args: [secret] });
      expect(copies.stdout).toBe('');

      const again = await cli.on('plan', ...ANSWERS);
      expect(again.code, again.stdout + again.stderr).toBe(0);

      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stderr).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });
  });
}
