import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SshdOptionResource } from '../../src/model/resource.ts';
import { describeLab, useHost } from './harness.ts';
import { connectTo, planFor, surveyOf } from './plan-kit.ts';

const port = (...values: string[]): SshdOptionResource => ({ kind: 'sshd-option', keyword: 'Port', values });

await describeLab('the port of a socket-activated sshd', () => {
  const host = useHost({ image: 'bookworm' });
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-socket-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('moves by the socket’s drop-in, in the order of the plan, while open sessions stay', async () => {
    const made = await host().console(
      'systemctl disable --now ssh.service && systemctl enable --now ssh.socket',
    );
    expect(made.code, made.stderr).toBe(0);
    const transport = await connectTo(host(), { stateDir: folder, user: 'deploy' });
    const { plan } = await planFor(transport, await surveyOf(transport), [port('22', '2222')]);
    expect(plan.refusals).toEqual([]);
    expect(plan.applyable, plan.notes.join('\n')).toBe(true);
    for (const change of plan.changes) {
      for (const primitive of change.primitives) {
        if (primitive.kind === 'put-file') {
          await host().console(`mkdir -p ${primitive.path.replace(/\/[^/]+$/, '')}`);
          await host().writeFile(primitive.path, change.after ?? '', primitive.mode);
        } else if (primitive.kind === 'unit') {
          const name = primitive.verb === 'daemon-reload' ? '' : primitive.name;
          const run = await host().console(`systemctl ${primitive.verb} ${name}`);
          expect(run.code, `${primitive.verb} ${name}: ${run.stderr}`).toBe(0);
        }
      }
    }
    for (const each of [22, 2222]) {
      const login = await host().ssh('echo in', {
        port: each,
        user: 'deploy',
        options: ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
      });
      expect(login.stdout, `port ${each}: ${login.stderr}`).toBe('in\n');
    }
    expect(transport.lost()).toBe(false);
    const again = await planFor(transport, await surveyOf(transport), [port('22', '2222')]);
    expect(again.plan.changes.filter((change) => change.action !== 'none')).toEqual([]);
    await transport.close();
  });
});
