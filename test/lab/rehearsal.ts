// What every release must show of a rehearsal: it is carried out, it leaves nothing, and whoever dies, it ends.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ImageName } from '../../src/lab/images.ts';
import { diffManifests } from '../../src/lab/manifest.ts';
import type { Context } from '../../src/model/context.ts';
import type { Transport } from '../../src/model/target.ts';
import { describeLab, useHost } from './harness.ts';
import { connectTo, fileChange, planFor, rehearse, surveyOf } from './plan-kit.ts';
import { changedTraces, machineState, sshChildren, traces } from './rehearsal-kit.ts';

export async function rehearsalOn(image: ImageName): Promise<void> {
  await describeLab(`a rehearsal on ${image}`, () => {
    // Disks of their own below the folders that are covered: they are covered too.
    const host = useHost({ image, smallDisks: { '/srv/portcullis': '8M', '/var/cache/portcullis': '8M' } });
    let folder: string;
    let transport: Transport;
    let context: Context;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'portcullis-rehearsal-'));
      transport = await connectTo(host(), { stateDir: folder });
      context = await surveyOf(transport);
    });
    afterAll(async () => {
      await transport.close();
      await rm(folder, { recursive: true, force: true });
    });

    it('carries files out with the engine’s own operations and leaves nothing, there and here', async () => {
      const here = await machineState();
      const marks = await traces(host());
      const before = await host().manifest();
      const { plan } = await planFor(transport, context, [
        { kind: 'sshd-option', keyword: 'MaxAuthTries', values: ['4'] },
        {
          kind: 'authorized-key',
          user: 'ana',
          line: `${host().publicKey.split(' ').slice(0, 2).join(' ')} new`,
        },
        { kind: 'file', path: '/etc/issue.net', content: 'Keep out.\n', mode: '0644', uid: 0, gid: 0 },
      ]);
      const files = await rehearse(transport, context, [
        fileChange(
          '/etc/systemd/system/portcullis-x.service',
          '[Service]\nType=oneshot\nExecStart=/bin/true\n',
        ),
        fileChange('/etc/sudoers.d/portcullis', 'deploy ALL=(ALL) NOPASSWD: ALL\n', '0440'),
        fileChange('/srv/portcullis/new/file', 'x\n'),
      ]);
      expect(diffManifests(before, await host().manifest())).toEqual([]);
      expect(changedTraces(marks, await traces(host()))).toEqual([]);
      expect(await machineState()).toEqual(here);
      expect(plan.rehearsal, plan.notes.join('\n')).toMatchObject({
        method: 'rehearsed',
        reason: '',
        downgraded: [],
      });
      const labels = plan.changes
        .filter((one) => one.action !== 'none')
        .map((one) => [one.address.split(':')[0], one.confidence]);
      expect(new Set(labels.map(String))).toEqual(new Set(['file,rehearsed', 'unit,validated']));
      expect(files.changes.map((one) => one.confidence)).toEqual(['rehearsed', 'rehearsed', 'rehearsed']);
    });

    it('ends by itself when the client is killed in the middle of it', async () => {
      const marks = await traces(host());
      await host().console(
        'mv /usr/sbin/sshd /usr/sbin/sshd.real && printf "#!/bin/sh\\nsleep 8\\nexec /usr/sbin/sshd.real \\"\\$@\\"\\n" >/usr/sbin/sshd && chmod 755 /usr/sbin/sshd',
      );
      const mine = await sshChildren();
      const other = await connectTo(host(), { stateDir: folder });
      const its = (await sshChildren()).filter((pid) => !mine.includes(pid));
      expect(its).toHaveLength(1);
      const asked = planFor(other, context, [
        { kind: 'sshd-option', keyword: 'MaxAuthTries', values: ['4'] },
      ]).catch(() => undefined);
      await expect
        .poll(async () => (await traces(host())).rehearsals, { timeout: 20_000 })
        .toBeGreaterThan(0);
      for (const pid of its) process.kill(pid, 'SIGKILL');
      await asked;
      await other.close();
      await host().console('mv -f /usr/sbin/sshd.real /usr/sbin/sshd');
      await expect
        .poll(async () => changedTraces(marks, await traces(host())), { timeout: 70_000, interval: 1000 })
        .toEqual([]);
    });
  });
}
