// What a newcomer meets, with no word but the host: plan tells everything and ends with the line that applies it, apply names what is
// missing, that very line works, and its rollback gives back every byte. On a bare host, under ufw, and under another's firewall.
import { execa } from 'execa';
import { beforeAll, expect, it } from 'vitest';
import { ensureRepository, offerPackages } from '../../src/lab/apt-repository.ts';
import { diffManifests } from '../../src/lab/manifest.ts';
import { type Cli, cliFor } from './cli-kit.ts';
import { describeLab, useHost } from './harness.ts';
import { reach } from './reach.ts';

type Found = {
  readonly title: string;
  readonly image: 'bookworm-bare' | 'trixie-bare' | 'bookworm' | 'trixie';
  /** Packages that the host has before anybody comes, and shell that makes it so. */
  readonly has?: readonly string[];
  readonly make?: string;
  /** The firewall of another stays, and nothing is asked about it; or what is there is all that was wanted. */
  readonly firewall?: 'foreign' | 'fine';
};

const FOUND: readonly Found[] = [
  { title: 'a bare Debian 12', image: 'bookworm-bare' },
  { title: 'a bare Debian 13', image: 'trixie-bare' },
  {
    title: 'Debian 12 under ufw',
    image: 'bookworm',
    has: ['ufw'],
    make: 'ufw allow 22/tcp && ufw --force enable',
    firewall: 'fine',
  },
  {
    title: 'Debian 13 under firewalld',
    image: 'trixie',
    has: ['firewalld'],
    make: 'systemctl enable --now firewalld && firewall-cmd --state',
    firewall: 'foreign',
  },
  {
    title: 'Debian 12 under plain iptables',
    image: 'bookworm',
    has: ['iptables'],
    make: 'iptables -A INPUT -p tcp --dport 23 -j DROP && ip6tables -A INPUT -p tcp --dport 23 -j DROP',
    firewall: 'foreign',
  },
];

const WHOLE = ['--profile', 'linux'];
const RISKY = ['sshd.allow-users', 'sshd.root-login', 'sshd.password-login'];

for (const { title, image, has = [], make = 'true', firewall } of FOUND) {
  await describeLab(`A newcomer on ${title}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    beforeAll(async () => {
      cli = await cliFor(host);
      const release = image.startsWith('bookworm') ? 'bookworm' : 'trixie';
      const packages = ['fail2ban', 'nftables', 'python3-systemd', ...has];
      const repository = await ensureRepository({ release, packages });
      await offerPackages(host(), repository);
      const install = `apt-get -q -y install --no-install-recommends ${has.join(' ')} 2>&1`;
      const script = `export DEBIAN_FRONTEND=noninteractive; ${has.length > 0 ? `${install} && ` : ''}${make}`;
      const made = await host().console(script, { timeout: 200_000 });
      expect(made.code, made.stdout + made.stderr).toBe(0);
    });

    it('has the walk before him, and what plan says at its end is what does it', async () => {
      const before = await host().manifest();
      const plan = await cli.on('plan', ...WHOLE);
      expect(plan.code, plan.stdout + plan.stderr).toBe(2);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
      const steps = [...(firewall === undefined ? ['firewall'] : []), 'sshd', 'fail2ban', 'rbac'];
      for (const step of steps) expect(plan.stdout).toMatch(new RegExp(`^${step}$`, 'm'));
      expect(/^firewall$/m.test(plan.stdout)).toBe(firewall === undefined);
      expect(plan.stdout).toMatch(/install {2}fail2ban/);

      const refused = await cli.on('apply', ...WHOLE, '--yes');
      expect(refused.code, refused.stderr).toBe(64);
      const asked = firewall === 'foreign' ? RISKY : ['firewall.ssh-from', ...RISKY];
      for (const id of asked) expect(refused.stderr).toMatch(new RegExp(`--set '?${id}=\\S`));
      expect(refused.stderr.includes('firewall.ssh-from')).toBe(firewall !== 'foreign');

      const line = plan.stdout.trimEnd().split('\n').at(-1) ?? '';
      const { stdout } = await execa('bash', ['-c', `printf '%s\\n' ${line}`]);
      const [program, ...words] = stdout.split('\n');
      expect([program, words[0], words.at(-1)]).toEqual(['portcullis', 'apply', '--yes']);
      const applied = await cli.run(...words, '--recheck', 'none');
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      for (const step of steps) expect(applied.stdout).toMatch(new RegExp(`^  ${step}: .*kept`, 'm'));
      for (const from of [host().operatorAddress, host().strangerAddress])
        expect(await reach({ address: host().address, port: 22, from })).toBe('open');
      expect((await host().console('sshd -T')).stdout).toMatch(/^passwordauthentication no$/m);
      const again = await cli.on('plan', ...WHOLE);
      expect(again.code, again.stdout + again.stderr).toBe(0);

      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stdout + undone.stderr).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });
  });
}
