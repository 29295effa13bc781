// Mode and owner of a file whose bytes stay where they are: set, kept, undone, and taken back from every point.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Change } from '../../src/model/resource.ts';
import { commit, newTransaction, rollback, startTransaction } from '../../src/transaction/driver.ts';
import { renderRequest } from '../../src/transaction/request.ts';
import {
  flavoursOf,
  leftovers,
  makeScratchHost,
  picture,
  type ScratchHost,
  scratchProblem,
} from './scratch-host.ts';

const PATH = '/etc/demo/key';
const change = (mode: string): Change => ({
  ...{
    address: `file:${PATH}`,
    action: 'update',
    title: '',
    step: 'sshd',
    controls: [],
    why: '',
    risk: 'lockout',
  },
  ...{
    phase: 'expand',
    confidence: 'predicted',
    effective: [],
    base: { kind: 'mode', mode, uid: 0, gid: 7 },
  },
  primitives: [{ kind: 'set-mode', path: PATH, mode: '0600', uid: 0, gid: 0 }],
});

function request(mode = '0644') {
  const { token, ...identity } = newTransaction();
  const planDigest = createHash('sha256').update('p').digest('hex');
  const rest = { run: 'r', step: 'sshd', operator: 'ana@desk', planDigest, lease: 60, wait: 20 };
  return { token, request: { ...identity, ...rest, changes: [change(mode)], contents: {} } };
}

/** Fault points that were reached. */
function stamps(host: ScratchHost): readonly string[] {
  const folder = join(host.root, 'var/lib/portcullis/fault-stamps');
  return existsSync(folder) ? readdirSync(folder) : [];
}

describe('the request', () => {
  it('carries mode and owner, wanted and seen, and no content', () => {
    const lines = renderRequest(request().request).split('\n');
    expect(lines.filter((line) => /^(op|content) /.test(line))).toEqual([
      `op set-mode ${Buffer.from(PATH).toString('base64')} 0600 0 0 0644 0 7`,
      'content end',
    ]);
  });
});

for (const flavour of flavoursOf()) {
  const problem = scratchProblem(flavour);
  describe.skipIf(problem !== null)(
    `set-mode under ${flavour}${problem === null ? '' : ` (skipped: ${problem})`}`,
    { timeout: 120_000 },
    () => {
      let host: ScratchHost;
      let old: string;
      const look = async () => (await host.sh(`stat -c '%a %u:%g' ${PATH}; cat ${PATH}`)).stdout;
      beforeEach(async () => {
        host = makeScratchHost(flavour);
        await host.sh(
          `echo hidden >${PATH}; chown 0:7 ${PATH}; chmod 0644 ${PATH}; mkdir -m 0700 /var/lib/portcullis`,
        );
        old = await picture(host);
      });
      afterEach(() => host.destroy());

      it('is applied, kept and undone, and no copy of the bytes is made', async () => {
        const { request: it, token } = request();
        const { handle } = await startTransaction(host.transport, it);
        expect(await look()).toBe('600 0:0\nhidden\n');
        expect(await commit(host.transport, handle, token)).toMatchObject({ kind: 'committed' });
        expect((await host.sh('grep -rl hidden /var/lib/portcullis')).stdout).toBe('');
        expect(leftovers(host)).toEqual([]);
        expect(await host.sh(`sh /var/lib/portcullis/engine undo ${handle.id}`)).toMatchObject({ code: 0 });
        expect(await picture(host)).toBe(old);
      });

      it('refuses a host that is not what the plan saw', async () => {
        await expect(startTransaction(host.transport, request('0600').request)).rejects.toMatchObject({
          exitCode: 7,
        });
        expect(await picture(host)).toBe(old);
      });

      it('leaves a file that got other bytes meanwhile, and says so', async () => {
        const { handle } = await startTransaction(host.transport, request().request);
        await host.sh(`echo theirs >${PATH}`);
        expect(await rollback(host.transport, handle)).toMatchObject({ state: 'ROLLBACK_PARTIAL' });
        expect(await look()).toBe('600 0:0\ntheirs\n');
      });

      const points =
        flavour === 'dash'
          ? ['op-1-before-mode', 'op-1-after-owner', 'op-1-after-mode', 'op-1-after-done']
          : ['op-1-after-owner'];
      it.each([...points.map((at) => [at, 'kill']), ['op-1-after-owner', 'enospc']])(
        'ends as it was when at %s comes %s',
        async (at, kind) => {
          await host.sh(`umask 077; printf '%s\\n' '${at} ${kind}' >/var/lib/portcullis/faults`);
          const { request: it } = request();
          const handle = await startTransaction(host.transport, { ...it, wait: 3 }).then(
            (started) => started.handle,
            () => undefined,
          );
          // Not before the detached worker came to the point: on a busy machine that may be after the answer.
          await vi.waitFor(() => expect(stamps(host)).toEqual([at]), { timeout: 30_000, interval: 50 });
          await host.sh('rm -f /var/lib/portcullis/faults');
          if (handle !== undefined) await rollback(host.transport, handle).catch(() => undefined);
          expect(await picture(host)).toBe(old);
        },
      );

      it.each(['undo-1-before', 'undo-1-after-owner', 'undo-1-after'])(
        'is taken back when taking back is killed at %s',
        async (at) => {
          const { handle } = await startTransaction(host.transport, request().request);
          await host.sh(`umask 077; printf '%s\\n' '${at} kill' >/var/lib/portcullis/faults`);
          await rollback(host.transport, handle).catch(() => undefined);
          expect(stamps(host)).toEqual([at]);
          expect(await rollback(host.transport, handle)).toMatchObject({ state: 'ROLLED_BACK' });
          expect(await picture(host)).toBe(old);
        },
      );
    },
  );
}
