import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/model/errors.ts';
import type { BaseState, Change, Primitive } from '../../src/model/resource.ts';
import {
  commit,
  history,
  newTransaction,
  previewUndo,
  proveFresh,
  readOpen,
  rollback,
  startTransaction,
  status,
} from '../../src/transaction/driver.ts';
import { bootstrapScript, callScript, hostEngine } from '../../src/transaction/engine.ts';
import {
  flavoursOf,
  leftovers,
  makeScratchHost,
  picture,
  type ScratchHost,
  scratchProblem,
} from './scratch-host.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the engine as text', { timeout: 120_000 }, () => {
  it.each(['dash', 'busybox sh'])('is accepted by %s', (shell) => {
    const [command = '', ...args] = shell.split(' ');
    for (const input of [hostEngine().text, bootstrapScript, callScript]) {
      expect(spawnSync(command, [...args, '-n'], { input, encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      });
    }
  });

  // A call without it does nothing, and a rehearsal would then end before its first operation without a word.
  it('says at every call which part of the checkpoint is made, in the rehearsal too', () => {
    const rehearsal = readFileSync(new URL('../../src/transaction/rehearse.sh', import.meta.url), 'utf8');
    for (const [text, least] of [
      [hostEngine().text, 2],
      [rehearsal, 1],
    ] as const) {
      const calls = [...text.matchAll(/^[^#\n]*\btake_snapshot\b(?!\()(.*)$/gm)].map(([, rest]) => rest);
      expect(calls.length).toBeGreaterThanOrEqual(least);
      for (const rest of calls) expect(rest).toMatch(/^ (all|first|rest|"\$bg_what")(\s|$)/);
    }
  });

  it('is clean for shellcheck', () => {
    for (const input of [hostEngine().text, `#!/bin/sh\n${bootstrapScript}`, `#!/bin/sh\n${callScript}`]) {
      expect(spawnSync('shellcheck', ['-s', 'sh', '-'], { input, encoding: 'utf8' }).stdout).toBe('');
    }
  });
});

const FILES = { '/etc/demo/a.conf': 'old a\n', '/etc/demo/b.conf': 'old b\n' } as const;
const NEW = { '/etc/demo/a.conf': 'new a\n', '/etc/demo/deep/er/c.conf': 'new c\n' } as const;

const change = (address: string, base: BaseState | undefined, primitives: Primitive[]): Change => ({
  ...{ address, action: 'update', title: address, step: 'sshd', controls: [], why: 'test', risk: 'lockout' },
  ...{ phase: 'expand', confidence: 'predicted', effective: [], primitives },
  ...(base === undefined ? {} : { base }),
});
const isOld = (path: string): path is keyof typeof FILES => path in FILES;
const baseFor = (path: string): BaseState =>
  isOld(path)
    ? { kind: 'file', sha256: sha256(FILES[path]), mode: '0644', uid: 0, gid: 0 }
    : { kind: 'absent' };

function request() {
  const { token, ...identity } = newTransaction();
  const puts = Object.entries(NEW).map(([path, content]) =>
    change(path, baseFor(path), [
      { kind: 'put-file', path, sha256: sha256(content), mode: '0640', uid: 0, gid: 0 },
    ]),
  );
  const changes = [
    ...puts,
    change('b', baseFor('/etc/demo/b.conf'), [{ kind: 'remove-file', path: '/etc/demo/b.conf' }]),
    change('unit', undefined, [
      { kind: 'unit', name: 'demo.service', verb: 'start' },
      { kind: 'unit', name: 'ssh.service', verb: 'reload' },
    ]),
  ];
  const contents = Object.fromEntries(
    Object.values(NEW).map((text) => [sha256(text), Buffer.from(text).toString('base64')]),
  );
  const rest = { run: 'r', step: 'sshd', operator: 'ana@desk', planDigest: sha256('p'), lease: 60, wait: 20 };
  return { token, request: { ...identity, ...rest, changes, contents } };
}

const POINTS = [
  ...[
    'begin-locked',
    'begin-units',
    'snapshot-1',
    'snapshot-packed',
    'arm-before',
    'arm-timer',
    'state-ARMED-after',
    'arm-after',
  ],
  ...[1, 2].flatMap((n) =>
    [
      'before-intent',
      'after-intent',
      'after-write',
      'before-rename',
      'after-rename',
      'after-sync',
      'after-done',
    ].map((at) => `op-${n}-${at}`),
  ),
  ...[
    'op-3-after-rename',
    'op-4-after-verb',
    'op-5-after-verb',
    'apply-end',
    'state-APPLIED-before',
    'state-APPLIED-after',
  ],
];
const BACK = [
  'rollback-begin',
  'undo-1-before',
  'undo-1-after',
  'undo-2-after',
  'rollback-access',
  'rollback-other',
  'rollback-result',
  'disarm-marker',
  'disarm-stopped',
  'disarm-units',
];

for (const flavour of flavoursOf()) {
  const problem = scratchProblem(flavour);
  describe.skipIf(problem !== null)(
    `the engine under ${flavour}${problem === null ? '' : ` (skipped: ${problem})`}`,
    { timeout: 120_000 },
    () => {
      let host: ScratchHost;
      let old: string;
      beforeEach(async () => {
        host = makeScratchHost(flavour);
        const files = Object.entries(FILES).map(([path, text]) => `printf '%s' '${text}' >${path}`);
        await host.sh(`${files.join(';')}; : >/fake/active/ssh.service; mkdir -m 0700 /var/lib/portcullis`);
        old = await picture(host);
      });
      afterEach(() => host.destroy());

      const faults = (text: string) =>
        host.sh(
          `umask 077; rm -rf /var/lib/portcullis/fault-stamps; printf '%s\\n' '${text}' >/var/lib/portcullis/faults`,
        );

      it('applies, proves, keeps, undoes', async () => {
        const { request: it, token } = request();
        const { handle, status: applied } = await startTransaction(host.transport, it);
        expect(applied).toMatchObject({ state: 'APPLIED', operationsDone: 5, operationsTotal: 5 });
        expect((await host.sh('cat /etc/demo/a.conf /etc/demo/deep/er/c.conf; ls /etc/demo')).stdout).toBe(
          'new a\nnew c\na.conf\ndeep\n',
        );
        expect(await proveFresh(host.transport, handle)).toMatchObject({ state: 'APPLIED' });
        expect(await commit(host.transport, handle, token)).toMatchObject({ kind: 'committed' });
        expect(leftovers(host)).toEqual([]);
        expect((await previewUndo(host.transport, handle.id)).would).toContain('restore /etc/demo/b.conf');
        expect(await host.sh(`sh /var/lib/portcullis/engine undo ${handle.id}`)).toMatchObject({ code: 0 });
        expect(await picture(host)).toBe(old);
        expect((await history(host.transport)).map(({ state }) => state)).toEqual(['COMMITTED', 'COMMITTED']);
      });

      it('leaves and names what somebody else changed since, when it undoes', async () => {
        const { request: it, token } = request();
        const { handle } = await startTransaction(host.transport, it);
        await commit(host.transport, handle, token);
        await host.sh('echo theirs >>/etc/demo/a.conf');
        expect((await previewUndo(host.transport, handle.id)).left).toEqual([
          '/etc/demo/a.conf was changed by someone else since: left as it is',
        ]);
        expect(await host.sh(`sh /var/lib/portcullis/engine undo ${handle.id}`)).toMatchObject({
          code: EXIT.partial,
        });
        expect((await host.sh('cat /etc/demo/a.conf /etc/demo/b.conf')).stdout).toBe(
          'new a\ntheirs\nold b\n',
        );
      });

      it('keeps the first checkpoint and the newest ones, and clears the rest away', async () => {
        const now = Math.floor(Date.now() / 1000);
        await host.sh(`cd /var/lib/portcullis && mkdir tx && for n in 01 02 03 04 05 06 07 08 09 10 11 12; do
        mkdir tx/old-$n && printf 'format 1\\nbegun %s\\n' $((${now} - 1000 + 1$n)) >tx/old-$n/meta && echo COMMITTED >tx/old-$n/state
      done`);
        const { request: it, token } = request();
        const { handle } = await startTransaction(host.transport, it);
        await commit(host.transport, handle, token);
        const kept = ['01', '04', '05', '06', '07', '08', '09', '10', '11', '12'].map((n) => `old-${n}`);
        expect((await host.sh('ls /var/lib/portcullis/tx')).stdout.trim().split('\n').sort()).toEqual(
          [handle.id, ...kept].sort(),
        );
      });

      it('takes the lock of a dead holder, with and without flock', async () => {
        const { request: it } = request();
        const stale = '1999999 00000000-0000-0000-0000-000000000000 12';
        await host.sh(`cd /var/lib/portcullis && echo '${stale}' >work.held && cp work.held decision.held`);
        const { handle } = await startTransaction(host.transport, it);
        expect(await rollback(host.transport, handle)).toMatchObject({ state: 'ROLLED_BACK' });
        expect(await picture(host)).toBe(old);
      });

      it('gives up after ten tries of one boot, says what to do, stays armed, and tries again after the next boot', async () => {
        const { request: it } = request();
        const { handle } = await startTransaction(host.transport, it);
        const tx = `/var/lib/portcullis/tx/${handle.id}`;
        // Both copies of one original are damaged, and the host was rebooted: the finishing unit tries.
        await host.sh(`echo damage >>${tx}/keep/1; : >${tx}/snapshot.tar; : >/fake/rebooted`);
        const tries = async (count: number) => {
          const one = 'sh /var/lib/portcullis/engine finish; echo $?';
          const { stdout } = await host.sh(`for n in $(seq ${count}); do ${one}; done`);
          return stdout.trim().split('\n').join(' ');
        };
        expect(await tries(12)).toBe('9 9 9 9 9 9 9 9 9 19 19 19');
        const ended = await status(host.transport, handle);
        expect(ended).toMatchObject({ state: 'ROLLBACK_PARTIAL', final: false, result: 'restored 2 of 3' });
        expect(ended.exceptions).toEqual([
          '/etc/demo/a.conf: both copies of the original are damaged',
          expect.stringMatching(
            new RegExp(
              `^given up after 10 tries since the host started: .*engine rollback ${handle.id}".*engine accept ${handle.id}"`,
            ),
          ),
        ]);
        expect(leftovers(host)).toContain('armed');
        await host.sh(`echo "10 another-boot" >${tx}/attempts`);
        expect(await tries(1)).toBe('9');
        // What was damaged is mended by hand: the next try ends it.
        await host.sh("printf 'old a\\n' >/etc/demo/a.conf; chmod 0644 /etc/demo/a.conf");
        expect(await tries(1)).toBe('0');
        expect(await status(host.transport, handle)).toMatchObject({ state: 'ROLLED_BACK', exceptions: [] });
        expect(await picture(host)).toBe(old);
      });

      it.each(['arm-before', 'arm-timer', 'state-ARMED-before', 'state-ARMED-after', 'arm-after'])(
        'leaves nothing behind when the disk fails at %s',
        async (point) => {
          await faults(`${point} eio`);
          const { request: it } = request();
          await expect(startTransaction(host.transport, it)).rejects.toMatchObject({
            exitCode: EXIT.refused,
          });
          expect(await picture(host)).toBe(old);
          expect(leftovers(host)).toEqual([]);
          expect(await readOpen(host.transport)).toBe(undefined);
        },
      );

      it.each([
        [
          'a unit cannot be asked for',
          'umask 077; echo "undo-unit-demo.service eio" >/var/lib/portcullis/faults',
        ],
        ['a list of it cannot be read', 'mv TX/units TX/units.away; mkdir TX/units'],
      ])('is not called taken back when %s, and is once it can', async (_, breakIt) => {
        const { request: it } = request();
        const { handle } = await startTransaction(host.transport, it);
        const tx = `/var/lib/portcullis/tx/${handle.id}`;
        await host.sh(breakIt.replaceAll('TX', tx));
        const again = `sh /var/lib/portcullis/engine rollback ${handle.id} >/dev/null 2>&1; echo $?`;
        expect((await host.sh(again)).stdout.trim()).not.toBe('0');
        expect(await status(host.transport, handle)).toMatchObject({ final: false });
        expect(leftovers(host)).toContain('armed');
        await host.sh(`[ ! -d ${tx}/units ] || { rmdir ${tx}/units; mv ${tx}/units.away ${tx}/units; }`);
        expect((await host.sh(again)).stdout.trim()).toBe('0');
        expect(await status(host.transport, handle)).toMatchObject({ state: 'ROLLED_BACK', exceptions: [] });
        expect(await picture(host)).toBe(old);
      });

      it('refuses a request with one bad line, whole', async () => {
        const { request: it } = request();
        for (const bad of [
          { lease: 100000 },
          { planDigest: 'x' },
          { tokenHash: "'; touch /etc/owned; '" },
          { id: '../../etc' },
        ]) {
          await expect(startTransaction(host.transport, { ...it, ...bad })).rejects.toMatchObject({
            exitCode: EXIT.usage,
          });
        }
        expect(await picture(host)).toBe(old);
      });

      it('ends as before or as planned, whatever is killed when, however often it is run again', async () => {
        const one = fc.record({
          point: fc.constantFrom(...POINTS, ...BACK),
          kind: fc.constantFrom('kill', 'exit', 'enospc'),
          again: fc.array(
            fc.record({ point: fc.constantFrom(...BACK), kind: fc.constantFrom('kill', 'exit') }),
            { maxLength: 2 },
          ),
          boot: fc.boolean(),
        });
        await fc.assert(
          fc.asyncProperty(one, async ({ point, kind, again, boot }) => {
            await host.sh('rm -rf /fake/rebooted');
            await faults(`${point} ${kind}`);
            const { request: it } = request();
            const started = await startTransaction(host.transport, { ...it, wait: 1 }).catch(() => undefined);
            await faults(again.map((more) => `${more.point} ${more.kind}`).join('\n'));
            if (boot) await host.sh(': >/fake/rebooted; rm -f /fake/active/demo.service');
            // The service manager would run these again and again; more often than faults are left is enough.
            for (let round = 0; round <= again.length + 1; round += 1) {
              if (boot)
                await host.sh(
                  'E=/var/lib/portcullis/engine; [ ! -e $E ] || { sh $E recover; sh $E finish; }',
                );
              else await host.sh(`E=/var/lib/portcullis/engine; [ ! -e $E ] || sh $E rollback ${it.id}`);
            }
            expect(await picture(host)).toBe(old);
            expect(leftovers(host).filter((name) => name === 'armed')).toEqual([]);
            if (started !== undefined)
              expect((await status(host.transport, started.handle)).state).toBe('ROLLED_BACK');
            await faults('');
            const next = request();
            const after = await startTransaction(host.transport, next.request);
            expect(after.status.state).toBe('APPLIED');
            await rollback(host.transport, after.handle);
            expect(await picture(host)).toBe(old);
          }),
          { numRuns: 4, seed: 20261121, endOnFailure: true },
        );
      }, 180_000);
    },
  );
}
