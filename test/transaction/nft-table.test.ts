// One table loaded, kept, undone and taken back from every point, under both shells. Real kernels: test/lab/nft-table.test.ts.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settledTable, tableHash } from '../../src/facts/nft-table.ts';
import type { BaseState, Change } from '../../src/model/resource.ts';
import {
  commit,
  newTransaction,
  rollback,
  startTransaction,
  startUndo,
} from '../../src/transaction/driver.ts';
import { renderRequest } from '../../src/transaction/request.ts';
import {
  flavoursOf,
  leftovers,
  makeScratchHost,
  picture,
  type ScratchHost,
  scratchProblem,
} from './scratch-host.ts';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const OLD = 'table inet demo {\n\tchain input {\n\t\tcounter\n\t}\n}\n';
const NEW = 'table inet demo {\n\tset "odd }" {\n\t}\n}\n';
const seen = (listing: string): BaseState => ({ kind: 'nft-table', sha256: tableHash(listing) });

function request(content: string | null, base: BaseState) {
  const { token, ...identity } = newTransaction();
  const change: Change = {
    ...{ address: 'nft-table:inet demo', action: 'update', title: '', step: 'firewall', controls: [] },
    ...{ why: '', risk: 'lockout', phase: 'expand', confidence: 'predicted', effective: [], base },
    primitives: [
      { kind: 'nft-table', family: 'inet', name: 'demo', sha256: content === null ? null : hash(content) },
    ],
  };
  const contents = content === null ? {} : { [hash(content)]: Buffer.from(content).toString('base64') };
  const rest = {
    run: 'r',
    step: 'firewall',
    operator: 'ana@desk',
    planDigest: hash('p'),
    lease: 60,
    wait: 20,
  };
  return { token, request: { ...identity, ...rest, changes: [change], contents } };
}

describe('a table in a request', () => {
  it('comes after files and before units, with what was there', () => {
    const { request: it } = request(NEW, seen(OLD));
    expect(renderRequest(it)).toContain(
      `\nop nft-table inet demo ${hash(NEW)} table ${hash(OLD)}\ncontent ${hash(NEW)} `,
    );
    expect(renderRequest(request(null, { kind: 'absent' }).request)).toContain(
      '\nop nft-table inet demo - absent\ncontent end\n',
    );
    expect(() => renderRequest({ ...it, contents: {} })).toThrow('no content');
    const other = { ...it.changes[0], base: { kind: 'file' } } as unknown as Change;
    expect(() => renderRequest({ ...it, changes: [other] })).toThrow('does not say what was there');
  });
});

describe('what of a table is its state', () => {
  const set = (more: string, elements: string) =>
    `table inet f {\n\tset s {\n\t\ttype ipv4_addr\n${more}\t\telements = { ${elements} }\n\t}\n\tchain c {\n\t}\n}\n`;
  it('leaves out what fills and empties itself, and nothing else', () => {
    expect(settledTable(set('', '1.2.3.4,\n\t\t\t     5.6.7.8'))).toBe(
      set('', '1.2.3.4,\n\t\t\t     5.6.7.8'),
    );
    const without =
      'table inet f {\n\tset s {\n\t\ttype ipv4_addr\n\t\tflags dynamic,timeout\n\t}\n\tchain c {\n\t}\n}\n';
    expect(settledTable(set('\t\tflags dynamic,timeout\n', '1.2.3.4,\n\t\t\t     5.6.7.8'))).toBe(without);
    expect(tableHash(set('\t\tflags interval\n', '1.2.3.0/24'))).not.toBe(
      tableHash(set('\t\tflags interval\n', '1.2.4.0/24')),
    );
  });
});

for (const flavour of flavoursOf()) {
  const problem = scratchProblem(flavour);
  describe.skipIf(problem !== null)(
    `nft-table under ${flavour}${problem === null ? '' : ` (skipped: ${problem})`}`,
    { timeout: 60_000 },
    () => {
      let host: ScratchHost;
      let old: string;
      const table = async () => (await host.sh('cat "/fake/nft/inet demo"')).stdout;
      beforeEach(async () => {
        host = makeScratchHost(flavour);
        await host.sh(
          `mkdir -p -m 0700 /var/lib/portcullis; mkdir /fake/nft; cd /fake/nft; echo x >'ip other'; printf '%b' '${OLD.replaceAll('\t', '\\t').replaceAll('\n', '\\n')}' >'inet demo'`,
        );
        old = await picture(host);
      });
      afterEach(() => host.destroy());

      it('is loaded, kept and undone, and undone the same by hand', async () => {
        const { request: it, token } = request(NEW, seen(OLD));
        const { handle, status } = await startTransaction(host.transport, it);
        expect(status.state).toBe('APPLIED');
        expect(await table()).toBe(NEW);
        expect(await commit(host.transport, handle, token)).toMatchObject({ kind: 'committed' });
        expect(leftovers(host)).toEqual([]);
        const { changes: _, contents: __, ...head } = request(null, { kind: 'absent' }).request;
        const undo = await startUndo(host.transport, { ...head, undoes: handle.id });
        expect(undo).toMatchObject({ would: ['restore the nft table inet demo'] });
        expect(await table()).toBe(OLD);
        if (undo.kind === 'started') await rollback(host.transport, undo.handle);
        expect(await table()).toBe(NEW);
        expect(await host.sh(`sh /var/lib/portcullis/engine undo ${handle.id}`)).toMatchObject({ code: 0 });
        expect(await picture(host)).toBe(old);
      });

      it('goes, and comes back', async () => {
        const { handle } = await startTransaction(host.transport, request(null, seen(OLD)).request);
        expect(await table()).toBe('');
        expect(await rollback(host.transport, handle)).toMatchObject({
          state: 'ROLLED_BACK',
          result: 'restored 1 of 1',
        });
        expect(await picture(host)).toBe(old);
      });

      it('refuses another host, content of other tables, and what nft does not accept', async () => {
        const start = (content: string, base = seen(OLD)) =>
          startTransaction(host.transport, request(content, base).request);
        await expect(start(NEW, seen(NEW))).rejects.toMatchObject({ exitCode: 7 });
        await expect(start(NEW, { kind: 'absent' })).rejects.toMatchObject({ exitCode: 7 });
        for (const content of [
          'flush ruleset\ntable inet demo {\n}\n',
          'table inet demo {\n}\nflush ruleset\n',
          'table inet demo {\n\t} ; table ip x {\n}\n}\n}\n',
          'table inet demo {\n\tinclude "/etc/x"\n}\n',
          'table inet other {\n}\n',
          'table inet demo {\n',
        ])
          await expect(start(content)).rejects.toMatchObject({
            exitCode: 5,
            message: expect.stringContaining('holds something else than that table'),
          });
        await expect(start('table inet demo {\n\tnonsense\n}\n')).rejects.toMatchObject({
          exitCode: 5,
          message: expect.stringContaining('does not accept the table'),
        });
        expect(await picture(host)).toBe(old);
      });

      it('puts another hand’s edit aside and opens all the same; an undo leaves it', async () => {
        const { request: it, token } = request(NEW, seen(OLD));
        const { handle } = await startTransaction(host.transport, it);
        await host.sh('echo theirs >>"/fake/nft/inet demo"');
        const theirs = await table();
        const ended = await rollback(host.transport, handle);
        expect(ended).toMatchObject({
          state: 'ROLLED_BACK',
          exceptions: [expect.stringContaining('conflict/table-1')],
        });
        expect(await picture(host)).toBe(old);
        expect((await host.sh(`cat /var/lib/portcullis/tx/${handle.id}/conflict/table-1`)).stdout).toBe(
          theirs,
        );
        const second = request(NEW, seen(OLD));
        const kept = await startTransaction(host.transport, second.request);
        await commit(host.transport, kept.handle, second.token);
        await host.sh('echo theirs >>"/fake/nft/inet demo"');
        expect(await host.sh(`sh /var/lib/portcullis/engine undo ${kept.handle.id}`)).toMatchObject({
          code: 9,
        });
        expect(await table()).toBe(theirs);
        expect(token).not.toBe(second.token);
      });

      const points = ['snapshot-1', 'op-1-after-load', 'op-1-after-note'];
      it.each(flavour === 'dash' ? points : ['op-1-after-load'])(
        'ends as it was when killed at %s',
        async (at) => {
          await host.sh(`umask 077; printf '%s\\n' '${at} kill' >/var/lib/portcullis/faults`);
          const { request: it } = request(NEW, seen(OLD));
          const handle = await startTransaction(host.transport, { ...it, wait: 3 }).then(
            (started) => started.handle,
            () => undefined,
          );
          await host.sh('rm -f /var/lib/portcullis/faults');
          if (handle !== undefined) await rollback(host.transport, handle).catch(() => undefined);
          else await host.sh(`sh /var/lib/portcullis/engine rollback ${it.id}`);
          expect((await host.sh('ls /var/lib/portcullis/fault-stamps')).stdout).toBe(`${at}\n`);
          expect(await picture(host)).toBe(old);
        },
      );

      it.each(['undo-1-after'])('is taken back when taking back is killed at %s', async (at) => {
        const { handle } = await startTransaction(host.transport, request(NEW, seen(OLD)).request);
        await host.sh(`umask 077; printf '%s\\n' '${at} kill' >/var/lib/portcullis/faults`);
        await rollback(host.transport, handle).catch(() => undefined);
        expect((await host.sh('ls /var/lib/portcullis/fault-stamps')).stdout).toBe(`${at}\n`);
        expect(await rollback(host.transport, handle)).toMatchObject({ state: 'ROLLED_BACK' });
        expect(await picture(host)).toBe(old);
      });
    },
  );
}
