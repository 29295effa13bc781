import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { Manifest } from '../../src/lab/manifest.ts';
import { commit, history, startTransaction } from '../../src/transaction/driver.ts';
import { describeLab, onImages, useHost } from './harness.ts';
import { consoleTransport, differences, putFile, requestOf, unitVerb } from './transaction-kit.ts';
import { demoPlan, furnishDemo, NO_TRACES, prepareDemo } from './transaction-plan.ts';

/** What sshd finds when it starts, written down by its own unit. */
async function prepareWitness(root: string): Promise<void> {
  await prepareDemo(root);
  const directory = join(root, 'etc/systemd/system/ssh.service.d');
  await mkdir(directory, { recursive: true });
  const read = 'cat /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf >/run/witness 2>/dev/null; true';
  await writeFile(join(directory, 'witness.conf'), `[Service]\nExecStartPre=/bin/sh -c '${read}'\n`);
}

type Cut = { readonly when: string; readonly point: string; readonly end: 'OLD' | 'NEW' };
const CUTS: Record<'bookworm' | 'trixie', readonly Cut[]> = {
  bookworm: [
    { when: 'PREPARED', point: 'snapshot-packed', end: 'OLD' },
    { when: 'ARMED', point: 'arm-after', end: 'OLD' },
    { when: 'APPLYING', point: 'op-3-after-rename', end: 'OLD' },
    { when: 'APPLIED', point: '', end: 'OLD' },
  ],
  trixie: [
    { when: 'APPLIED', point: '', end: 'OLD' },
    { when: 'ROLLING_BACK', point: 'rollback-access', end: 'OLD' },
    { when: 'COMMITTED, not yet disarmed', point: 'state-COMMITTED-after', end: 'NEW' },
  ],
};

for (const image of onImages('trixie', 'bookworm')) {
  await describeLab(`after a power cut or a reboot of ${image}`, () => {
    const host = useHost({ image, prepare: prepareWitness });
    let old: Manifest;
    let witnessed: string;
    beforeAll(async () => {
      await furnishDemo(host());
      await host().console('sync');
      await host().reboot();
      await host().settled();
      old = await host().manifest();
      witnessed = await host().readFile('/run/witness');
    });

    it.each(CUTS[image])('in state $when the host is $end before sshd starts', async ({ point, end }) => {
      const transport = consoleTransport(host());
      const faults = 'rm -rf /var/lib/portcullis/fault-stamps; umask 077; cat >/var/lib/portcullis/faults';
      await host().console(`mkdir -p -m 0700 /var/lib/portcullis; ${faults}`, { stdin: `${point} hang\n` });
      const plan = await demoPlan(host());
      const { request, token } = requestOf({
        ...plan,
        lease: point === 'rollback-access' ? 3 : 300,
        wait: 10,
      });
      const client = startTransaction(transport, request)
        .then(({ handle }) => (end === 'NEW' ? commit(transport, handle, token) : undefined))
        .catch(() => undefined);
      if (point === '') await client;
      const stamp = `[ -z "$1" ] || [ -d "/var/lib/portcullis/fault-stamps/$1" ]`;
      await expect
        .poll(() => host().console(stamp, { args: [point] }), { timeout: 30_000 })
        .toMatchObject({ code: 0 });
      await host().powerCut();
      await client;
      await host().boot();
      await host().settled();
      await expect.poll(() => host().console(NO_TRACES), { timeout: 20_000 }).toMatchObject({ code: 0 });
      await host().console('rm -f /var/lib/portcullis/faults');
      const witness = await host().readFile('/run/witness');
      const last = (await history(transport)).find(({ id }) => id === request.id);
      if (end === 'OLD') {
        expect(witness).toBe(witnessed);
        expect(differences(old, await host().manifest())).toEqual([]);
        expect(last === undefined || last.state === 'ROLLED_BACK').toBe(true);
        expect(last?.exceptions ?? []).toEqual([]);
      } else {
        expect(witness).toContain('MaxAuthTries 3');
        expect(last).toMatchObject({ state: 'COMMITTED' });
        expect(await host().console(plan.check)).toMatchObject({ code: 0 });
      }
    });

    it('service managers forget unit files that were never kept, too', async () => {
      const path = '/etc/systemd/system/ssh.service.d/zz-new.conf';
      const content = '[Service]\nExecStartPre=/bin/sh -c "touch /run/unkept"\n';
      const changes = [
        putFile({ path, content, base: { kind: 'absent' } }),
        unitVerb('ssh.service', 'daemon-reload'),
      ];
      // What stood before this one, because the last cut may have left what was kept.
      const before = await host().manifest();
      const { request } = requestOf({ changes, contents: [content], lease: 300 });
      const { status } = await startTransaction(consoleTransport(host()), request);
      expect(status.state).toBe('APPLIED');
      await host().powerCut();
      await host().boot();
      await host().settled();
      await expect.poll(() => host().console(NO_TRACES), { timeout: 20_000 }).toMatchObject({ code: 0 });
      expect(
        await host().console('[ ! -e /run/unkept ] && systemctl cat ssh.service | grep -c zz-new'),
      ).toMatchObject({
        stdout: '0\n',
      });
      expect(differences(before, await host().manifest())).toEqual([]);
    });

    const reboot = image === 'bookworm';
    if (reboot)
      it('an ordinary reboot is no confirmation either', async () => {
        const { request } = requestOf({ ...(await demoPlan(host())), lease: 300 });
        await startTransaction(consoleTransport(host()), request);
        await host().reboot();
        await host().settled();
        await expect.poll(() => host().console(NO_TRACES), { timeout: 20_000 }).toMatchObject({ code: 0 });
        expect(await host().readFile('/run/witness')).toBe(witnessed);
        expect(differences(old, await host().manifest())).toEqual([]);
      });
  });
}
