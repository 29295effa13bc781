// Rules that this host's nft cannot read. A ruleset that a newer one loaded is "could not tell", never an open host or nobody's
// firewall, and nothing is planned over it. A file of the administrator that flushes at boot, or that nft does not accept at all, takes
// nothing of ours away.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, it } from 'vitest';
import { ensureImage } from '../../src/lab/images.ts';
import { type Cli, cliFor, type Ran } from './cli-kit.ts';
import { describeLab, useHost } from './harness.ts';
import { reach } from './reach.ts';

const PROFILE =
  'schema: 1\nid: walls\ntitle: Walls\ndescription: The firewall alone.\nextends: linux\nsteps: [firewall]\n';
const said = ({ stdout, stderr }: Ran) => stdout + stderr;

await describeLab('Rules that nft of the host cannot read', () => {
  const host = useHost({ image: 'bookworm' });
  let cli: Cli;
  let choice: readonly string[];
  let newer: string;
  beforeAll(async () => {
    cli = await cliFor(host);
    const profile = join(cli.state, 'walls.yaml');
    await writeFile(profile, PROFILE);
    choice = ['--profile', profile];
    newer = await ensureImage('trixie');
  });
  const must = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await host().console(script);
    expect(code, stdout + stderr).toBe(0);
    return stdout;
  };

  // The first is listed without its condition, at the second nft 1.0.6 ends with an assertion.
  it.each([
    ['a statement it does not know', 'tcp dport 22 last accept', "unknown expression type 'last'"],
    [
      'an operation it cannot undo',
      'meta mark set meta mark and ct mark accept',
      'invalid bitwise operation',
    ],
  ])('loaded by a newer one: %s', async (_, rule, why) => {
    const rules = `table inet filter { chain input { type filter hook input priority 0; policy drop; ct state established,related accept; tcp dport 22 accept; ${rule}; }; }\n`;
    const far = (...words: string[]) =>
      execa('nsenter', ['-t', String(host().leader), '-n', 'chroot', newer, '/usr/sbin/nft', ...words], {
        input: rules,
      });
    await far('-f', '-');
    // The lab's own list of a host's state asks the host's nft, which cannot tell.
    const state = async () => [
      (await far('-s', 'list', 'ruleset')).stdout,
      await must('ls -lR /etc/portcullis /etc/systemd/system 2>&1; true'),
    ];
    const before = await state();
    const checked = await cli.on('check', ...choice, '--format', 'json');
    expect(said(checked)).toContain(why);
    const results: { control: string; result: string }[] = JSON.parse(checked.stdout).findings;
    const ours = results.filter(({ control }) => /^firewall\.(default-deny|one-owner)$/.test(control));
    expect(ours.map(({ result }) => result)).toEqual(['unknown', 'unknown']);
    const wish = ['--set', 'firewall.backend=portcullis', '--set', 'firewall.ssh-from=everyone'];
    const applied = await cli.on('apply', ...choice, ...wish, '--yes');
    expect(said(applied)).not.toContain('Applied, proved and kept');
    expect(await state()).toEqual(before);
    await must('nft flush ruleset');
  });

  it('in the administrator’s own file: what it flushes at boot comes back, and a file that nft refuses stops nothing', async () => {
    for (const family of ['-4', '-6']) {
      await must(`printf '[Service]\\nExecStart=nc ${family} -lk -p 80\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/web${family}.service
        systemctl daemon-reload && systemctl enable --now web${family}`);
    }
    // As Debian brings it: it flushes, and filters nothing.
    expect(await host().readFile('/etc/nftables.conf')).toContain('flush ruleset');
    await must('systemctl enable --now nftables');
    const answers = [...choice, '--set', 'firewall.ssh-from=everyone', '--set', 'firewall.open='];
    const applied = await cli.on('apply', ...answers, '--yes', '--recheck', 'none');
    expect(applied.code, said(applied)).toBe(0);
    const doors = async () =>
      await Promise.all(
        [22, 80].map((port) => reach({ address: host().address, port, from: host().operatorAddress })),
      );
    await host().reboot();
    await host().settled();
    await expect.poll(doors, { timeout: 30_000 }).toEqual(['open', 'silent']);

    await host().writeFile(
      '/etc/nftables.conf',
      'flush ruleset\ntable inet filter { newer words; }\n',
      '0755',
    );
    await host().reboot();
    await host().settled();
    expect((await host().console('systemctl is-active nftables')).stdout).toBe('failed\n');
    await expect.poll(doors, { timeout: 30_000 }).toEqual(['open', 'silent']);
    const again = await cli.on('plan', ...answers);
    expect(again.code, said(again)).toBe(0);
  });
});
