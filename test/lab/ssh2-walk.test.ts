// The whole walk on a machine without ssh, ssh-keygen or ssh-add: the same changes, the same proofs, every byte back.
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import { ANSWERS, cliFor } from './cli-kit.ts';
import { describeLab, useHost } from './harness.ts';

await describeLab('The walk without an ssh client', () => {
  const host = useHost({ image: 'bookworm' });
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'only-node-'));
    await symlink(process.execPath, join(folder, 'node'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('ends with a hardened host whose proofs came by ssh2, and the undo gives back every byte', async () => {
    const cli = await cliFor(host, 'ana', folder);
    const before = await host().manifest();

    const asked = await cli.on('apply', ...ANSWERS, '--transport', 'openssh', '--yes');
    expect(asked.stderr).toContain('there is no ssh client on this machine');

    const applied = await cli.on('apply', ...ANSWERS, '--yes', '--recheck', '1');
    expect(applied.code, applied.stderr).toBe(0);
    expect(applied.stderr).toMatch(/proved: .*ana logs in/);
    expect(applied.stderr).toMatch(/proved: sshd refuses password/);
    const effective = (await host().console('sshd -T')).stdout;
    expect(effective).toMatch(/^passwordauthentication no$/m);
    // Post-quantum comes first, and what this client can speak stays.
    expect(effective).toMatch(/^kexalgorithms .*curve25519-sha256/m);

    const strict = await cli.on('plan', ...ANSWERS, '--set', 'sshd.crypto=strict');
    expect(strict.code, strict.stdout).not.toBe(0);
    expect(strict.stderr + strict.stdout).toContain('no post-quantum key exchange');

    const again = await cli.on('plan', ...ANSWERS);
    expect(again.code, again.stdout + again.stderr).toBe(0);
    const undone = await cli.on('rollback', '--yes', '--recheck', '1');
    expect(undone.code, undone.stderr).toBe(0);
    expect(diffManifests(before, await host().manifest())).toEqual([]);
    // Every login of the run was a login of this client.
    const journal = await host().console(
      'journalctl -q --no-pager -u ssh | grep -c "Accepted publickey for ana"',
    );
    expect(Number(journal.stdout)).toBeGreaterThan(4);
  });
});
