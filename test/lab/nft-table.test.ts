// One table of a real kernel: loaded, kept, undone, taken back from every point and by a power cut, others untouched.
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { tableHash } from '../../src/facts/nft-table.ts';
import type { Manifest } from '../../src/lab/manifest.ts';
import { EXIT } from '../../src/model/errors.ts';
import type { BaseState, Change } from '../../src/model/resource.ts';
import { adopt, commit, startTransaction, status } from '../../src/transaction/driver.ts';
import { describeLab, useHost } from './harness.ts';
import { reach } from './reach.ts';
import { baseOf, consoleTransport, differences, putFile, requestOf, sha256 } from './transaction-kit.ts';

// What a host may have of its own: a table beside ours, with bans that run out, and an older version of ours.
const THEIRS = `table ip theirs {
  set bans { type ipv4_addr; flags timeout; elements = { 203.0.113.7 timeout 1h } }
  chain input { type filter hook input priority 10; policy accept; ip saddr @bans drop; }
}
table inet demo {
  set tries { type ipv4_addr; size 65535; flags dynamic,timeout; timeout 1m; }
  chain input { type filter hook input priority 0; policy accept; tcp dport 7 counter drop; update @tries { ip saddr limit rate over 900/minute } drop; }
}
`;
const closed = (mark: string) => `table inet demo {
	chain input {
		type filter hook input priority filter; policy drop;
		iif "lo" accept
		tcp dport 9 accept comment "${mark}"
	}
}
`;

await describeLab('an nft table', () => {
  const host = useHost({ image: 'bookworm' });
  const transport = () => consoleTransport(host());
  let old: Manifest;
  let before: string;
  const listing = async () => (await host().console('nft -s list table inet demo')).stdout;
  const seen = async (): Promise<BaseState> => ({ kind: 'nft-table', sha256: tableHash(await listing()) });
  const load = async (content: string | null): Promise<Change> => ({
    ...{ address: 'nft-table:inet demo', action: 'update', title: '', step: 'firewall', controls: [] },
    ...{ why: '', risk: 'lockout', phase: 'expand', confidence: 'predicted', effective: [] },
    base: await seen(),
    primitives: [
      { kind: 'nft-table', family: 'inet', name: 'demo', sha256: content === null ? null : sha256(content) },
    ],
  });
  const start = async (mark: string, options: { lease?: number; wait?: number } = {}) => {
    const content = closed(mark);
    const { request, token } = requestOf({ changes: [await load(content)], contents: [content], ...options });
    return { ...(await startTransaction(transport(), request)), token };
  };
  const door = () => reach({ address: host().address, port: 22 });
  const setFaults = (text: string) =>
    host().console(
      'mkdir -p -m 0700 /var/lib/portcullis && cd /var/lib/portcullis && rm -rf fault-stamps && umask 077 && cat >faults',
      { stdin: text },
    );
  const untilFinal = async (seconds: number, handle: Parameters<typeof status>[1]) => {
    for (const end = Date.now() + seconds * 1000; ; ) {
      const now = await status(transport(), handle).catch(() => undefined);
      if (now?.final === true) return now;
      if (Date.now() > end) throw new Error(`still ${now?.state}`);
      await sleep(300);
    }
  };
  const expectOld = async () => {
    // Our own looking fills it, and so does the last packet of a login that is over.
    const flushed = async () => {
      await host().console('nft flush set inet demo tries');
      return differences(old, await host().manifest());
    };
    await expect.poll(flushed, { timeout: 15_000, interval: 500 }).toEqual([]);
  };

  beforeAll(async () => {
    expect(await host().console('nft -f -', { stdin: THEIRS })).toMatchObject({ code: 0 });
    await host().settled();
    old = await host().manifest();
    before = await listing();
  });

  it('that shuts everybody out is opened again by the host, before any file is touched', async () => {
    await setFaults('trace on\n');
    const content = closed('shut');
    const path = '/etc/ssh/sshd_config.d/00-demo.conf';
    const file = putFile({ path, content: '# demo\n', base: await baseOf(host(), path) });
    const changes = [file, await load(content)];
    const { request } = requestOf({ changes, contents: ['# demo\n', content], lease: 4 });
    const { handle, status: applied } = await startTransaction(transport(), request);
    expect(applied.state).toBe('APPLIED');
    expect(await door()).toBe('silent');
    expect(await untilFinal(25, handle)).toMatchObject({ state: 'ROLLED_BACK', result: 'restored 2 of 2' });
    expect(await door()).toBe('open');
    const { stdout } = await host().console(`grep '^point undo' /var/lib/portcullis/tx/${handle.id}/trace`);
    expect(stdout.trim().split('\n')).toEqual(
      ['2-before', '2-after', '1-before', '1-after'].map((at) => `point undo-${at}`),
    );
    await expectOld();
  });

  it('is kept over the elements that come and go, and undone from the console', async () => {
    const { handle, token } = await start('kept', { lease: 60 });
    await commit(transport(), handle, token);
    expect(await listing()).toContain('comment "kept"');
    expect(await host().console(`sh /var/lib/portcullis/engine undo ${handle.id}`)).toMatchObject({
      code: 0,
    });
    await expectOld();
    expect((await host().console('nft list set ip theirs bans')).stdout).toContain('203.0.113.7');
  });

  it.each(['op-1-after-load', 'undo-1-before'])(
    'is as before when the engine is killed at %s',
    async (at) => {
      await setFaults(`${at} kill\n`);
      const { handle } = await start(at, { lease: 3, wait: at.startsWith('undo') ? 20 : 1 });
      expect(await untilFinal(40, handle)).toMatchObject({ state: 'ROLLED_BACK', exceptions: [] });
      expect((await host().console('ls /var/lib/portcullis/fault-stamps')).stdout).toBe(`${at}\n`);
      await expectOld();
    },
  );

  it('refuses what this nft does not know, and a table that another hand changed', async () => {
    await setFaults('');
    const content = closed('x').replace('iif "lo" accept', 'tcp dport since 2031 accept');
    const { request } = requestOf({ changes: [await load(content)], contents: [content] });
    await expect(startTransaction(transport(), request)).rejects.toMatchObject({
      exitCode: EXIT.refused,
      message: expect.stringContaining('nft of this host does not accept the table inet demo'),
    });
    const stale = await load(closed('y'));
    await host().console('nft add rule inet demo input tcp dport 8 accept');
    const late = requestOf({ changes: [stale], contents: [closed('y')] });
    await expect(startTransaction(transport(), late.request)).rejects.toMatchObject({
      exitCode: EXIT.stale,
      evidence: ['the nft table inet demo changed since the plan was made'],
    });
    const added =
      'nft delete rule inet demo input handle "$(nft -a list chain inet demo input | sed -n "s/.*dport 8 .*handle //p")"';
    expect(await host().console(added)).toMatchObject({ code: 0 });
    await expectOld();
  });

  it('is what the checkpoint says after a power cut in the middle', async () => {
    const { handle } = await start('cut', { lease: 900 });
    await host().powerCut();
    await host().boot({ until: 'console' });
    await expect.poll(door, { timeout: 30_000 }).toBe('open');
    expect(await untilFinal(60, handle)).toMatchObject({ state: 'ROLLED_BACK', exceptions: [] });
    await expect.poll(() => adopt(transport()), { timeout: 20_000 }).toBeUndefined();
    expect(tableHash(await listing())).toBe(tableHash(before));
    expect((await host().console('nft list tables')).stdout).toBe('table inet demo\n');
  });
});
