// Docker where somebody else has the firewall: under ufw published ports obey the policy through restarts of Docker, of containers and of
// the host, and come back as they were; under an administrator's own nftables they are told and nothing is changed.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { prepareDocker, startContainer } from '../../src/lab/docker.ts';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import { type Cli, cliFor, type Ran } from './cli-kit.ts';
import { seen } from './docker-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { offerArchive } from './prepare-kit.ts';

const PROFILE =
  'schema: 1\nid: walls\ntitle: Walls\ndescription: The firewall alone.\nextends: linux\nsteps: [firewall]\n';
/** Names, ports and the order of chains that Docker chooses anew when it starts. */
const ANEW_AT_A_START =
  /^(added|removed) (socket tcp 127\.0\.0\.1:\d+: containerd|unit (run-docker-netns|var-lib-docker-overlay2)-)|^changed (network bridge|ruleset|sysctl net\.ipv[46]\.conf\.docker0\.)/;
const said = ({ stdout, stderr }: Ran) => stdout + stderr;
/** Docker counts its starts; tests make more of them than a person would. */
const ANEW = 'systemctl reset-failed docker.service docker.socket';

for (const image of onImages('trixie-docker', 'bookworm-docker')) {
  const release = image === 'trixie-docker' ? 'trixie' : 'bookworm';
  await describeLab(`Docker and other owners of the firewall on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    let choice: readonly string[];
    const must = async (script: string): Promise<string> => {
      const { code, stdout, stderr } = await host().console(script, { timeout: 200_000 });
      expect(code, stdout + stderr).toBe(0);
      return stdout;
    };
    /** IPv4 and IPv6, for the stranger. */
    const doors = async () =>
      Object.fromEntries(
        await Promise.all(
          [22, 8080, 8086, 5432].map(async (port) => [port, (await seen(host(), port)).join()]),
        ),
      );
    const eventually = (wanted: Readonly<Record<number, string>>) =>
      expect.poll(doors, { timeout: 60_000 }).toEqual(wanted);
    const [both, none] = ['answers,answers', 'silent,silent'];
    /** 8086 is published over IPv6 alone; the rest of it is not let in. */
    const policy = { 22: both, 8080: both, 8086: none, 5432: none };

    /** What is other than before, but for what Docker makes anew whenever it starts. */
    const changed = async (before: Manifest) =>
      diffManifests(before, await host().manifest()).filter((line) => !ANEW_AT_A_START.test(line));

    beforeAll(async () => {
      cli = await cliFor(host);
      const profile = join(cli.state, 'walls.yaml');
      await writeFile(profile, PROFILE);
      choice = ['--profile', profile];
      // Both families take the way past the rules of the host.
      await must('mkdir -p /etc/docker');
      await host().writeFile(
        '/etc/docker/daemon.json',
        '{ "ipv6": true, "fixed-cidr-v6": "fd00:d0c::/64", "experimental": true, "ip6tables": true }',
        '0644',
      );
      await must('systemctl restart docker');
      await prepareDocker(host());
    });

    it('an administrator’s own nftables: what is published past it is told, nothing is changed', async () => {
      await startContainer(host(), { name: 'db', publish: ['5432:5432'], port: 5432 });
      const conf = `#!/usr/sbin/nft -f
table inet filter
delete table inet filter
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iif "lo" accept
    meta l4proto ipv6-icmp accept
    tcp dport 22 accept
  }
}
`;
      await must('cp -a /etc/nftables.conf /root/nftables.conf');
      await host().writeFile('/etc/nftables.conf', conf, '0755');
      await must('systemctl enable --now nftables');
      await expect.poll(() => seen(host(), 5432), { timeout: 30_000 }).toEqual(['answers', 'answers']);
      const before = await host().manifest();
      const plan = await cli.on('plan', ...choice);
      expect(plan.code, said(plan)).toBe(0);
      const check = await cli.on('check', ...choice, '--format', 'json');
      expect(check.code, said(check)).toBe(2);
      expect(check.stdout).toContain('nothing stands between the network and what containers publish');
      expect(check.stdout).toContain('127.0.0.1:5432:5432');
      const moved = await cli.on(
        ...([
          'apply',
          ...choice,
          '--set',
          'firewall.backend=portcullis',
          '--set',
          'firewall.ssh-from=everyone',
        ] as const),
        '--yes',
      );
      expect(moved.code, said(moved)).toBe(5);
      expect(said(moved)).toContain('nftables filters on this host already');
      expect(diffManifests(before, await host().manifest())).toEqual([]);
      await must(
        'systemctl disable --now nftables; cp -a /root/nftables.conf /etc/nftables.conf; rm /root/nftables.conf; docker rm -f db >/dev/null',
      );
      await must(`${ANEW} && systemctl restart docker`);
    });

    it('ufw: published ports obey the policy, whatever is restarted, and come back as they were', async () => {
      const offer = await offerArchive(host(), release);
      await must(
        'DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends ufw fail2ban python3-systemd 2>&1',
      );
      await offer.close();
      await host().writeFile(
        '/etc/fail2ban/jail.local',
        '[sshd]\nenabled = true\nbackend = systemd\n',
        '0644',
      );
      await must('ufw allow 22/tcp && ufw --force enable && systemctl restart fail2ban');
      await must(`${ANEW} && systemctl restart docker`);
      await startContainer(host(), { name: 'web', publish: ['8080:80'] });
      await startContainer(host(), { name: 'six', publish: ['[::]:8086:80'] });
      await startContainer(host(), { name: 'db', publish: ['5432:5432'], port: 5432 });
      await must(
        'until fail2ban-client ping >/dev/null 2>&1; do sleep 0.2; done; fail2ban-client set sshd banip 192.0.2.55',
      );
      const open = { 22: both, 8080: both, 8086: 'silent,answers', 5432: both };
      await eventually(open);
      const before = await host().manifest();
      expect(before.get('bans')).toContain('192.0.2.55');

      const answers = [...choice, '--set', 'firewall.ssh-from=everyone', '--set', 'firewall.open=8080/tcp'];
      const applied = await cli.on('apply', ...answers, '--yes', '--recheck', 'none');
      expect(applied.code, said(applied)).toBe(0);
      await eventually(policy);
      const back = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(back.code, said(back)).toBe(0);
      await eventually(open);
      expect(diffManifests(before, await host().manifest())).toEqual([]);

      const anew = await cli.on('apply', ...answers, '--yes', '--recheck', 'none');
      expect(anew.code, said(anew)).toBe(0);
      const again = await cli.on('plan', ...choice, '--set', 'firewall.ssh-from=everyone');
      expect(again.code, said(again)).toBe(0);
      await must('docker restart db web six >/dev/null');
      await eventually(policy);
      await must(`${ANEW} && systemctl restart docker`);
      await eventually(policy);
      await must('ufw reload');
      await eventually(policy);
      await host().reboot();
      await host().settled();
      await eventually(policy);
      const later = await cli.on('plan', ...choice, '--set', 'firewall.ssh-from=everyone');
      expect(later.code, said(later)).toBe(0);

      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, said(undone)).toBe(0);
      await eventually(open);
      await must('until fail2ban-client ping >/dev/null 2>&1; do sleep 0.2; done');
      const atBoot = /^added unit (network-pre\.target|ufw\.service): active/;
      expect((await changed(before)).filter((line) => !atBoot.test(line))).toEqual([]);
      expect(await must('nft list tables')).not.toContain('portcullis');
    });

    it('Docker that is started only after us finds its guard', async () => {
      await must(`systemctl stop docker.service docker.socket`);
      const before = await host().manifest();
      const answers = [...choice, '--set', 'firewall.ssh-from=everyone', '--set', 'firewall.open=8080/tcp'];
      const applied = await cli.on('apply', ...answers, '--yes', '--recheck', 'none');
      expect(applied.code, said(applied)).toBe(0);
      expect(said(applied)).toContain('Docker is stopped; the guard holds for what it will publish');
      await must(`${ANEW}; systemctl start docker`);
      await eventually(policy);
      await must(`systemctl stop docker.service docker.socket`);
      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, said(undone)).toBe(0);
      expect(await changed(before)).toEqual([]);
      expect(await must('nft list tables')).not.toContain('portcullis');
      await must(`${ANEW}; systemctl start docker`);
      await expect.poll(() => seen(host(), 5432), { timeout: 60_000 }).toEqual(['answers', 'answers']);
    });
  });
}
