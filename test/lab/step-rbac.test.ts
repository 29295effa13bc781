// The room on a real host: what was planted is found, what can be put right is, a second plan is empty, and all of it goes back to the byte.
import { beforeAll, expect, it } from 'vitest';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import { type Cli, cliFor } from './cli-kit.ts';
import { describeLab, inWholeRuns, onImages, useHost } from './harness.ts';
import { makeKey, rbacProfile } from './rbac-kit.ts';

/** Faults of all kinds, as years of administration leave them. */
const PLANTED = `set -e
useradd -m -o -u 0 -g 0 -s /bin/bash toor
useradd -m -s /bin/bash bob && passwd -d bob >/dev/null
groupadd docker && usermod -aG docker bob
useradd -m -s /bin/bash old && chage -d 2020-01-01 old && printf 'old:a long word\n' | chpasswd && chage -d 2020-01-01 old
ssh-keygen -q -t rsa -b 1024 -N '' -f /tmp/weak
install -d -m 700 -o bob -g bob /home/bob/.ssh
cat /root/.ssh/authorized_keys /tmp/weak.pub >/home/bob/.ssh/authorized_keys
cat /tmp/weak >>/home/bob/.ssh/authorized_keys
chown bob:bob /home/bob/.ssh/authorized_keys && chmod 600 /home/bob/.ssh/authorized_keys && rm /tmp/weak /tmp/weak.pub
printf 'AllowUsers root ana deploy\n' >/etc/ssh/sshd_config.d/allow.conf && systemctl reload ssh
printf 'Defaults !authenticate, timestamp_timeout=-1\n' >/etc/sudoers.d/loose && chmod 644 /etc/sudoers.d/loose
`;

/** What the program names and leaves to a person. */
const BY_HAND = `set -e
sed -i '/^toor:/d' /etc/passwd /etc/shadow
gpasswd -d bob docker >/dev/null && rm -r /home/bob/.ssh && usermod -L bob
chage -E 0 old
rm /root/.ssh/authorized_keys /home/deploy/.ssh/authorized_keys
rm /etc/sudoers.d/loose /etc/sudoers.d/deploy
`;

for (const image of onImages('trixie', 'bookworm')) {
  await describeLab(`the rbac room on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    let step: readonly string[];
    let answers: readonly string[];
    let before: Manifest;
    beforeAll(async () => {
      cli = await cliFor(host, 'ana');
      step = ['--profile', await rbacProfile(cli.state)];
      const people = `rbac.people=ana operator,bea auditor ${await makeKey(cli.state, 'bea')}`;
      answers = ['--set', people, '--set', 'rbac.sudo-password=true', '--set', 'rbac.close-root=true'];
      const planted = await host().console(PLANTED);
      expect(planted.code, planted.stderr).toBe(0);
      before = await host().manifest();
    });

    const results = async () => {
      const said = await cli.on('check', ...step, ...answers, '--format', 'json');
      const { findings } = JSON.parse(said.stdout) as {
        findings: readonly { control: string; result: string; evidence: readonly string[] }[];
      };
      return findings;
    };

    const notYet = (findings: Awaited<ReturnType<typeof results>>, but: string) =>
      findings.filter(({ result }) => result !== but).map((one) => `${one.control}: ${one.evidence}`);

    it('finds every fault, and shows who is root', async () => {
      expect(notYet(await results(), 'fail')).toEqual([]);
      const shown = await cli.on('check', ...step, ...answers, '--view');
      expect(shown.stdout).toMatch(/bob.*It is root: a member of docker/s);
    });

    it('refuses to write among rules that others could have written', async () => {
      const his = '/etc/sudoers.d/his';
      await host().console(`echo 'bob ALL=(ALL:ALL) NOPASSWD: ALL' >${his} && chmod 666 ${his}`);
      const planned = await cli.on('plan', ...step, ...answers);
      await host().console(`rm ${his}`);
      expect(planned.code, planned.stdout).toBe(5);
      expect(planned.stdout + planned.stderr).toContain(his);
    });

    it('sets people and policy up, is proved over fresh logins, and has nothing left to plan', async () => {
      const planned = await cli.on('plan', ...step, ...answers);
      expect(planned.stdout, planned.stderr).toMatch(/zz-portcullis-policy[\s\S]*rehearsed/);
      expect(planned.stdout).toContain('file:/etc/sudoers.d/loose');
      expect(planned.stdout).not.toMatch(/predicted/);
      const applied = await cli.on('apply', ...step, ...answers, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      const again = await cli.on('plan', ...step, ...answers);
      expect(again.code, again.stdout + again.stderr).toBe(0);
    });

    it('goes back to the byte', async () => {
      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stdout + undone.stderr).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
    });

    inWholeRuns(() => {
      it('passes in everything once a person did what was named', async () => {
        const applied = await cli.on('apply', ...step, ...answers, '--yes', '--recheck', 'none');
        expect(applied.code, applied.stdout + applied.stderr).toBe(0);
        const done = await host().console(BY_HAND);
        expect(done.code, done.stderr).toBe(0);
        expect(notYet(await results(), 'pass')).toEqual([]);
      });
    });
  });
}
