import { spawn } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { Manifest } from '../../src/lab/manifest.ts';
import { EXIT } from '../../src/model/errors.ts';
import type { Transport } from '../../src/model/target.ts';
import { type Command, renderForShell } from '../../src/text/command.ts';
import { history, rollback, startTransaction, status } from '../../src/transaction/driver.ts';
import { LEASE, LONGEST_GAP, startProber } from '../faults/fault-run.ts';
import { type RaceResult, raceRound } from '../faults/race-run.ts';
import { describeLab, useHost } from './harness.ts';
import { consoleTransport, differences, putFile, requestOf } from './transaction-kit.ts';
import { demoPlan, furnishDemo, NO_TRACES, prepareDemo } from './transaction-plan.ts';

const ROUNDS = Number(process.env.PORTCULLIS_RACE_ROUNDS ?? '4');
const RACE_MINUTES = Number(process.env.PORTCULLIS_RACE_MINUTES ?? '5');
const RACE_FILE = process.env.PORTCULLIS_RACE_FILE;

await describeLab('a transaction among faults', () => {
  // The state directory on a disk of its own: originals are kept at the root of their own file system then.
  const host = useHost({
    image: 'trixie',
    prepare: prepareDemo,
    smallDisks: { '/var/lib/portcullis': '80M' },
  });
  let old: Manifest;
  const transport = () => consoleTransport(host());
  const setFaults = (text: string) =>
    host().console('cd /var/lib/portcullis; rm -rf fault-stamps; umask 077; cat >faults', { stdin: text });
  const expectOld = async () => {
    await expect.poll(() => host().console(NO_TRACES), { timeout: 30_000 }).toMatchObject({ code: 0 });
    expect(differences(old, await host().manifest())).toEqual([]);
  };

  beforeAll(async () => {
    await furnishDemo(host());
    await host().settled();
    old = await host().manifest();
  });

  afterEach(async () => {
    await host().console('cd /var/lib/portcullis && rm -f filler faults');
  });

  it('is taken back after kill -9 of the client, and the door is never shut for long', async () => {
    const prober = startProber(host());
    const { request } = requestOf({ ...(await demoPlan(host())), lease: LEASE });
    // The real client: one ssh process that carries the start, killed as soon as the host has begun.
    const recorded: string[] = [];
    const recorder: Transport = Object.assign(Object.create(transport()), {
      run: async (it: Command) => {
        const ssh = spawn('ssh', [...host().sshArguments(), '--', renderForShell(it)], { stdio: 'pipe' });
        ssh.stdin.end(Buffer.concat(it.stdin.map((piece) => Buffer.from(String(piece)))));
        const applying = `grep -q APPLYING /var/lib/portcullis/tx/${request.id}/state`;
        while ((await host().console(applying)).code !== 0) await sleep(50);
        ssh.kill('SIGKILL');
        recorded.push('killed');
        return { kind: 'lost', reason: 'killed' };
      },
    });
    await expect(startTransaction(recorder, request)).rejects.toThrow('connection lost during start');
    expect(recorded).toEqual(['killed']);
    await expectOld();
    expect((await history(transport())).at(-1)).toMatchObject({ state: 'ROLLED_BACK', exceptions: [] });
    expect(await prober.stop()).toBeLessThanOrEqual(LONGEST_GAP);
  });

  it('is refused before anything when the disk is too full for a checkpoint', async () => {
    await host().console('head -c 40000000 /dev/zero >/var/lib/portcullis/filler');
    const start = startTransaction(transport(), requestOf({ ...(await demoPlan(host())) }).request);
    await expect(start).rejects.toMatchObject({
      exitCode: EXIT.refused,
      message: expect.stringMatching(
        /^no space: \/var\/lib\/portcullis has \d+ KiB free, 65536 KiB are needed$/,
      ),
    });
    await expectOld();
  });

  it('is taken back when the disk fills up in the middle', async () => {
    await setFaults('op-6-before-intent stop\n');
    const { request } = requestOf({ ...(await demoPlan(host())), lease: 60, wait: 0 });
    const { handle } = await startTransaction(transport(), request);
    const stopped = '[ -d /var/lib/portcullis/fault-stamps/op-6-before-intent ]';
    await expect.poll(() => host().console(stopped), { timeout: 10_000 }).toMatchObject({ code: 0 });
    await host().console('cat /dev/zero >/var/lib/portcullis/filler');
    await host().console(`systemctl kill --signal=CONT portcullis-apply-${handle.id}.service`);
    await expectOld();
    expect(await status(transport(), handle)).toMatchObject({
      state: 'ROLLED_BACK',
      exceptions: [],
      failure: expect.stringContaining('disk full'),
    });
  });

  it('uses the second copy when the kept original is damaged, and says when both are', async () => {
    const { request } = requestOf({ ...(await demoPlan(host())), lease: 60 });
    const { handle } = await startTransaction(transport(), request);
    const kept = `/.portcullis-keep-${handle.id}`;
    await host().console(`echo damage >>${kept}/6; echo damage >>${kept}/5`);
    await host().console(
      `cd /var/lib/portcullis/tx/${handle.id} && x=/etc/demo-copy && mkdir $x && tar --acls --xattrs -xpf snapshot.tar -C $x && echo damage >$x/5 && tar --acls --xattrs -cf snapshot.tar -C $x $(ls $x) && rm -r $x`,
    );
    const ended = await rollback(transport(), handle);
    expect(ended).toMatchObject({ state: 'ROLLBACK_PARTIAL', final: false, result: 'restored 10 of 11' });
    expect(ended.exceptions).toEqual(['/etc/demo/owned.conf: both copies of the original are damaged']);
    expect(await host().readFile('/etc/demo/rich.conf')).toBe('rich\n');
    // It stays armed: the next transaction is refused until a person accepts what cannot be helped.
    const next = startTransaction(transport(), requestOf({ ...(await demoPlan(host())) }).request);
    await expect(next).rejects.toMatchObject({ exitCode: EXIT.locked });
    await host().console(
      'echo owned >/etc/demo/owned.conf; chown 4321:4321 /etc/demo/owned.conf; chmod 4750 /etc/demo/owned.conf',
    );
    expect(await rollback(transport(), handle)).toMatchObject({ state: 'ROLLED_BACK', final: true });
    await expectOld();
  });

  it('tells when the journal was edited, and takes the change back all the same', async () => {
    const { request } = requestOf({ ...(await demoPlan(host())), lease: 60 });
    const { handle } = await startTransaction(transport(), request);
    await host().console(`sed -i '2s/done/gone/' /var/lib/portcullis/tx/${handle.id}/journal`);
    const ended = await rollback(transport(), handle);
    expect(ended.state).toBe('ROLLED_BACK');
    expect(ended.exceptions).toEqual([expect.stringContaining('journal was edited by another hand')]);
    await expectOld();
  });

  it('refuses paths that others could swap, links that lead nowhere, and a state directory that is not private', async () => {
    await host().console(
      'ln -s nowhere /etc/demo/dangling; ln -s loop /etc/demo/loop; mkdir -m 0777 /etc/demo/open',
    );
    const content = 'x\n';
    const base = { kind: 'absent' } as const;
    for (const [path, message] of [
      ['/tmp/x.conf', '/tmp can be written by everyone'],
      ['/etc/demo/open/x.conf', '/etc/demo/open can be written by everyone'],
      ['/home/ana/x.conf', '/home/ana belongs to user 1000, not to root'],
    ] as const) {
      const { request } = requestOf({ changes: [putFile({ path, content, base })], contents: [content] });
      const start = startTransaction(transport(), request);
      await expect(start).rejects.toMatchObject({ exitCode: EXIT.refused, message });
    }
    for (const path of ['/etc/demo/dangling', '/etc/demo/loop']) {
      const { request } = requestOf({ changes: [putFile({ path, content, base })], contents: [content] });
      await expect(startTransaction(transport(), request)).rejects.toMatchObject({
        evidence: [`${path} is a symbolic link that does not lead to a regular file`],
      });
    }
    const { request } = requestOf({
      changes: [putFile({ path: '/etc/demo/../x', content, base })],
      contents: [content],
    });
    await expect(startTransaction(transport(), request)).rejects.toMatchObject({ exitCode: EXIT.usage });
    await host().console('chmod 0755 /var/lib/portcullis');
    const open = startTransaction(transport(), requestOf({ ...(await demoPlan(host())) }).request);
    await expect(open).rejects.toThrow('refusing: /var/lib/portcullis is not private to root');
    await host().console(
      'chmod 0700 /var/lib/portcullis; rm -rf /etc/demo/dangling /etc/demo/loop /etc/demo/open',
    );
    await expectOld();
  });

  it(
    `has one winner when the commit races the timer (${ROUNDS} rounds)`,
    async () => {
      const until = Date.now() + RACE_MINUTES * 60_000;
      const results: RaceResult[] = [];
      for (let round = 0; round < ROUNDS && Date.now() < until; round += 1) {
        const failed = (error: unknown): RaceResult => ({ winner: 'none', problems: [String(error)] });
        const result = await raceRound(host(), round, ((round * 7) % ROUNDS) / ROUNDS).catch(failed);
        results.push(result);
        if (RACE_FILE !== undefined) await appendFile(RACE_FILE, `${JSON.stringify(result)}\n`);
      }
      expect(results.length).toBeGreaterThan(0);
      expect(results.filter(({ problems }) => problems.length > 0)).toEqual([]);
    },
    (RACE_MINUTES + 5) * 60_000,
  );
});
