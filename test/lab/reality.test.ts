// The reality view on a real host: what the rules are read as is what packets from the operator and from a stranger meet, over both
// families; and check tells listener, rule, policy and knock apart.
import { expect, it } from 'vitest';
import { chainsIn } from '../../src/facts/nft-rules.ts';
import { walk } from '../../src/facts/nft-walk.ts';
import type { StepView } from '../../src/model/view.ts';
import { cliFor } from './cli-kit.ts';
import { seen } from './docker-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';

/** Every port listens; what is not named here is dropped at the end. */
const PORTS = [80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91];

/** Another's rules, of the kinds that people write. "OP" is the operator, "NET" a network he is not in. */
const RULES = `
table inet early {
  set odd { type inet_service; elements = { 86 }
  }
  chain i { type filter hook input priority -20; policy accept;
    tcp dport 81 drop
    ip saddr OP4 tcp dport 82 drop
    ip6 saddr OP6 tcp dport 82 drop
    tcp dport @odd drop
  }
}
table inet main {
  chain web { tcp dport { 80-84, 86 } accept
    meta l4proto udp accept
  }
  chain i { type filter hook input priority 0; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iif "lo" accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
    tcp flags & (fin|syn|rst|ack) != syn drop
    tcp dport 22 accept
    tcp dport vmap { 85 : accept, 87 : goto web, 88 : jump web, 91 : accept }
    ip saddr 198.51.100.0/24 tcp dport 89 accept
    ip saddr . tcp dport { OP4 . 90 } accept
    jump web
    fib daddr type local tcp dport 95 accept
  }
}
table ip6 six { chain i { type filter hook input priority 10; policy accept;
    tcp dport 83 reject with tcp reset
  }
}
`;

for (const image of onImages('trixie', 'bookworm')) {
  await describeLab(`The reality view on ${image}`, () => {
    const host = useHost({ image });

    it('reads rules as the kernel does, and tells who contradicts whom', async () => {
      const listen = PORTS.map(
        (port) =>
          `for f in -4 -6; do systemd-run --quiet --collect --unit="l${port}$f" nc $f -lk -p ${port}; done`,
      ).join('\n');
      expect(await host().console(listen)).toMatchObject({ code: 0 });
      const rules = RULES.replaceAll('OP4', host().operatorAddress).replaceAll(
        'OP6',
        host().operatorAddress6,
      );
      await expect.poll(() => seen(host(), 91), { timeout: 20_000 }).toEqual(['answers', 'answers']);
      expect(await host().console('nft -f -', { stdin: rules })).toMatchObject({ code: 0 });

      const chains = chainsIn((await host().console('nft -s -t list ruleset')).stdout);
      if (chains === undefined) throw new Error('the listing is not read');
      const from = {
        operator: [host().operatorAddress, host().operatorAddress6],
        stranger: [host().strangerAddress, host().strangerAddress6],
      };
      const lines = await Promise.all(
        PORTS.flatMap((port) =>
          (['operator', 'stranger'] as const).map(async (who) => {
            const met = await seen(host(), port, who);
            return met.map((reached, index) => {
              const family = index === 0 ? 'ipv4' : 'ipv6';
              const { verdict } = walk(chains, {
                family,
                protocol: 'tcp',
                port,
                from: from[who][index] ?? '',
                over: ['host0'],
              });
              return `${port} ${who} ${family}: read as ${verdict}, ${reached === 'answers' ? 'open' : 'closed'}`;
            });
          }),
        ),
      );
      const told = lines.flat();
      // One set of ports is not read: it makes unknown what it could decide, and nothing else.
      const unread = told.filter((line) => line.includes('unknown'));
      expect(
        unread.map((line) => line.split(' ')[0]).filter((port) => port === '81' || port === '89'),
      ).toEqual([]);
      expect(told.filter((line) => !/read as (unknown|(open|closed), \2)/.test(line))).toEqual([]);
      expect(told).toContain('81 stranger ipv4: read as closed, closed');

      // Without that set everything is decided, and right.
      await host().console('nft flush chain inet early i && nft add rule inet early i tcp dport 81 drop');
      const plain = chainsIn((await host().console('nft -s -t list ruleset')).stdout) ?? [];
      const again = await Promise.all(
        PORTS.map(async (port) => {
          const met = await seen(host(), port);
          return met.map((reached, index) => {
            const packet = {
              family: index === 0 ? 'ipv4' : 'ipv6',
              protocol: 'tcp',
              port,
              from: from.stranger[index] ?? '',
              over: ['host0'],
            } as const;
            return `${port}: ${walk(plain, packet).verdict} ${reached === 'answers' ? 'open' : 'closed'}`;
          });
        }),
      );
      expect(again.flat().filter((line) => !/: (open open|closed closed)$/.test(line))).toEqual([]);
      expect(again.flat().filter((line) => line.includes('open open')).length).toBeGreaterThan(6);

      const cli = await cliFor(host);
      const before = await host().manifest();
      const checked = await cli.on(
        'check',
        '--steps',
        'firewall',
        '--format',
        'json',
        '--view',
        '--probe',
        '--set',
        'firewall.backend=portcullis',
        '--set',
        'firewall.open=80/tcp,81/tcp,95/tcp',
      );
      expect(checked.code, checked.stderr).toBe(2);
      expect(await host().manifest()).toEqual(before);
      const views: readonly StepView[] = JSON.parse(checked.stdout).views;
      const rows = views.find(({ id }) => id === 'firewall.reality')?.rows ?? [];
      const row = (name: string) => rows.find(({ cells }) => cells[0] === name);
      expect(row('22/tcp IPv4')).toMatchObject({
        state: 'good',
        cells: ['22/tcp IPv4', 'open', 'answers', 'everyone', expect.stringContaining('sshd'), '–'],
      });
      expect(row('80/tcp IPv6')).toMatchObject({
        state: 'good',
        cells: ['80/tcp IPv6', 'open', 'answers', 'everyone', 'nc on ::', '–'],
      });
      expect(row('81/tcp IPv4'), 'dropped by another, earlier').toMatchObject({
        state: 'bad',
        notes: [expect.stringContaining('inet early, chain i: tcp dport 81 drop')],
      });
      expect(row('83/tcp IPv6'), 'refused in one family').toMatchObject({
        state: 'good',
        cells: ['83/tcp IPv6', 'closed', 'refused', 'nobody', 'nc on ::', '–'],
      });
      expect(row('83/tcp IPv4'), 'open and not wanted').toMatchObject({ state: 'bad' });
      expect(row('89/tcp IPv4')?.cells.slice(1, 4), 'for a network').toEqual([
        'limited; you: closed',
        'silent',
        'nobody',
      ]);
      expect(row('95/tcp IPv4'), 'a rule without a listener').toMatchObject({
        state: 'neutral',
        notes: [expect.stringContaining('Nothing listens')],
      });
    });
  });
}
