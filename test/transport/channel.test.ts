import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { command, value } from '../../src/text/command.ts';
import { Secret } from '../../src/text/secret.ts';
import { atOnce, type Channel, openChannel } from '../../src/transport/channel.ts';
import { reachRoot } from '../../src/transport/login.ts';
import { startWire, type Wire } from '../../src/transport/wire.ts';

const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
let directory = '';
const open: Channel[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'channel-test-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((channel) => channel.close()));
});
afterAll(() => rm(directory, { recursive: true }));

function start(shell: readonly [string, ...string[]] = ['dash']): { channel: Channel; wire: Wire } {
  const [file, ...args] = shell;
  const wire = startWire(file, args, ENVIRONMENT);
  const channel = openChannel(wire, async () => 'the shell ended');
  open.push(channel);
  return { channel, wire };
}

const SHELLS: [string, ...string[]][] = [['dash'], ['busybox', 'sh'], ['bash', '--posix']];

describe.each(SHELLS)('the framed channel under %s %s', (...shell) => {
  test('brings any bytes in on stdin and out on stdout and stderr, unharmed', async () => {
    const { channel } = start(shell);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
        const outcome = await channel.run(
          command(['hex=$(od -An -v -tx1); echo "$hex"; echo "$hex" >&2'], { stdin: [bytes] }),
        );
        if (outcome.kind !== 'exited') throw new Error(outcome.kind);
        const hex = Buffer.from(bytes).toString('hex');
        expect(outcome.stdout.replace(/\s/g, '')).toBe(hex);
        expect(outcome.stderr.replace(/\s/g, '')).toBe(hex);
      }),
      { numRuns: 15 },
    );
  });

  test.runIf(process.getuid?.() === 0).each([
    ['a root whose environment is clean', { portcullis_clean: 'yes' }, true],
    ['a root who needs a clean shell first', {}, false],
  ])('a command that goes along with the login of %s is answered once', async (_who, more, early) => {
    const [file, ...args] = shell;
    const wire = startWire(file, args, { ...ENVIRONMENT, ...more, HOME: directory });
    const mark = join(directory, `${early}-${file}`);
    const first = atOnce(
      command(['echo once >>', value(mark), '; echo "found: $(cat)"; echo told >&2'], { stdin: ["a'b\n"] }),
    );
    const { root, said } = await reachRoot(wire, {
      sudo: 'auto',
      requireRoot: true,
      password: async () => undefined,
      user: 'root',
      host: 'here',
      patience: () => new Promise(() => undefined),
      // Later than the shell is ready for it.
      atOnce: sleep(100).then(() => first.text),
    });
    expect({ root, early: said !== undefined }).toEqual({ root: 'root', early });
    const channel = openChannel(wire, async () => 'the shell ended', said && { ...first, ...said });
    open.push(channel);
    expect(await channel.run(first.command)).toMatchObject({
      ...{ kind: 'exited', code: 0, stdout: "found: a'b\n", stderr: 'told\n' },
    });
    expect(await channel.run(command(['cat', value(mark)]))).toMatchObject({ stdout: 'once\n' });
    expect(channel.exchanges()).toBe(2);
    // The same command again is a command again.
    expect(await channel.run(first.command)).toMatchObject({ stdout: "found: a'b\n" });
    expect(await channel.run(command(['wc -l <', value(mark)]))).toMatchObject({ stdout: '2\n' });
  });

  test('gives any text back exactly, from an argument and from stdin', async () => {
    const { channel } = start(shell);
    const text = fc.string({ unit: 'binary', maxLength: 500 }).filter((it) => !it.includes('\0'));
    await fc.assert(
      fc.asyncProperty(text, text, async (argument, input) => {
        const outcome = await channel.run(
          command(['printf %s', value(argument), '; cat >&2'], { stdin: [input] }),
        );
        expect(outcome).toEqual({
          kind: 'exited',
          code: 0,
          stdout: argument,
          stderr: input,
          truncated: false,
        });
      }),
      { numRuns: 25 },
    );
  });

  test('ends a command at its deadline with all its children and goes on', async () => {
    const { channel } = start(shell);
    const children = join(directory, `children-${shell[0]}`);
    // The shell is up before the clock runs: a busy machine may take long to start one.
    await channel.run(command(['true']));
    const script = `(sleep 120; :) & echo $! >${children}; trap "" TERM; printf started; sleep 120; sleep 120`;
    const outcome = await channel.run(command([script], { deadline: 1500 }));
    expect(outcome).toMatchObject({ kind: 'timedOut', deadline: 1500, stdout: 'started' });
    // bash tells of a job that was killed, when it happens to see it first; the command itself said nothing.
    const said = outcome.kind === 'timedOut' ? outcome.stderr.split('\n') : ['no deadline'];
    const notice = /^\S+: line \d+: +\d+ (Done|Killed) |^ +\d+ (Done|Killed) |^ *$/;
    expect(said.filter((line) => !notice.test(line))).toEqual([]);
    expect(await channel.run(command(['echo still here']))).toMatchObject({
      kind: 'exited',
      stdout: 'still here\n',
    });
    const child = (await readFile(children, 'utf8')).trim();
    expect(child).toMatch(/^\d+$/);
    await vi.waitFor(() => expect(isRunning(child)).toBe(false), { timeout: 30_000, interval: 50 });
  });

  test('tells exit codes and signals apart as far as a shell can', async () => {
    const { channel } = start(shell);
    expect(await channel.run(command(['exit 7']))).toMatchObject({ kind: 'exited', code: 7 });
    expect(await channel.run(command(['no-such-command-here']))).toMatchObject({ kind: 'exited', code: 127 });
    expect(await channel.run(command(['kill -9 $$']))).toMatchObject({
      kind: 'signalled',
      signal: 'SIGKILL',
    });
  });

  test('cuts a flood, keeps its first bytes and goes on', async () => {
    const { channel } = start(shell);
    const outcome = await channel.run(command(['yes'], { outputLimit: 1000 }));
    expect(outcome).toMatchObject({ kind: 'exited', truncated: true, stdout: 'y\n'.repeat(500) });
    expect(await channel.run(command(['echo on']))).toMatchObject({ stdout: 'on\n', truncated: false });
  });
});

describe('the framed channel', () => {
  test('holds no more memory than its limit for one endless line', async () => {
    const { channel } = start();
    const before = process.memoryUsage().rss;
    const outcome = await channel.run(
      command(["head -c 1000000000 /dev/zero | tr '\\0' x"], { outputLimit: 100_000, deadline: 50_000 }),
    );
    expect(outcome).toMatchObject({ kind: 'exited', truncated: true });
    expect(outcome.kind === 'exited' && outcome.stdout.length).toBe(100_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });

  test('lets a talkative command finish, and says that the answer is cut', async () => {
    const { channel } = start();
    const outcome = await channel.run(command(['head -c 3000000 /dev/zero; exit 4'], { outputLimit: 100 }));
    expect(outcome).toMatchObject({ kind: 'exited', code: 4, truncated: true });
  });

  test('ignores frames that a command forges and leftovers of earlier ones', async () => {
    const { channel } = start();
    const forged = `printf '\\n%s end 0\\n' ${'0'.repeat(32)}; (sleep 0.2; echo leftover) & exit 5`;
    const outcome = await channel.run(command([forged]));
    expect(outcome).toMatchObject({ kind: 'exited', code: 5 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await channel.run(command(['echo clean']))).toMatchObject({ stdout: 'clean\n', code: 0 });
  });

  test('runs one command at a time, in order', async () => {
    const { channel } = start();
    const log = join(directory, 'order');
    const runs = ['a', 'b', 'c'].map((name) =>
      channel.run(
        command(['printf %s-', value(name), '>>', value(log), '; sleep 0.05; printf . >>', value(log)]),
      ),
    );
    await Promise.all(runs);
    expect(await readFile(log, 'utf8')).toBe('a-.b-.c-.');
    expect(channel.exchanges()).toBe(3);
  });

  test('takes a large script and large data without touching argument limits', async () => {
    const { channel } = start();
    const script = `: ${'x'.repeat(300_000)}\nwc -c`;
    const outcome = await channel.run(command([script], { stdin: [Buffer.alloc(2_000_000, 7)] }));
    expect(outcome).toMatchObject({ kind: 'exited', code: 0, stdout: '2000000\n' });
  });

  test('does not wait for a command that never reads its stdin', async () => {
    const { channel } = start();
    const outcome = await channel.run(command(['exit 0'], { stdin: [Buffer.alloc(2_000_000, 7)] }));
    expect(outcome).toMatchObject({ kind: 'exited', code: 0 });
  });

  test('keeps a secret out of every command line and environment while it is used', async () => {
    const { channel } = start();
    // Its own in every run: another run of these tests may be looking through the same /proc.
    const canary = `kanarienvogel-${randomBytes(8).toString('hex')}`;
    const forms = [canary, Buffer.from(canary).toString('base64').slice(0, 36)];
    const [begun, over] = [join(directory, 'begun'), join(directory, 'over')];
    const untilOver = `; : >${begun}; while [ ! -e ${over} ]; do sleep 0.05; done`;
    let scans = 0;
    let found: string[] = [];
    const look = async () => {
      found = found.concat(await processesShowing(forms));
      scans += 1;
    };
    const running = channel.run(command([`cat${untilOver}`], { stdin: [new Secret(canary)] }));
    while (!existsSync(begun)) await look();
    await look();
    await writeFile(over, '');
    expect(await running).toMatchObject({ stdout: canary });
    expect(scans).toBeGreaterThan(1);
    expect(found).toEqual([]);
    await Promise.all([rm(begun), rm(over)]);
    const shown = channel.run(command([`sh -c ':${untilOver}'`, value(canary)]));
    await vi.waitFor(() => expect(existsSync(begun)).toBe(true), { timeout: 30_000, interval: 20 });
    expect(await processesShowing(forms), 'the scan sees what is there').not.toEqual([]);
    await writeFile(over, '');
    await shown;
  });

  test('is lost, and stays lost, when the process dies under a command', async () => {
    const { channel, wire } = start();
    const running = channel.run(command(['sleep 5']));
    await channelStarted(channel);
    wire.kill();
    expect(await running).toEqual({ kind: 'lost', reason: 'the shell ended' });
    expect(await channel.run(command(['true']))).toEqual({ kind: 'lost', reason: 'the shell ended' });
    expect(channel.lost()).toBe(true);
  });

  test('gives a host up that does not even confirm the end of a command', async () => {
    const deaf = join(directory, 'deaf');
    await writeFile(deaf, '#!/bin/sh\nexec sleep 60\n', { mode: 0o700 });
    const { channel } = start([deaf]);
    expect(await channel.run(command(['true'], { deadline: 100 }))).toMatchObject({ kind: 'timedOut' });
    expect(await channel.run(command(['true']))).toMatchObject({ kind: 'lost' });
  });

  test('refuses a command with NUL instead of sending half of it', async () => {
    const { channel } = start();
    await expect(channel.run(command(['echo a\0b']))).rejects.toThrow(RangeError);
    expect(await channel.run(command(['echo fine']))).toMatchObject({ stdout: 'fine\n' });
  });
});

async function channelStarted(channel: Channel): Promise<void> {
  while (channel.exchanges() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Whether a process is there and not just waiting to be collected. */
function isRunning(id: string): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${id}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** Names of files under /proc/PID that show one of the texts, this process aside. */
async function processesShowing(texts: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const id of (await readdir('/proc')).filter(
    (name) => /^\d+$/.test(name) && name !== String(process.pid),
  )) {
    for (const part of ['cmdline', 'environ']) {
      const content = await readFile(`/proc/${id}/${part}`, 'latin1').catch(() => '');
      if (texts.some((text) => content.includes(text))) found.push(`/proc/${id}/${part}`);
    }
  }
  return found;
}
