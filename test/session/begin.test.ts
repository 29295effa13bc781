// A start whose answer never comes: what is asked then, and what is said when it stays unknown.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TargetError } from '../../src/model/errors.ts';
import type { SessionEvent } from '../../src/model/event.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { Transport } from '../../src/model/target.ts';
import { begin } from '../../src/session/begin.ts';
import type { Line } from '../../src/session/line.ts';
import { EngineLost } from '../../src/transaction/answer.ts';

const ID = '20261122-010203-9f86d081';
const text = (key: string, value: string) => `${key}=${Buffer.from(value).toString('base64')}\n`;
const HELD = [
  ...[`id:${ID}\n`, 'state:APPLIED\n', text('step', 'sshd'), 'run:abc\n', text('operator', 'ana@desk')],
  ...['begun:1800000000\n', 'lease-left:70\n', 'done:2\n', 'total:2\n', 'fence:7\n', 'final:no\n'],
].join('');

function answered(stdout: string): Outcome {
  return { kind: 'exited', code: 0, stdout, stderr: '', truncated: false } as Outcome;
}

/** A line whose host answers `history` with each of these in turn, and the last for ever. */
function lineTo(answers: readonly (string | Error)[]) {
  const asked: string[] = [];
  const left = [...answers];
  const next = () => (left.length > 1 ? left.shift() : left[0]) ?? '';
  const transport = {
    run: async () => {
      asked.push('history');
      const answer = next();
      return answered(`${answer}${answer === '' ? '' : 'next:yes\n'}end:0\n`);
    },
  } as unknown as Transport;
  let first = true;
  const line: Line = {
    transport: async () => {
      if (!first && left[0] instanceof Error) throw left[0];
      first = false;
      return transport;
    },
    movedTo: () => {},
    close: async () => {},
  };
  return { line, asked };
}

const job = (nonce?: string) => ({
  ...{ id: ID, step: 'sshd', lease: 90 },
  ...(nonce === undefined ? {} : { nonce }),
  start: () => Promise.reject(new EngineLost('connection lost during start', { evidence: ['broken pipe'] })),
});

async function begun(answers: readonly (string | Error)[], nonce?: string) {
  const events: SessionEvent[] = [];
  const { line, asked } = lineTo(answers);
  const result = begin(job(nonce), { line, emit: (event) => void events.push(event) }).then(
    (started) => ({ started, failed: undefined }),
    (failed: unknown) => ({ started: undefined, failed: failed as TargetError }),
  );
  await vi.runAllTimersAsync();
  return { ...(await result), events: events.map((event) => event.type), asked };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the host that holds it is found again, with its fence', async () => {
  const { started, events } = await begun(['', HELD], 'nonce');
  expect(started?.handle).toMatchObject({ id: ID, fence: 7, nonce: 'nonce' });
  expect(started?.status.state).toBe('APPLIED');
  expect(events).toEqual(['starting', 'connection-lost']);
});

test.each<[string, readonly (string | Error)[], string | undefined, number]>([
  ['it is not seen there', [''], 'nonce', 3],
  ['the host cannot be reached', [new TargetError('no route')], 'nonce', 0],
  ['it cannot be taken up again', [HELD], undefined, 0],
])('when %s: 6, and what the host does by itself', async (_, answers, nonce, looks) => {
  const { failed, asked } = await begun(answers, nonce);
  expect(failed).toMatchObject({ exitCode: 6, message: expect.stringContaining(`begun ${ID} is not known`) });
  const hints = failed?.hints.join('\n');
  expect(hints).toContain('when its lease of 90 s ends');
  for (const command of ['status TARGET', 'confirm TARGET', 'rollback TARGET --yes'])
    expect(hints).toContain(`portcullis ${command}`);
  expect(asked).toHaveLength(looks);
});

test('a refusal is not lost, and nothing more is asked', async () => {
  const { line, asked } = lineTo([HELD]);
  const refused = new TargetError('locked', { exitCode: 8 });
  const refusing = { ...job('nonce'), start: () => Promise.reject(refused) };
  await expect(begin(refusing, { line, emit: () => {} })).rejects.toBe(refused);
  expect(asked).toEqual([]);
});
