import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import type { Host } from '../../src/lab/host.ts';
import type { Manifest } from '../../src/lab/manifest.ts';
import { EXIT } from '../../src/model/errors.ts';
import {
  adopt,
  commit,
  history,
  previewUndo,
  proveFresh,
  renew,
  rollback,
  startTransaction,
  startUndo,
  status,
} from '../../src/transaction/driver.ts';
import { describeLab, useHost } from './harness.ts';
import { baseOf, consoleTransport, differences, putFile, requestOf } from './transaction-kit.ts';
import { demoPlan, furnishDemo, NO_TRACES, prepareDemo, SSHD_DROP_IN } from './transaction-plan.ts';

/** Waits until the open transaction has ended; gives its last status. */
async function untilFinal(host: Host, seconds: number, handle: Parameters<typeof status>[1]) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const now = await status(consoleTransport(host), handle);
    if (now.final) return now;
    if (Date.now() > end) throw new Error(`still ${now.state} after ${seconds} s: ${now.log.join(' | ')}`);
    await sleep(200);
  }
}

await describeLab('a transaction', () => {
  const host = useHost({ image: 'bookworm', prepare: prepareDemo });
  let old: Manifest;
  const transport = () => consoleTransport(host());

  beforeAll(async () => {
    await furnishDemo(host());
    await host().settled();
    old = await host().manifest();
  });
  const expectOld = async () => {
    await expect.poll(() => host().console(NO_TRACES), { timeout: 5000 }).toMatchObject({ code: 0 });
    expect(differences(old, await host().manifest())).toEqual([]);
  };

  it('taken back on request leaves the host byte for byte as it was', async () => {
    const plan = await demoPlan(host());
    const { request } = requestOf({ ...plan, lease: 60 });
    const { handle, status: applied } = await startTransaction(transport(), request);
    expect(applied).toMatchObject({ state: 'APPLIED', operator: 'ana@workstation', step: 'sshd' });
    expect(applied.operationsDone).toBe(applied.operationsTotal);
    expect(await host().console(plan.check)).toMatchObject({ code: 0 });
    const back = await rollback(transport(), handle);
    expect(back).toMatchObject({
      state: 'ROLLED_BACK',
      final: true,
      exceptions: [],
      result: 'restored 11 of 11',
    });
    await expectOld();
    expect((await rollback(transport(), handle)).state).toBe('ROLLED_BACK');
  });

  it('is taken back by the host itself when the lease runs out', async () => {
    const { request, token } = requestOf({ ...(await demoPlan(host())), lease: 3 });
    const { handle } = await startTransaction(transport(), request);
    const ended = await untilFinal(host(), 60, handle);
    expect(ended).toMatchObject({ state: 'ROLLED_BACK', exceptions: [] });
    await expectOld();
    expect(await commit(transport(), handle, token)).toMatchObject({ kind: 'too-late' });
    expect(await renew(transport(), handle)).toMatchObject({ kind: 'too-late' });
  });

  it('is kept by the token over a proving login, and undone to the byte', async () => {
    const plan = await demoPlan(host());
    const { request, token } = requestOf({ ...plan, lease: 5 });
    const { handle } = await startTransaction(transport(), request);
    expect(await renew(transport(), handle)).toMatchObject({ kind: 'renewed', status: { leaseLeft: 5 } });
    expect(await proveFresh(transport(), handle)).toMatchObject({ state: 'APPLIED' });
    await expect(commit(transport(), handle, requestOf({ changes: [] }).token)).rejects.toMatchObject({
      exitCode: EXIT.refused,
    });
    expect(await commit(transport(), handle, token)).toMatchObject({ kind: 'committed' });
    expect(await commit(transport(), handle, token)).toMatchObject({ kind: 'committed' });
    expect(await host().console(NO_TRACES)).toMatchObject({ code: 0 });
    expect(await host().console(plan.check)).toMatchObject({ code: 0 });

    const preview = await previewUndo(transport(), handle.id);
    expect(preview.left).toEqual([]);
    expect(preview.would).toContain(`remove ${SSHD_DROP_IN}`);
    expect(preview.would).toContain('restore /etc/demo/rich.conf');
    const undo = requestOf({ changes: [], lease: 30 });
    const started = await startUndo(transport(), { ...undo.request, undoes: handle.id });
    if (started.kind !== 'started') throw new Error('nothing to undo');
    expect(started.status).toMatchObject({ state: 'APPLIED', undoes: handle.id });
    await commit(transport(), started.handle, undo.token);
    await expectOld();
    await expect(previewUndo(transport(), handle.id)).rejects.toThrow('undone before');
    const all = await history(transport());
    expect(all.slice(-2)).toMatchObject([{ state: 'COMMITTED', undone: true }, { state: 'COMMITTED' }]);
  });

  it('of an undo is itself taken back when nobody keeps it', async () => {
    const plan = await demoPlan(host());
    const { request, token } = requestOf({ ...plan, lease: 30 });
    const { handle } = await startTransaction(transport(), request);
    await commit(transport(), handle, token);
    const kept = await host().manifest();
    const undo = requestOf({ changes: [], lease: 3 });
    const started = await startUndo(transport(), { ...undo.request, undoes: handle.id });
    if (started.kind !== 'started') throw new Error('nothing to undo');
    await untilFinal(host(), 60, started.handle);
    // The state is final before our own units are put away.
    const moved = async () => differences(kept, await host().manifest());
    await expect.poll(moved, { timeout: 30_000, interval: 500 }).toEqual([]);
    // A person on the console, without us.
    expect(await host().console(`sh /var/lib/portcullis/engine undo ${handle.id}`)).toMatchObject({
      code: 0,
    });
    await expectOld();
  });

  it('is refused when the host is not what was planned for', async () => {
    const plan = await demoPlan(host());
    await host().console('echo "# by hand" >>/etc/demo/rich.conf');
    const refused = startTransaction(transport(), requestOf(plan).request);
    await expect(refused).rejects.toMatchObject({
      exitCode: EXIT.stale,
      evidence: ['/etc/demo/rich.conf changed since the plan was made'],
    });
    await host().console("sed -i '$d' /etc/demo/rich.conf");
    await furnishAgain();
    await expectOld();
  });
  // sed -i made a new file: its attributes are part of what the manifest compares.
  const furnishAgain = async () => {
    await host().console('rm -rf /etc/demo/*');
    await furnishDemo(host());
    await host().console('systemctl reset-failed');
  };

  it('of a second operator is refused with name, time and phase', async () => {
    const plan = await demoPlan(host());
    const { request } = requestOf({ ...plan, lease: 60 });
    const { handle } = await startTransaction(transport(), request);
    const second = startTransaction(transport(), requestOf({ ...plan, lease: 3 }).request);
    await expect(second).rejects.toMatchObject({
      exitCode: EXIT.locked,
      evidence: [
        expect.stringMatching(
          new RegExp(`^${handle.id} of ana@workstation, since 20.*APPLIED, lease \\d+ s`),
        ),
      ],
    });
    const replayed = startTransaction(transport(), request);
    await expect(replayed).rejects.toMatchObject({ exitCode: EXIT.locked });
    await expect(renew(transport(), { ...handle, fence: handle.fence - 1 })).rejects.toMatchObject({
      exitCode: EXIT.locked,
    });
    const adopted = await adopt(transport());
    if (adopted === undefined) throw new Error('no open transaction');
    expect(await rollback(transport(), adopted)).toMatchObject({ state: 'ROLLED_BACK' });
    await expectOld();
  });

  it('that a checker refuses is taken back at once, with the reason', async () => {
    const content = 'NoSuchKeyword yes\n';
    const change = putFile({ path: SSHD_DROP_IN, content, base: await baseOf(host(), SSHD_DROP_IN) });
    const plan = await demoPlan(host());
    const others = plan.changes.filter(({ address }) => address !== `file:${SSHD_DROP_IN}`);
    const { request } = requestOf({
      changes: [change, ...others],
      contents: [content, ...plan.contents],
      lease: 60,
    });
    const { status: ended } = await startTransaction(transport(), request);
    expect(ended).toMatchObject({ state: 'ROLLED_BACK', exceptions: [] });
    expect(ended.failure).toContain('NoSuchKeyword');
    await expectOld();
  });

  it('keeps another hand’s edit, but not where access is at stake', async () => {
    const { request } = requestOf({ ...(await demoPlan(host())), lease: 60 });
    const { handle } = await startTransaction(transport(), request);
    await host().console(`echo theirs >/etc/demo/twin-a; echo '# theirs' >>${SSHD_DROP_IN}`);
    const ended = await rollback(transport(), handle);
    expect(ended).toMatchObject({ state: 'ROLLBACK_PARTIAL', final: true, result: 'restored 10 of 11' });
    expect(ended.exceptions).toEqual([
      expect.stringMatching(`^${SSHD_DROP_IN} was changed by someone else meanwhile: restored`),
      '/etc/demo/twin-a was changed by someone else meanwhile: left as it is',
    ]);
    expect(await host().readFile('/etc/demo/twin-a')).toBe('theirs\n');
    expect(await host().readFile(`/var/lib/portcullis/tx/${handle.id}/conflict/1`)).toContain('# theirs');
    await furnishAgain();
    await expectOld();
  });
});
