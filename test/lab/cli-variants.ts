// Hosts as they are found: the effective state is right each time, and so is the way back.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import { ANSWERS, type Cli, cliFor, until } from './cli-kit.ts';
import { describeLab, inWholeRuns, useHost } from './harness.ts';

type Variant = {
  readonly title: string;
  /** Shell that makes the host so. */
  readonly make: string;
  readonly answers?: readonly string[];
  /** Lines that `sshd -T -C user=ana,…` must hold after the apply. */
  readonly effective: readonly RegExp[];
  readonly port?: number;
};

const OFTEN: readonly Variant[] = [
  {
    title: 'a Match block gives passwords back',
    make: 'printf "\\nMatch User ana\\n  PasswordAuthentication yes\\n  X11Forwarding yes\\n" >>/etc/ssh/sshd_config; systemctl reload ssh',
    effective: [/^passwordauthentication no$/m, /^x11forwarding no$/m],
  },
  {
    title: 'the main file says Port 22, and the port moves',
    make: 'sed -i "s/^#Port 22/Port 22/" /etc/ssh/sshd_config; systemctl reload ssh',
    answers: ['--set', 'sshd.port=2222'],
    effective: [/^port 2222$/m],
    port: 2222,
  },
];

/** What tests without a host judge in every run too. */
const RARELY: readonly Variant[] = [
  {
    title: 'cloud-init’s drop-in says yes to passwords',
    make: 'printf "PasswordAuthentication yes\\n" >/etc/ssh/sshd_config.d/50-cloud-init.conf; systemctl reload ssh',
    effective: [/^passwordauthentication no$/m],
  },
  {
    title: 'the main file includes no drop-ins',
    make: 'sed -i "/^Include/d" /etc/ssh/sshd_config; systemctl reload ssh',
    effective: [/^passwordauthentication no$/m, /^maxauthtries 4$/m],
  },
];

/** The tests of one release. */
export async function hostsAsFound(image: 'bookworm' | 'trixie'): Promise<void> {
  await describeLab(`Hosts as they are found, ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    let before: Manifest;

    beforeEach(async () => {
      cli ??= await cliFor(host);
      await host().console('tar -C / -cf /root/etc-ssh.tar etc/ssh');
    });

    afterEach(async () => {
      await host().console(
        'rm -rf /etc/ssh && tar -C / -xpf /root/etc-ssh.tar && rm /root/etc-ssh.tar && systemctl reload ssh',
      );
    });

    const walked = async (variant: Variant) => {
      await host().console(variant.make);
      before = await host().manifest();
      const answers = [...ANSWERS, ...(variant.answers ?? [])];
      const applied = await cli.on('apply', ...answers, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stderr).toBe(0);

      const seen = await host().console(
        `sshd -T -C user=ana,host=h,addr=${host().operatorAddress},laddr=${host().address},lport=22`,
      );
      for (const line of variant.effective) expect(seen.stdout).toMatch(line);
      const later = variant.port === undefined ? cli : await cliAt(cli, variant.port);
      if (variant.port !== undefined) {
        expect((await host().ssh('true', { port: variant.port })).code).toBe(0);
        expect((await host().ssh('true', { port: 22 })).code).toBe(255);
        expect(seen.stdout).not.toMatch(/^port 22$/m);
      }
      const again = await later.on('plan', ...answers);
      expect(again.code, again.stdout + again.stderr).toBe(0);

      const undone = await later.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stderr).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
      expect((await host().ssh('true')).code).toBe(0);
    };
    const each = (variants: readonly Variant[]) => {
      for (const variant of variants) it(variant.title, async () => await walked(variant));
    };
    each(OFTEN);
    inWholeRuns(() => each(RARELY));

    inWholeRuns(() => {
      it('left armed, it is kept by confirm; not confirmed, the host takes it back by itself', async () => {
        before = await host().manifest();
        const armed = await cli.on('apply', ...ANSWERS, '--yes', '--confirm', 'manual', '--lease', '30s');
        expect(armed.code, armed.stderr).toBe(3);
        expect((await cli.on('status')).code).toBe(3);
        const second = await cli.on('apply', ...ANSWERS, '--yes');
        expect([7, 8], second.stderr).toContain(second.code);
        const confirmed = await cli.on('confirm');
        expect(confirmed.code, confirmed.stderr).toBe(0);
        expect((await cli.on('status')).code).toBe(0);
        expect((await cli.on('rollback', '--yes', '--recheck', 'none')).code).toBe(0);
        expect(diffManifests(before, await host().manifest())).toEqual([]);

        const forgotten = await cli.on('apply', ...ANSWERS, '--yes', '--confirm', 'manual', '--lease', '8s');
        expect(forgotten.code, forgotten.stderr).toBe(3);
        await until(async () => (await cli.on('status')).code === 0, 40_000);
        expect(diffManifests(before, await host().manifest())).toEqual([]);
      });
    });

    inWholeRuns(() => {
      it('the client is killed while it proves: the host is as before', async () => {
        before = await host().manifest();
        const { child } = await cli.start('apply', ...ANSWERS, '--yes', '--lease', '6s', '--recheck', '60');
        let heard = '';
        child.all?.on('data', (chunk: Buffer) => {
          heard += chunk.toString();
        });
        await until(async () => heard.includes('applied, not confirmed'), 60_000);
        child.kill('SIGKILL');
        await child;
        await until(
          async () => (await host().console('test -e /etc/ssh/sshd_config.d/00-portcullis.conf')).code !== 0,
          40_000,
        );
        await until(async () => (await cli.on('status')).code === 0, 40_000);
        expect(diffManifests(before, await host().manifest())).toEqual([]);
      });
    });
  });
}

/** The same person, coming by another port. */
async function cliAt(cli: Cli, port: number): Promise<Cli> {
  return { ...cli, on: (command, ...words) => cli.onPort(port, command, ...words) };
}
