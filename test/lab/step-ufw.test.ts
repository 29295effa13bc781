// The firewall step on hosts with ufw, switched off and then on with an administrator's own rules: his stay and come first, exactly what
// was meant is reachable over both families, a boot keeps it, a rollback gives back every byte of files and kernel.
import { beforeAll, expect, it } from 'vitest';
import { diffManifests } from '../../src/lab/manifest.ts';
import type { Change } from '../../src/model/resource.ts';
import { startTransaction, status } from '../../src/transaction/driver.ts';
import { type Cli, cliFor } from './cli-kit.ts';
import { describeLab, inWholeRuns, onImages, useHost } from './harness.ts';
import { offerArchive } from './prepare-kit.ts';
import { reach } from './reach.ts';
import { baseOf, consoleTransport, differences, putFile, requestOf } from './transaction-kit.ts';

const PORTS = [22, 80, 443, 5432];

for (const image of onImages('trixie', 'bookworm')) {
  await describeLab(`The firewall step with ufw on ${image}`, () => {
    const host = useHost({ image });
    let cli: Cli;
    const choice = ['--steps', 'firewall'];

    beforeAll(async () => {
      cli = await cliFor(host);
      const offer = await offerArchive(host(), image);
      const install = 'DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends ufw 2>&1';
      const installed = await host().console(install, { timeout: 200_000 });
      await offer.close();
      expect(installed.code, installed.stdout).toBe(0);
    });

    const must = async (script: string): Promise<string> => {
      const { code, stdout, stderr } = await host().console(script);
      expect(code, stdout + stderr).toBe(0);
      return stdout;
    };
    const listen = () =>
      must(
        'for p in 80 443 5432; do for f in -4 -6; do systemd-run --quiet --collect --unit="listen-$p$f" nc $f -lk -p "$p"; done; done',
      );
    const all = (port: number) =>
      ['operator', 'stranger'].flatMap((who) => [4, 6].map((family) => `${port} ${who} ${family}`));
    const doors = async (ports = PORTS): Promise<string[]> => {
      const wanted = ports.flatMap(all);
      const seen = await Promise.all(
        wanted.map((door) => {
          const [port, who, family] = door.split(' ');
          const six = family === '6' ? '6' : '';
          const from =
            who === 'operator' ? (`operatorAddress${six}` as const) : (`strangerAddress${six}` as const);
          return reach({ address: host()[`address${six}`], port: Number(port), from: host()[from] });
        }),
      );
      return wanted.filter((_, index) => seen[index] === 'open');
    };
    /** A boot runs ufw.service, enabled or not, and reaches a target that nothing else here wants. */
    const settled = (lines: readonly string[]) =>
      lines.filter((line) => !/^added unit (network-pre\.target|ufw\.service): active/.test(line));

    it('switches ufw on with what was meant, keeps it over a boot, and switches it off again without a trace', async () => {
      await listen();
      await expect.poll(() => doors(), { timeout: 30_000 }).toHaveLength(16);
      const before = await host().manifest();
      const mine = `firewall.ssh-from=${host().operatorAddress},${host().operatorAddress6}`;
      const answers = [...choice, '--set', mine, '--set', 'firewall.open=80/tcp'];
      const applied = await cli.on('apply', ...answers, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      expect(applied.stderr).toContain('does not answer from outside any more');
      expect(applied.stderr).toMatch(/packets to port 5432 ipv4: you open → closed/);
      const wanted = ['22 operator 4', '22 operator 6', ...all(80)];
      expect(await doors()).toEqual(wanted);
      expect(await must('ufw status')).toMatch(/Status: active[\s\S]*22\/tcp +ALLOW[\s\S]*portcullis: ssh/);
      await host().reboot();
      await host().settled();
      await listen();
      await expect.poll(() => doors(), { timeout: 30_000 }).toEqual(wanted);
      const check = await cli.on('check', ...choice);
      expect(check.code, check.stdout + check.stderr).toBe(0);

      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stderr).toBe(0);
      expect(settled(diffManifests(before, await host().manifest()))).toEqual([]);
      expect(await doors()).toHaveLength(16);
    });

    it('adds to rules of an administrator, who is asked first and stays untouched', async () => {
      await must(
        `ufw allow 443/tcp comment 'shop' && ufw deny from 198.51.100.0/24 && ufw limit 22/tcp && ufw --force enable`,
      );
      expect(await doors([80, 443, 5432])).toEqual(all(443));
      const before = await host().manifest();
      const answers = [...choice, '--set', 'firewall.ssh-from=everyone', '--set', 'firewall.open=80/tcp'];
      const applied = await cli.on('apply', ...answers, '--yes', '--recheck', 'none');
      expect(applied.code, applied.stdout + applied.stderr).toBe(0);
      expect(await doors([80, 443, 5432])).toEqual([...all(80), ...all(443)]);
      const status = await must('ufw status');
      expect(status).toMatch(/443\/tcp +ALLOW +Anywhere +# shop/);
      expect(status).toMatch(/Anywhere +DENY +198\.51\.100\.0\/24/);
      expect(status).toMatch(/22\/tcp +LIMIT/);
      // ufw itself goes on from there, and ours are found again.
      await must('ufw allow 8443/tcp && ufw delete allow 8443/tcp');
      const again = await cli.on('plan', ...choice, '--set', 'firewall.ssh-from=everyone');
      expect(again.code, again.stdout + again.stderr).toBe(0);

      const undone = await cli.on('rollback', '--yes', '--recheck', 'none');
      expect(undone.code, undone.stdout + undone.stderr).toBe(0);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
      // Port 22 is not tried: his rule counts again, and we have come often.
      expect(await doors([80, 443])).toEqual(all(443));
    });

    inWholeRuns(() => {
      // What `ufw disable` leaves behind is part of what was: empty chains, jumps, sysctls.
      it.each(['op-2-after-load', 'undo-ufw-4', 'op-2-before-load', 'power cut'])(
        'is as before when the engine is killed while it switches ufw on: %s',
        async (at) => {
          await must('ufw --force disable');
          const old = await host().manifest();
          const conf = '/etc/ufw/ufw.conf';
          const content = (await host().readFile(conf)).replace('ENABLED=no', 'ENABLED=yes');
          const file = putFile({ path: conf, content, mode: '0644', base: await baseOf(host(), conf) });
          const load: Change = {
            ...{ address: 'ufw:rules', action: 'update', title: '', step: 'firewall', controls: [], why: '' },
            ...{ risk: 'lockout', phase: 'expand', confidence: 'predicted', effective: [] },
            primitives: [{ kind: 'ufw', scope: 'whole', was: 'inactive' }],
          };
          const cut = at === 'power cut';
          const faults =
            'mkdir -p -m 0700 /var/lib/portcullis && cd /var/lib/portcullis && rm -rf fault-stamps && umask 077 && cat >faults';
          await host().console(faults, { stdin: cut ? '' : `${at} kill\n` });
          const changes = [file, load];
          const { request } = requestOf({ changes, contents: [content], lease: cut ? 300 : 6, wait: 20 });
          const transport = consoleTransport(host());
          const { handle } = await startTransaction(transport, request);
          if (cut) {
            expect(await must('iptables-save -t filter')).toContain('-A ufw-user-input');
            await host().powerCut();
            await host().boot({ until: 'console' });
            await host().settled();
          }
          await expect
            .poll(() => status(transport, handle).catch(() => undefined), { timeout: 60_000 })
            .toMatchObject({ state: 'ROLLED_BACK', exceptions: [] });
          const left = differences(old, await host().manifest());
          // A boot leaves none of those chains, and ufw sets its sysctls only when it starts.
          const atBoot =
            /^changed (ruleset|sysctl net\.ipv[46]\.conf\.(all|default|\w+)\.accept_redirects):|^(removed|added) (unit|socket|path \/run\/systemd\/transient)/;
          expect(cut ? settled(left).filter((line) => !atBoot.test(line)) : left).toEqual([]);
          if (cut) expect(await must('iptables-save -t filter')).not.toContain('ufw');
        },
      );
    });
  });
}
