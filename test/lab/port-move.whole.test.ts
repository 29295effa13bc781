// One run over firewall, sshd and fail2ban with a port that moves: the new one is let in before sshd listens there, the old one is gone
// from sshd, jail and firewall at the end, and the rollback gives back every byte.
import { beforeAll, expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import { ANSWERS, type Cli, cliFor, type Ran } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { offerArchive } from './prepare-kit.ts';
import { reach } from './reach.ts';

const said = ({ stdout, stderr }: Ran) => stdout + stderr;

for (const image of onImages('bookworm', 'trixie')) {
  await describeLab(`A port that moves in one run on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    const must = async (script: string): Promise<string> => {
      const { code, stdout, stderr } = await host().console(script, { timeout: 200_000 });
      expect(code, stdout + stderr).toBe(0);
      return stdout;
    };
    beforeAll(async () => {
      cli = await cliFor(host);
      const offer = await offerArchive(host(), image);
      await must(
        'DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends fail2ban python3-systemd 2>&1',
      );
      await offer.close();
      await must('systemctl disable --now fail2ban; systemctl reset-failed fail2ban 2>/dev/null; true');
    });
    const door = (port: number) => reach({ address: host().address, port, from: host().operatorAddress });

    it('is open before and closed after, in firewall, sshd and jail', async () => {
      const before = await host().manifest();
      const answers = ['--profile', 'linux', ...ANSWERS, '--set', 'firewall.ssh-from=everyone'];
      const moving = [...answers, '--set', 'firewall.open=', '--set', 'sshd.port=2222'];
      const applied = await cli.on('apply', ...moving, '--yes', '--recheck', 'none');
      expect(applied.code, said(applied)).toBe(0);
      expect([await door(22), await door(2222)]).toEqual(['silent', 'open']);
      const table = await must('nft list table inet portcullis');
      expect(table).toContain('dport 2222 accept');
      expect(table).not.toMatch(/dport 22 accept/);
      expect(await must('sshd -T | grep ^port')).toBe('port 2222\n');
      expect(await must('fail2ban-client get sshd action nftables port')).toContain('2222');
      const again = await cli.onPort(2222, 'plan', ...moving);
      expect(again.code, said(again)).toBe(0);
      const unasked = await cli.onPort(2222, 'plan', ...answers);
      expect(unasked.code, said(unasked)).toBe(0);

      const undone = await cli.onPort(2222, 'rollback', '--yes', '--recheck', 'none');
      expect(undone.code, said(undone)).toBe(0);
      expect([await door(22), await door(2222)]).toEqual(['open', 'refused']);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });
  });
}
