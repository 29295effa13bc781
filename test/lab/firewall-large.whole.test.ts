// A host whose own ruleset is large: 50,000 addresses in a named set and 2,000 rules in a table of somebody else, in front of everything.
// It is read within its limits, nobody waits for it, and what is applied and taken back leaves every byte of it as it was.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import type { StepView } from '../../src/model/view.ts';
import { type Cli, cliFor } from './cli-kit.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { reach } from './reach.ts';

const PROFILE =
  'schema: 1\nid: walls\ntitle: Walls\ndescription: The firewall alone.\nextends: linux\nsteps: [firewall]\n';
const ELEMENTS = 50_000;
const RULES = 2_000;

/** Rules in front of routing, as lists of bad addresses are mostly kept: they filter, and own no input. */
function bigTable(stranger: string): string {
  const addresses = Array.from(
    { length: ELEMENTS - 1 },
    (_, index) => `100.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
  );
  const rules = Array.from(
    { length: RULES },
    (_, index) =>
      `    ip saddr 198.18.${index >> 8}.${index & 255} tcp dport ${1024 + index} counter drop comment "ticket ${index}"`,
  );
  return `table inet lists {
  set blocked { type ipv4_addr; elements = { ${[...addresses, stranger].join(', ')} }
  }
  set closed { type inet_service; flags interval; elements = { 81, 7000-7010 }
  }
  chain early { type filter hook prerouting priority -150; policy accept;
    ip saddr @blocked counter drop
    tcp dport @closed drop
${rules.join('\n')}
  }
}
`;
}

for (const image of onImages('trixie', 'bookworm')) {
  await describeLab(`A large ruleset on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    let profile: string;
    const theirs = async () => {
      const { stdout } = await host().console('nft -s list table inet lists');
      expect(stdout.length).toBeGreaterThan(ELEMENTS * 10);
      return createHash('sha256').update(stdout).digest('hex');
    };

    beforeAll(async () => {
      cli = await cliFor(host);
      profile = join(cli.state, 'walls.yaml');
      await writeFile(profile, PROFILE);
      const listen =
        'for p in 80 81; do for f in -4 -6; do systemd-run --quiet --collect --unit="l$p$f" nc $f -lk -p "$p"; done; done';
      expect(await host().console(listen)).toMatchObject({ code: 0 });
      const loaded = await host().console('nft -f -', { stdin: bigTable(host().strangerAddress) });
      expect(loaded.code, loaded.stderr).toBe(0);
    });

    it('is read, planned and rehearsed in a few seconds; named sets are told as they are', async () => {
      const begun = performance.now();
      const checked = await cli.on('check', '--profile', profile, '--view', '--format', 'json');
      const took = Math.round(performance.now() - begun);
      process.stderr.write(`lab: check of ${ELEMENTS} elements and ${RULES} rules took ${took} ms\n`);
      expect(checked.code, checked.stderr).toBe(2);
      expect(took).toBeLessThan(30_000);
      const views: readonly StepView[] = JSON.parse(checked.stdout).views;
      const rows = views.find(({ id }) => id === 'firewall.reality')?.rows ?? [];
      const row = (name: string) => rows.find(({ cells }) => cells[0] === name);
      expect(row('80/tcp IPv4')?.cells[1], 'neither you nor a stranger is among them').toBe('open');
      expect(row('80/tcp IPv6')?.cells[1]).toBe('open');
      expect(row('81/tcp IPv4')?.cells[1]).toBe('closed');
      expect(row('81/tcp IPv6')?.cells[1]).toBe('closed');
      expect(rows.filter(({ state }) => state === 'unknown')).toEqual([]);
    });

    it('stays as it was, byte for byte, whatever is applied beside it and taken back', async () => {
      const before = await host().manifest();
      const bytes = await theirs();
      const begun = performance.now();
      const answers = [
        '--profile',
        profile,
        '--set',
        'firewall.ssh-from=everyone',
        '--set',
        'firewall.open=80/tcp',
      ];
      const planned = await cli.on('plan', ...answers);
      process.stderr.write(`lab: its plan with rehearsal took ${Math.round(performance.now() - begun)} ms\n`);
      expect(planned.code, planned.stdout + planned.stderr).toBe(2);
      expect(planned.stdout).toMatch(/packets to port 22 ipv4: you open, a stranger open/);
      const applied = await cli.on('apply', ...answers, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      expect(await theirs()).toBe(bytes);
      const door = (from: string) => reach({ address: host().address, port: 80, from });
      expect([await door(host().operatorAddress), await door(host().strangerAddress)]).toEqual([
        'open',
        'silent',
      ]);
      const again = await cli.on('plan', ...answers);
      expect(again.code, again.stdout + again.stderr).toBe(0);
      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stderr).toBe(0);
      expect(await theirs()).toBe(bytes);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });
  });
}
