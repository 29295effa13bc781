// What became of a kept transaction, as the host tells it: before, written, now; and what may be secret stays untold.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../src/model/resource.ts';
import type { ThreeWay } from '../../src/model/three-way.ts';
import {
  commit,
  newTransaction,
  previewUndo,
  rollback,
  startTransaction,
} from '../../src/transaction/driver.ts';
import { parseSides, readSides } from '../../src/transaction/sides.ts';
import { flavoursOf, makeScratchHost, picture, type ScratchHost, scratchProblem } from './scratch-host.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

type Put = { path: string; text: string; old: string | null; mode?: string };

const change = ({ path, text, old, mode = '0644' }: Put): Change => ({
  ...{
    address: `file:${path}`,
    action: 'update',
    title: '',
    step: 'sshd',
    controls: [],
    why: '',
    risk: 'none',
  },
  ...{ phase: 'expand', confidence: 'predicted', effective: [] },
  base: old === null ? { kind: 'absent' } : { kind: 'file', sha256: sha256(old), mode, uid: 0, gid: 0 },
  primitives: [{ kind: 'put-file', path, sha256: sha256(text), mode, uid: 0, gid: 0 }],
});

describe('what the host answers', () => {
  it('is none when it is cut off or says what nobody asked', () => {
    const path = Buffer.from('/etc/a').toString('base64');
    const whole = `tx t\nobject ${path} restore file:0644:0:0:3 file:0644:0:0:4 file:0644:0:0:4 -\nend\n`;
    expect(parseSides(whole)?.get('t')).toMatchObject([{ path: '/etc/a', fate: 'restore', shown: false }]);
    for (const bad of [
      whole.replace('end\n', ''),
      whole.replace('restore', 'erase'),
      whole.replace('file:0644:0:0:3', 'file:0644:0:0'),
      whole.replace('tx t\n', ''),
      '',
    ])
      expect(parseSides(bad)).toBeUndefined();
  });
});

for (const flavour of flavoursOf()) {
  const problem = scratchProblem(flavour);
  describe.skipIf(problem !== null)(
    `three ways under ${flavour}${problem === null ? '' : ` (skipped: ${problem})`}`,
    { timeout: 120_000 },
    () => {
      let host: ScratchHost;
      beforeEach(async () => {
        host = makeScratchHost(flavour);
        await host.sh(
          "mkdir -m 0700 /var/lib/portcullis; printf 'old a\\n' >/etc/demo/a; umask 077; printf 'pw=old\\n' >/etc/demo/env; printf 'old k\\n' >/etc/demo/k",
        );
      });
      afterEach(() => host.destroy());

      async function keep(puts: readonly Put[], secrets: ReadonlySet<string> = new Set()): Promise<string> {
        const { token, ...identity } = newTransaction();
        const contents = Object.fromEntries(
          puts.map(({ text }) => [sha256(text), Buffer.from(text).toString('base64')]),
        );
        const rest = {
          run: 'r',
          step: 'sshd',
          operator: 'ana@desk',
          planDigest: sha256('p'),
          lease: 60,
          wait: 20,
        };
        const { handle } = await startTransaction(host.transport, {
          ...{ ...identity, ...rest, changes: puts.map(change), contents, secrets },
        });
        await commit(host.transport, handle, token);
        return handle.id;
      }

      const sides = async (id: string): Promise<readonly ThreeWay[]> =>
        (await readSides(host.transport, [id])).get(id) ?? [];

      it('tells the three texts, and who changed what since, as the engine judges it', async () => {
        const before = await picture(host);
        const id = await keep([
          { path: '/etc/demo/a', text: 'new a\n', old: 'old a\n' },
          { path: '/etc/demo/k', text: 'new k\n', old: 'old k\n', mode: '0600' },
          { path: '/etc/demo/deep/b', text: 'new b\n', old: null },
        ]);
        const file = (text: string) => ({ kind: 'file', text, bytes: text.length });
        expect(await sides(id)).toMatchObject([
          {
            path: '/etc/demo/a',
            fate: 'restore',
            before: file('old a\n'),
            ours: file('new a\n'),
            now: file('new a\n'),
          },
          // Not readable by everybody, and part of the plan that was approved: that was said in the request.
          {
            path: '/etc/demo/k',
            fate: 'restore',
            shown: true,
            before: file('old k\n'),
            now: file('new k\n'),
          },
          { path: '/etc/demo/deep/b', fate: 'remove', before: { kind: 'absent' }, now: file('new b\n') },
        ]);
        await host.sh("printf 'theirs\\n' >>/etc/demo/a; printf 'old k\\n' >/etc/demo/k");
        expect(await sides(id)).toMatchObject([
          { fate: 'left', later: null, ours: file('new a\n'), now: file('new a\ntheirs\n') },
          { fate: 'same' },
          { fate: 'remove' },
        ]);
        const said = await previewUndo(host.transport, id);
        expect(said.left).toEqual(['/etc/demo/a was changed by someone else since: left as it is']);
        await host.sh(`sh /var/lib/portcullis/engine undo ${id}; printf 'old a\\n' >/etc/demo/a`);
        expect(await sides(id)).toEqual([]);
        expect(existsSync(join(host.root, `var/lib/portcullis/tx/${id}/wrote`))).toBe(false);
        expect(await picture(host)).toBe(before);
      });

      it('tells nothing of a file that only its owner reads once somebody else wrote into it', async () => {
        await host.sh('chmod 0640 /etc/demo/k');
        const id = await keep([
          { path: '/etc/demo/k', text: 'new k\n', old: 'old k\n', mode: '0640' },
          { path: '/etc/demo/a', text: 'new a\n', old: 'old a\n' },
        ]);
        await host.sh('echo token=4f9c >>/etc/demo/k; echo more >>/etc/demo/a');
        const [closed, open] = await sides(id);
        const untold = { kind: 'file', text: null };
        expect(closed).toMatchObject({
          ...{ shown: false, fate: 'left', before: { ...untold, bytes: 6 }, ours: { ...untold, bytes: 6 } },
          now: { ...untold, bytes: 17 },
        });
        expect(open).toMatchObject({ shown: true, now: { text: 'new a\nmore\n' } });
        // What stands there by now is, byte for byte, what was approved.
        await host.sh("printf 'new k\\n' >/etc/demo/k; chmod 0600 /etc/demo/k");
        expect((await sides(id))[0]).toMatchObject({ shown: true, fate: 'left', now: { text: 'new k\n' } });
      });

      it('keeps no copy of what carries a secret, and tells its length alone', async () => {
        const secret = 'pw=4f9c\n';
        const id = await keep(
          [
            { path: '/etc/demo/env', text: secret, old: 'pw=old\n', mode: '0600' },
            { path: '/etc/demo/a', text: 'new a\n', old: 'old a\n' },
          ],
          new Set([sha256(secret)]),
        );
        const [env, plain] = await sides(id);
        expect(env).toMatchObject({
          ...{ shown: false, fate: 'restore' },
          ...{ before: { bytes: 7, text: null }, ours: { bytes: 8, text: null }, now: { text: null } },
        });
        expect(plain).toMatchObject({ shown: true });
        const { stdout } = await host.sh(`grep -rl 4f9c /var/lib/portcullis/tx/${id} || echo none`);
        expect(stdout).toBe('none\n');
      });

      it('names the later transaction of ours that a file is of by now', async () => {
        const first = await keep([{ path: '/etc/demo/a', text: 'new a\n', old: 'old a\n' }]);
        const second = await keep([{ path: '/etc/demo/a', text: 'newer a\n', old: 'new a\n' }]);
        expect(await sides(first)).toMatchObject([{ fate: 'left', later: second }]);
        expect(await sides(second)).toMatchObject([{ fate: 'restore', later: null }]);
        await host.sh('echo theirs >>/etc/demo/a');
        expect(await sides(first)).toMatchObject([{ fate: 'left', later: null }]);
      });

      it('a request without a word about secrets keeps nothing; then only what everybody may read is told', async () => {
        const { token, ...identity } = newTransaction();
        const puts: Put[] = [
          { path: '/etc/demo/a', text: 'new a\n', old: 'old a\n' },
          { path: '/etc/demo/k', text: 'new k\n', old: 'old k\n', mode: '0600' },
        ];
        const contents = Object.fromEntries(
          puts.map(({ text }) => [sha256(text), Buffer.from(text).toString('base64')]),
        );
        const rest = {
          run: 'r',
          step: 'sshd',
          operator: 'ana@desk',
          planDigest: sha256('p'),
          lease: 60,
          wait: 20,
        };
        const { handle } = await startTransaction(host.transport, {
          ...{ ...identity, ...rest, changes: puts.map(change), contents },
        });
        await commit(host.transport, handle, token);
        await host.sh('echo theirs >>/etc/demo/a');
        expect(await sides(handle.id)).toMatchObject([
          { shown: true, ours: { text: null, bytes: null }, now: { text: 'new a\ntheirs\n' } },
          { shown: false, now: { text: null } },
        ]);
      });

      it('nothing of what was written stays when it is taken back', async () => {
        const { token: _, ...identity } = newTransaction();
        const put: Put = { path: '/etc/demo/a', text: 'new a\n', old: 'old a\n' };
        const rest = {
          run: 'r',
          step: 'sshd',
          operator: 'ana@desk',
          planDigest: sha256('p'),
          lease: 60,
          wait: 20,
        };
        const { handle } = await startTransaction(host.transport, {
          ...{ ...identity, ...rest, changes: [change(put)], secrets: new Set<string>() },
          contents: { [sha256(put.text)]: Buffer.from(put.text).toString('base64') },
        });
        const folder = join(host.root, `var/lib/portcullis/tx/${handle.id}`);
        expect(existsSync(join(folder, 'wrote'))).toBe(true);
        await rollback(host.transport, handle);
        expect(existsSync(join(folder, 'wrote'))).toBe(false);
        expect(await sides(handle.id)).toEqual([]);
      });
    },
  );
}
