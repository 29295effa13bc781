// How a headless run ends: a reader that goes away, a signal, a change nobody has kept yet, a torn record; the exit code and
// the last line of --json each time.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { diffManifests, type Manifest } from '../../src/lab/manifest.ts';
import { ANSWERS, type Cli, cliFor, until } from './cli-kit.ts';
import { describeLab, useHost } from './harness.ts';

const QUICK = [...ANSWERS, '--yes', '--recheck', 'none'];
/** Shows the first line only and tells the exit code of the program itself. */
const HEAD = '"$@" | head -n 1; echo "exit $PIPESTATUS"';

type Last = { type: string; exitCode?: number; summary?: { exitCode: number; outcome: string } };
const lastLine = (stdout: string) => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Last;

await describeLab('How a headless run ends', () => {
  const host = useHost({ image: 'trixie' });
  let cli: Cli;
  let before: Manifest;
  const passwords = async () =>
    (await host().console('sshd -T | sed -n "s/^passwordauthentication //p"')).stdout.trim();
  const stable = async () => diffManifests(before, await host().manifest());

  beforeAll(async () => {
    cli = await cliFor(host);
    before = await host().manifest();
  });

  it('by a reader that goes away: the change is carried out and kept, the code is its own', async () => {
    const applied = await cli.inShell(HEAD, 'apply', ...QUICK, '--json');
    expect(applied.stdout, applied.stderr).toMatch(/^\{.*\}\nexit 0\n$/);
    expect(await passwords()).toBe('no');
    const undone = await cli.inShell(HEAD, 'rollback', '--yes', '--recheck', 'none', '--json');
    expect(undone.stdout, undone.stderr).toMatch(/exit 0\n$/);
    expect(await stable()).toEqual([]);
    const refused = await cli.inShell(
      HEAD,
      ...(['apply', '--set', 'sshd.allow-users=deploy', ...ANSWERS.slice(2), '--yes', '--json'] as const),
    );
    expect(refused.stdout, refused.stderr).toMatch(/exit 5\n$/);
  });

  it.each([
    ['check', 'checked'],
    ['plan', 'planned'],
  ] as const)(
    '%s --json: every line is JSON, and the last one says how it ended',
    async (command, outcome) => {
      const { code, stdout, stderr } = await cli.on(command, ...ANSWERS, '--json');
      expect(code, stderr).toBe(2);
      const lines = stdout.trimEnd().split('\n');
      expect(lines.map((line) => (JSON.parse(line) as Last).type)).toContain('judged');
      expect(lastLine(stdout)).toMatchObject({ type: 'done', summary: { exitCode: 2, outcome } });
    },
  );

  it('by an error: the last line of --json is the error with its exit code', async () => {
    const missing = await cli.on('apply', '--yes', '--json');
    expect(missing.code).toBe(64);
    expect(lastLine(missing.stdout)).toMatchObject({ type: 'error', exitCode: 64 });
    const refused = await cli.on(
      ...(['apply', '--set', 'sshd.allow-users=deploy', ...ANSWERS.slice(2), '--yes', '--json'] as const),
    );
    expect(refused.code).toBe(5);
    expect(['error', 'done']).toContain(lastLine(refused.stdout).type);
    expect(lastLine(refused.stdout).exitCode ?? lastLine(refused.stdout).summary?.exitCode).toBe(5);
    const away = await cli.onPort(9, 'check', '--json');
    expect(away.code).toBe(6);
    expect(lastLine(away.stdout)).toMatchObject({ type: 'error', exitCode: 6 });
    expect(await stable()).toEqual([]);
  });

  it.each([
    ['check', 'SIGINT'],
    ['plan', 'SIGHUP'],
  ] as const)(
    '%s by %s: as the signal ends any program, with nothing to say about the host',
    async (command, signal) => {
      const { child, ended: end } = await cli.start(command, ...ANSWERS);
      await new Promise((resolve) => child.all?.once('data', resolve));
      child.kill(signal);
      const ended = await end;
      expect(ended.signal, ended.stderr).toBe(signal);
      expect(ended.stderr).not.toContain('Leaving');
      expect(await stable()).toEqual([]);
    },
  );

  it.each([
    [
      'while it starts',
      '"starting"',
      /Leaving (while|in the middle of) transaction \d{8}-\d{6}-[0-9a-f]+( is being started)?/,
    ],
    ['when it is armed', '"type":"lease"', /Leaving in the middle of transaction \d{8}-\d{6}-[0-9a-f]+\./],
  ])('apply by SIGTERM %s: says that the host takes the change back, and it does', async (_, mark, words) => {
    const lease = ['--recheck', '100', '--lease', '6s', '--json'];
    const { child, ended: end } = await cli.start('apply', ...ANSWERS, '--yes', ...lease);
    let seen = '';
    child.all?.on('data', (chunk) => {
      seen += String(chunk);
    });
    await until(async () => seen.includes(mark), 90_000);
    child.kill('SIGTERM');
    const ended = await end;
    expect(ended.signal, ended.stderr).toBe('SIGTERM');
    expect(ended.stderr).toMatch(words);
    expect(ended.stderr).toContain('the host takes the change back by itself');
    expect(ended.stderr).toMatch(/portcullis status root@\S+ --identity /);
    // Before its first change the host looks as it does after its last: what it says of itself comes first.
    await until(async () => (await cli.on('status')).code === 0, 120_000);
    await until(async () => (await stable()).length === 0, 30_000);
  });

  it('with a change that nobody has kept yet: 3 from every command, and a torn record is no token', async () => {
    const applied = await cli.on('apply', ...QUICK, '--confirm', 'manual', '--lease', '900s', '--json');
    expect(applied.code, applied.stderr).toBe(3);
    expect(lastLine(applied.stdout)).toMatchObject({ type: 'done', summary: { exitCode: 3 } });
    for (const command of ['check', 'plan'] as const) {
      const looked = await cli.on(command, ...ANSWERS);
      expect(looked.code, looked.stderr).toBe(3);
      expect(looked.stdout).toMatch(/! Transaction \S+ of .+ is open \(APPLIED\)/);
    }
    expect((await cli.on('status')).code).toBe(3);

    const folder = join(cli.state, 'state/portcullis/open');
    // Runs that were killed before left theirs; names begin with the time.
    const name = (await readdir(folder)).toSorted().at(-1) ?? '';
    const record = await readFile(join(folder, name), 'utf8');
    await writeFile(join(folder, name), record.slice(0, record.length / 2));
    const torn = await cli.on('confirm', '--json');
    expect(torn.code).toBe(1);
    expect(lastLine(torn.stdout)).toMatchObject({
      type: 'error',
      exitCode: 1,
      where: name.replace('.json', ''),
    });
    expect(torn.stderr).toContain('does not hold the token');

    await writeFile(join(folder, name), record);
    const confirmed = await cli.on('confirm', '--json');
    expect(confirmed.code, confirmed.stderr).toBe(0);
    expect(lastLine(confirmed.stdout)).toMatchObject({ type: 'done', summary: { exitCode: 0 } });
    const undone = await cli.on('rollback', '--yes', '--recheck', 'none', '--json');
    expect(undone.code, undone.stderr).toBe(0);
    expect(lastLine(undone.stdout)).toMatchObject({ type: 'done', summary: { exitCode: 0 } });
    expect(await stable()).toEqual([]);
  });
});
