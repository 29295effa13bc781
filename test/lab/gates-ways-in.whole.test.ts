// Ways in that are easily lost, on a real host with all three steps: IPv6 alone, a jump host, a plan that was made elsewhere, a ban on
// ourselves; and firewalls of others that are broken or two. Nobody is locked out, and what is refused changes nothing.
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import { createSession } from '../../src/session/session.ts';
import { steps } from '../../steps/index.ts';
import { ANSWERS, type Cli, cliFor, type Ran } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { sshFrom } from './jump-kit.ts';
import { offerArchive } from './prepare-kit.ts';
import { reach } from './reach.ts';

const said = ({ stdout, stderr }: Ran) => stdout + stderr;

for (const image of onImages('trixie', 'bookworm')) {
  await describeLab(`Ways in on ${image}`, () => {
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
        'DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends fail2ban python3-systemd ufw 2>&1',
      );
      await offer.close();
      // The stock jail looks for a log that is not there; so it starts in the tests that want it.
      await must('systemctl disable --now fail2ban; systemctl reset-failed fail2ban 2>/dev/null; true');
      await must(
        'for f in -4 -6; do systemd-run --quiet --collect --unit="l$f" nc $f -lk -p 80; done; for f in -4 -6; do systemd-run --quiet --collect --unit="m$f" nc $f -lk -p 5432; done',
      );
    });

    const all = () => ['--profile', 'linux', ...ANSWERS];
    const walls = () => ['--profile', 'linux', '--steps', 'firewall'];
    const doors = async () => {
      const wanted = [22, 80, 5432].flatMap((port) =>
        (['operator', 'stranger'] as const).flatMap((who) =>
          ([4, 6] as const).map((family) => ({ port, who, family })),
        ),
      );
      const seen = await Promise.all(
        wanted.map(({ port, who, family }) =>
          reach({
            address: family === 4 ? host().address : host().address6,
            port,
            from: host()[family === 4 ? (`${who}Address` as const) : (`${who}Address6` as const)],
          }),
        ),
      );
      return wanted
        .filter((_, index) => seen[index] === 'open')
        .map(({ port, who, family }) => `${port} ${who} ${family}`);
    };
    const EVERYTHING = 12;
    const web = ['80 operator 4', '80 operator 6', '80 stranger 4', '80 stranger 6'];

    it('over IPv6 alone: policy, rehearsal, ignore list, proofs and a lockdown keep that way open', async () => {
      const six = (command: string, ...words: string[]) =>
        cli.run(
          ...[command, `root@[${host().address6}]`, '--identity', host().keyFile],
          ...['--known-hosts', host().knownHostsFile, ...words],
        );
      await expect.poll(doors, { timeout: 30_000 }).toHaveLength(EVERYTHING);
      const before = await host().manifest();
      const from = (...networks: string[]) => ['--set', `firewall.ssh-from=${networks.join(',')}`];
      const four = await six('apply', ...all(), ...from(host().operatorAddress), '--yes');
      expect(four.code, said(four)).toBe(5);
      expect(said(four)).toContain(`come from ${host().operatorAddress6}`);
      expect(diffManifests(before, await host().manifest())).toEqual([]);

      const answers = [
        ...all(),
        ...from(host().operatorAddress6, '192.0.2.0/24'),
        ...['--set', 'firewall.open=80/tcp'],
      ];
      const plan = await six('plan', ...answers);
      expect(plan.code, said(plan)).toBe(2);
      expect(said(plan)).toMatch(/packets to port 22 ipv6: you open, a stranger open → closed/);
      const applied = await six('apply', ...answers, '--yes', '--recheck', 'none');
      expect(applied.code, said(applied)).toBe(0);
      expect(await doors()).toEqual(['22 operator 6', ...web]);
      const ignored = await must('fail2ban-client get sshd ignoreip');
      expect(ignored).toContain(host().operatorAddress6);
      const again = await six('plan', ...answers);
      expect(again.code, said(again)).toBe(0);

      const locked = await six('lockdown', '--reason', 'test', '--yes');
      expect(locked.code, said(locked)).toBe(0);
      expect(await doors()).toContain('22 operator 6');
      expect(await doors()).not.toContain('22 operator 4');
      const unlocked = await six('unlock', '--yes');
      expect(unlocked.code, said(unlocked)).toBe(0);

      const undone = await six('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, said(undone)).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
      expect(await doors()).toHaveLength(EVERYTHING);
    });

    it('through a jump host: its address is the one that must stay, and that is said', async () => {
      const before = await host().manifest();
      const jump = await cliFor(
        host,
        'root',
        await sshFrom(cli.state, { address: host().strangerAddress, proxy: true }),
      );
      const mine = await jump.on(
        'apply',
        ...walls(),
        '--set',
        `firewall.ssh-from=${host().operatorAddress}`,
        '--yes',
      );
      expect(mine.code, said(mine)).toBe(5);
      expect(said(mine)).toContain(`${host().strangerAddress} (your jump host)`);
      const answers = [
        ...walls(),
        '--set',
        `firewall.ssh-from=${host().strangerAddress}`,
        '--set',
        'firewall.open=80/tcp',
      ];
      const applied = await jump.on('apply', ...answers, '--yes', '--recheck', 'none');
      expect(applied.code, said(applied)).toBe(0);
      expect(said(applied)).toContain(`through a jump host: this host sees ${host().strangerAddress}`);
      expect(await doors()).toEqual(['22 stranger 4', ...web]);
      const undone = await jump.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, said(undone)).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });

    it('a plan that was made elsewhere is refused where its rules would shut out who carries it out', async () => {
      const before = await host().manifest();
      const file = join(cli.state, 'plan.json');
      const made = await cli.on(
        ...([
          'plan',
          ...walls(),
          '--set',
          `firewall.ssh-from=${host().operatorAddress}`,
          '--out',
          file,
        ] as const),
      );
      expect(made.code, said(made)).toBe(2);
      const away = await cliFor(
        host,
        'root',
        await sshFrom(cli.state, { address: host().strangerAddress, proxy: false }),
      );
      const carried = await away.on('apply', '--plan', file, '--yes');
      expect(carried.code, said(carried)).toBe(5);
      expect(said(carried)).toContain(`come from ${host().strangerAddress}`);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
      expect(await doors()).toHaveLength(EVERYTHING);
    });

    it('rules that keep the session and drop new logins are taken back by themselves', async () => {
      // Rules of others that come between the plan and its proof: sessions go on, nobody new gets in for a while.
      const before = await host().manifest();
      const trap = `set -e
until nft list table inet portcullis >/dev/null 2>&1; do sleep 0.1; done
nft 'table inet trap { chain i { type filter hook input priority -10; policy accept; ct state new tcp dport 22 drop; }; }'
while nft list table inet portcullis >/dev/null 2>&1; do sleep 0.1; done
nft delete table inet trap`;
      await host().writeFile('/root/trap', trap, '0700');
      await must('systemd-run --quiet --collect --unit=trap sh /root/trap');
      const applied = await cli.on(
        'apply',
        ...walls(),
        '--set',
        'firewall.ssh-from=everyone',
        '--set',
        'firewall.backend=portcullis',
        '--yes',
        '--lease',
        '20s',
      );
      expect(applied.code, said(applied)).toBe(4);
      await expect.poll(doors, { timeout: 60_000 }).toHaveLength(EVERYTHING);
      await must('rm /root/trap');
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });

    it('ufw with a broken file, and two firewalls at once, are told and not touched', async () => {
      await must(
        'ufw allow 22/tcp && ufw allow 80/tcp && ufw --force enable && cp /etc/ufw/user.rules /root/whole',
      );
      await must(
        `sed -i '/^### RULES ###/a -A ufw-user-input -p tcp --dport 443 -j NOWHERE' /etc/ufw/user.rules`,
      );
      const before = await host().manifest();
      const narrow = [...walls(), '--set', 'firewall.backend=ufw', '--set', `firewall.ssh-from=everyone`];
      const more = [...narrow, '--set', 'firewall.open=443/tcp'];
      const broken = await cli.on('apply', ...more, '--yes');
      expect(broken.code, said(broken)).toBe(5);
      expect(said(broken)).toMatch(
        /ufw could not load its own rules.*user\.rules: line \d+ jumps to a chain that is not there/,
      );
      const judged = await cli.on('check', ...narrow, '--format', 'json');
      expect(judged.stdout).toContain('until then nothing of ufw is changed here');
      expect(diffManifests(before, await host().manifest())).toEqual([]);
      expect(await doors()).toEqual([
        '22 operator 4',
        '22 operator 6',
        '22 stranger 4',
        '22 stranger 6',
        ...web,
      ]);
      await must('cp /root/whole /etc/ufw/user.rules && rm /root/whole && ufw reload');

      await must(
        `nft 'table inet filter { chain input { type filter hook input priority 5; policy accept; tcp dport 5432 drop; }; }'`,
      );
      const two = await host().manifest();
      const both = await cli.on('apply', ...more, '--yes');
      expect(both.code, said(both)).toBe(5);
      expect(said(both)).toContain('nftables filters on this host already');
      const told = await cli.on('check', ...walls(), '--format', 'json');
      expect(told.stdout).toContain('ufw and nftables filter what comes in');
      const proposed = await cli.on('plan', ...walls());
      expect(proposed.code, said(proposed)).toBe(0);
      expect(diffManifests(two, await host().manifest())).toEqual([]);
      await must('nft delete table inet filter');
    });

    it('a ban on ourselves is told before anything is begun, and at the door how to lift it', async () => {
      await host().writeFile(
        '/etc/fail2ban/jail.local',
        '[DEFAULT]\nbanaction = ufw\n[sshd]\nenabled = true\nbackend = systemd\n',
        '0644',
      );
      await must(
        'systemctl start fail2ban && until fail2ban-client ping >/dev/null 2>&1; do sleep 0.2; done',
      );
      const session = createSession({
        target: { name: 'lab', kind: 'ssh', host: host().address, user: 'root' },
        profile: {
          ...{ id: 'lab', title: 'Lab', description: 'For tests.', schema: 1, steps: ['firewall'] },
          ...{ answers: new Map(), excludes: new Map() },
        },
        steps: steps.filter(({ id }) => id === 'firewall'),
        tool: '0',
        stateDir: cli.state,
        reach: { sudo: 'auto', identity: host().keyFile, knownHosts: host().knownHostsFile },
        recheck: [],
        repeat: () => '',
        again: () => '',
        ask: async () => ({ kind: 'decline' }),
        emit: () => undefined,
      });
      await session.connect();
      await must(`fail2ban-client set sshd banip ${host().operatorAddress}`);
      await expect
        .poll(() => reach({ address: host().address, port: 22, from: host().operatorAddress }), {
          timeout: 20_000,
        })
        .not.toBe('open');
      const before = await host().manifest();
      // ufw puts its ban behind what is established, so this session lives on.
      await session.discover();
      const answers = new Map([
        ['firewall.ssh-from', ['everyone']],
        ['firewall.open', ['443/tcp']],
      ] as const);
      const plan = await session.plan({ answers });
      expect(plan.refusals.map(({ guard }) => guard)).toContain('guard.banned');
      const applied = await session.apply(plan, { confirm: 'auto', lease: 30 });
      expect(applied.exitCode, applied.message).toBe(5);
      expect(applied.message).toContain(`fail2ban-client unban ${host().operatorAddress}`);
      await session.close();
      const outside = await cli.on('check', ...walls());
      expect(outside.code, said(outside)).toBe(6);
      expect(said(outside)).toContain('fail2ban-client unban ADDRESS');
      expect(diffManifests(before, await host().manifest())).toEqual([]);
      await must(`fail2ban-client unban ${host().operatorAddress}`);
    });
  });
}
