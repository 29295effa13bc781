// What was attested and waived, on the operator's side: whose host it is about, how long it holds, what a broken file does.
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { attestable } from '../../src/model/control.ts';
import { known } from '../../src/model/outcome.ts';
import type { Survey } from '../../src/model/session.ts';
import { judge, score } from '../../src/plan/judge.ts';
import type { SessionState } from '../../src/session/session.ts';
import { loadStatements, removeStatement, saveStatement } from '../../src/session/statement-files.ts';
import { declare, withdraw, withStatements } from '../../src/session/statements.ts';
import { survey as sample, step } from '../ui/sample.ts';

const HOST = { machineId: 'a'.repeat(32), hostKey: 'SHA256:shop' };
const NOW = Date.parse('2026-11-22T12:00:00Z');
const said = {
  ...({ kind: 'waive', control: 'sshd.x11', reason: 'the till needs it', by: 'ana@desk' } as const),
  ...{ at: '2026-11-22T12:00:00.000Z', until: '2026-12-01', expired: false },
};

let state = '';
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'statements-'));
});
afterEach(() => rm(state, { recursive: true }));

const folder = () => join(state, 'statements');
const load = async (host = HOST, now = NOW) => await loadStatements(state, host, now);
async function onlyFile(): Promise<string> {
  const [name = '', ...more] = await readdir(folder());
  expect(more).toEqual([]);
  return join(folder(), name);
}

describe('the files', () => {
  test('a statement comes back as it was said, and only its owner can read it', async () => {
    await saveStatement(state, { ...HOST, target: 'root@shop' }, said);
    expect(await load()).toEqual({ statements: [said], others: 0 });
    expect((await stat(await onlyFile())).mode & 0o777).toBe(0o600);
    expect((await stat(folder())).mode & 0o777).toBe(0o700);
  });

  test('its last day is its last: after it, it has expired', async () => {
    await saveStatement(state, { ...HOST, target: 'root@shop' }, said);
    const on = async (day: string) => (await load(HOST, Date.parse(day))).statements[0]?.expired;
    expect(await on('2026-12-01T23:59:59Z')).toBe(false);
    expect(await on('2026-12-02T00:00:00Z')).toBe(true);
  });

  test('another machine id, or the same with another host key, is another host', async () => {
    await saveStatement(state, { ...HOST, target: 'root@shop' }, said);
    expect(await load({ ...HOST, machineId: 'b'.repeat(32) })).toEqual({ statements: [], others: 0 });
    expect(await load({ ...HOST, hostKey: 'SHA256:clone' })).toEqual({ statements: [], others: 1 });
  });

  test('two at once about two controls both stay; about one, one of them does, whole', async () => {
    const target = 'root@shop';
    const one = (control: string, reason: string) =>
      saveStatement(state, { ...HOST, target }, { ...said, control, reason });
    await Promise.all([one('sshd.x11', 'first'), one('sshd.banner', 'other')]);
    expect((await load()).statements.map((it) => it.reason).sort()).toEqual(['first', 'other']);
  });

  test('a later one takes the place of an earlier one, and what is withdrawn is gone', async () => {
    await saveStatement(state, { ...HOST, target: 'root@shop' }, said);
    await saveStatement(
      state,
      { ...HOST, target: 'root@shop' },
      { ...said, kind: 'attest', reason: 'second' },
    );
    expect((await load()).statements).toMatchObject([{ kind: 'attest', reason: 'second' }]);
    expect(await removeStatement(state, HOST, said.control)).toBe(true);
    expect(await removeStatement(state, HOST, said.control)).toBe(false);
    expect(await load()).toEqual({ statements: [], others: 0 });
  });

  test('torn at whatever byte, it is an error with its name and the way on, never an empty list', async () => {
    await saveStatement(state, { ...HOST, target: 'root@shop' }, said);
    const path = await onlyFile();
    const whole = await readFile(path, 'utf8');
    for (let length = 0; length < whole.trimEnd().length; length += 7) {
      await writeFile(path, whole.slice(0, length));
      await expect(load(), `${length} bytes`).rejects.toMatchObject({
        exitCode: 64,
        where: path,
        hints: [expect.stringContaining('remove it'), expect.stringContaining('portcullis attest')],
      });
    }
  });

  test.each([
    ['a kind there is not', { kind: 'allow' }],
    ['a day there is not', { until: '2027-02-31' }],
    ['a key nobody wrote', { more: 1 }],
    ['another host in it', { hostKey: 'SHA256:other' }],
    ['an empty reason', { reason: '' }],
  ])('%s is an error', async (_, change) => {
    await saveStatement(state, { ...HOST, target: 'root@shop' }, said);
    const path = await onlyFile();
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...change }));
    await expect(load()).rejects.toMatchObject({ exitCode: 64, where: path });
  });

  test('a folder that others may write in is refused: what they put there would be read as ours', async () => {
    await saveStatement(state, { ...HOST, target: 'root@shop' }, said);
    await chmod(folder(), 0o777);
    await expect(load()).rejects.toMatchObject({
      where: folder(),
      hints: [expect.stringContaining('chmod 700')],
    });
  });

  test('looking makes no folder', async () => {
    await load();
    expect(await readdir(state)).toEqual([]);
  });
});

const asked = attestable({
  ...{ id: 'sshd.console', title: 'Console', severity: 'medium', why: '', references: [] },
  ...{ question: 'Did you try it?', days: 10 },
});

/** A session that has looked at a host whose controls all fail, but for one that only the operator can tell. */
function looked(over: { readonly machineId?: string } = {}) {
  const notes: string[] = [];
  const steps = [{ ...step, controls: [...step.controls, asked] }];
  const { context: plain } = sample();
  const identity = known({ machineId: over.machineId ?? HOST.machineId, hostname: 'shop' });
  const context = {
    ...plain,
    connection: { ...plain.connection, hostKey: HOST.hostKey },
    readings: { ...plain.readings, ...(over.machineId === '' ? {} : { identity }) },
  };
  const findings = judge({ steps, context });
  const survey: Survey = { context, steps, findings, score: score(findings) };
  const session = {
    options: {
      target: context.target,
      stateDir: state,
      emit: (event: { type: string; text?: string }) => void notes.push(event.text ?? event.type),
    },
    steps,
    survey,
  } as unknown as SessionState;
  return { session, notes };
}

const resultOf = (survey: Survey, id: string) => survey.findings.find((it) => it.control === id);

describe('saying it', () => {
  test('counts at once, under the name of who says it, as long as the control says', async () => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
    try {
      const { session } = looked();
      const after = await declare(session, { kind: 'attest', control: 'sshd.console', reason: ' tried it ' });
      expect(resultOf(after, 'sshd.console')).toMatchObject({
        result: 'attested',
        statement: { reason: 'tried it', until: '2026-12-02', at: '2026-11-22T12:00:00.000Z' },
      });
      expect(resultOf(after, 'sshd.console')?.statement?.by).toMatch(/^.+@.+$/);
      expect(session.survey).toBe(after);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a waived control fails no more, and fails again when it is withdrawn', async () => {
    const { session } = looked();
    const request = { kind: 'waive', control: 'sshd.x11', reason: 'needed', by: 'Bo', until: '30d' } as const;
    const after = await declare(session, request);
    expect(resultOf(after, 'sshd.x11')).toMatchObject({ result: 'waived', statement: { by: 'Bo' } });
    expect(resultOf(await withdraw(session, 'sshd.x11'), 'sshd.x11')).toMatchObject({ result: 'fail' });
  });

  test.each([
    ['a control of nobody', { control: 'sshd.nothing' }, 'does not judge'],
    ['an attestation of what is seen to fail', { kind: 'attest', control: 'sshd.x11' }, 'cannot be attested'],
    ['no reason', { reason: '  ' }, 'not one line'],
    ['a reason of two lines', { reason: 'a\nb' }, 'not one line'],
    ['a name that draws on the screen', { by: '\u001b[2J' }, 'not one line'],
    ['a day that is over', { until: '2020-01-01' }, 'over already'],
    ['a time without end', { until: 'ever' }, '180d'],
  ] as const)('%s is refused, and nothing is recorded', async (_, change, words) => {
    const { session } = looked();
    const request = { kind: 'waive', control: 'sshd.x11', reason: 'needed', ...change } as const;
    await expect(declare(session, request)).rejects.toThrow(words);
    expect(await readdir(state)).toEqual([]);
  });

  test('what nobody said cannot be withdrawn', async () => {
    await expect(withdraw(looked().session, 'sshd.x11')).rejects.toThrow('nothing was said');
  });

  test('a host that does not say which machine it is cannot be spoken about', async () => {
    const { session } = looked({ machineId: '' });
    const request = { kind: 'waive', control: 'sshd.x11', reason: 'needed' } as const;
    await expect(declare(session, request)).rejects.toThrow('cannot be told from others');
  });

  test('what was said of a clone is told once, and does not hold', async () => {
    await saveStatement(state, { ...HOST, hostKey: 'SHA256:clone', target: 'x' }, said);
    const { session, notes } = looked();
    const { context } = session.survey as Survey;
    session.survey = undefined;
    expect((await withStatements(session, context)).statements).toEqual([]);
    expect(notes).toEqual([expect.stringContaining('another host key')]);
  });
});
