import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TargetError, UserError } from '../../src/model/errors.ts';
import type { SessionEvent } from '../../src/model/event.ts';
import { errorText } from '../../src/report/errors.ts';
import { eventLine } from '../../src/report/event-line.ts';
import { historyText } from '../../src/report/history-text.ts';
import { HOSTILE, PLAIN, plan, report, summary, transactions } from './fixture.ts';

const [proof] = plan.proofs;
const [open] = transactions;
if (proof === undefined || open === undefined) throw new Error('the fixture lost its proof or transaction');

const connection = {
  transport: 'openssh',
  user: 'ana',
  address: '192.0.2.7',
  port: 22,
  hostKey: 'SHA256:abc',
  hostKeyType: 'ED25519',
  method: 'publickey',
  root: 'sudo',
  kex: 'k',
  cipher: 'c',
  mac: 'm',
  viaProxy: false,
} as const;

const events = (text: string): readonly SessionEvent[] => [
  { type: 'connecting', host: text, detail: text },
  { type: 'connected', connection: { ...connection, user: text } },
  { type: 'connection-lost', reason: text },
  { type: 'discovering', done: 1, total: 2, fact: text },
  { type: 'discovered', facts: 15, unknown: [text], milliseconds: 120 },
  { type: 'knocking', done: 1, total: 2 },
  { type: 'judged', findings: report.findings, score: 49 },
  { type: 'planning', detail: text },
  { type: 'planned', plan },
  { type: 'refused', refusals: [{ guard: text, message: text, remedy: text }] },
  { type: 'planned-again', differences: [text] },
  { type: 'starting', id: text, step: text, lease: 90 },
  { type: 'transaction', id: text, step: text, state: 'ARMED', detail: text },
  { type: 'lease', id: text, left: 75, length: 90 },
  { type: 'progress', id: text, done: 1, total: 3, detail: text },
  { type: 'recovery-card', path: text, lines: [text] },
  { type: 'proving', proof: text, title: text },
  {
    type: 'proved',
    result: { proof: { ...proof, title: text }, outcome: 'disproved', seen: text, milliseconds: 5 },
  },
  { type: 'stage', number: 2, total: 3, name: text, next: [text], proofs: [] },
  { type: 'recheck', afterSeconds: 5, ok: false, detail: text },
  { type: 'unfinished', status: { ...open, id: text, operator: text } },
  { type: 'note', level: 'warning', text },
  { type: 'done', summary },
];

describe('event lines', () => {
  test('say what was done, by words', () => {
    const lines = events('x')
      .map((event) => eventLine(event, PLAIN))
      .filter((line) => line !== undefined);
    expect(lines).toEqual([
      '· connecting to x: x',
      '✓ connected to 192.0.2.7 port 22 as x (publickey; root by sudo)',
      '! connection lost: x',
      '✓ 15 facts read in 120 ms; could not tell: x',
      '✓ 8 controls judged: 1 fail, score 49',
      '✓ plan made: 2 changes, score 49 → 92',
      '✗ refused: x Instead: x',
      '! planned again with the packages installed: 1 change not as shown',
      '! armed: x x, x',
      '! recovery card saved: x\n    x',
      '✗ disproved: x (fresh-login): x',
      '· stage 2 of 3: x; then x',
      '✗ checked again after 5 s: no longer holds: x',
      '! an earlier change is still open: x of x (! applied, not confirmed), taken back by the host within 1 min 15 s: confirm it, roll it back, or wait',
      '! x',
    ]);
  });
  test('say that the rest came out as it was shown', () => {
    expect(eventLine({ type: 'planned-again', differences: [] }, PLAIN)).toBe(
      '✓ planned again with the packages installed: the rest comes out as it was shown',
    );
  });
  test('say whose lock the host waits for, asked or not', () => {
    const detail = 'waiting for the dpkg lock held by unattended-upgr (pid 7), 5 s';
    const event = { type: 'progress', id: 'x', done: 0, total: 1, detail } as const;
    expect(eventLine({ ...event, waiting: true }, PLAIN)).toBe(`· ${detail}`);
    expect(eventLine(event, PLAIN)).toBeUndefined();
  });
  test('say what is under way when asked to', () => {
    const verbose = events('x').map((event) => eventLine(event, { ...PLAIN, verbose: true }));
    expect(verbose.filter((line) => line === undefined)).toHaveLength(1);
  });
  test('are ASCII where there is no UTF-8', () => {
    for (const event of events('é')) {
      expect(eventLine(event, { ...PLAIN, unicode: false, verbose: true }) ?? '').toMatch(
        /^[\n\u0020-\u007e]*$/,
      );
    }
  });
  test('let nothing of a hostile host through', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constant(HOSTILE), fc.string({ unit: 'binary' })), (text) => {
        for (const event of events(text)) {
          expect(eventLine(event, { ...PLAIN, verbose: true }) ?? '').not.toMatch(
            /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/,
          );
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('errors', () => {
  test('of a person say where, what and how to go on, without a stack', () => {
    const error = new UserError('there is no step "shd"', {
      where: '--steps',
      hints: ['did you mean "sshd"?'],
    });
    expect(errorText(error)).toBe(
      'portcullis: --steps: there is no step "shd"\n  hint: did you mean "sshd"?\n',
    );
  });
  test('of a file list every problem with its remedy', () => {
    const error = new UserError('profile /p/a.yaml has 1 problem:\n  …', {
      where: '/p/a.yaml',
      problems: [
        {
          file: '/p/a.yaml',
          line: 3,
          column: 5,
          what: '0 is not a port',
          allowed: 'port must be an integer 1–65535',
          fix: 'write 22',
        },
      ],
    });
    expect(errorText(error)).toBe(
      'portcullis: profile /p/a.yaml has 1 problem:\n  /p/a.yaml:3:5\n    0 is not a port\n    allowed: port must be an integer 1–65535\n    to fix: write 22\n',
    );
  });
  test('of a host show its evidence, made safe and cut at 20 lines', () => {
    const error = new TargetError('login refused', { evidence: Array.from({ length: 1024 }, () => HOSTILE) });
    const text = errorText(error);
    expect(text.split('\n')).toHaveLength(23);
    expect(text).toContain('and 1004 more lines');
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });
  test('of ours say so and show the stack', () => {
    const text = errorText(new TypeError('x is undefined'));
    expect(text).toContain('this is a bug in portcullis');
    expect(text).toContain('lines.test.ts');
  });
});

test('a proved list is told by its length, and in full where it is not so or everything was asked for', () => {
  const title = 'KexAlgorithms is a,b,c,d,e for ana from 192.0.2.7';
  const told = (outcome: 'proved' | 'disproved', verbose = false) =>
    eventLine(
      { type: 'proved', result: { proof: { ...proof, title }, outcome, seen: '', milliseconds: 5 } },
      { ...PLAIN, verbose },
    );
  expect(told('proved')).toBe(
    '✓ proved: KexAlgorithms is as planned (5 algorithms) for ana from 192.0.2.7 (fresh-login)',
  );
  expect(told('proved', true)).toContain('a,b,c,d,e');
  expect(told('disproved')).toContain('a,b,c,d,e');
});

test('where no control applies there is no score', () => {
  const findings = report.findings.map((it) => ({ ...it, result: 'notapplicable' as const }));
  expect(eventLine({ type: 'judged', findings, score: 100 }, PLAIN)).toBe(
    '✓ no control applies here: nothing to judge',
  );
});

test('what a kept undo took back is not told as simply kept', () => {
  const kept = { ...open, state: 'COMMITTED', operator: 'ana', exceptions: [], log: [] } as const;
  const text = historyText(
    [
      { ...kept, id: 'tx-2', undoes: 'tx-1' },
      { ...kept, id: 'tx-1' },
    ],
    PLAIN,
  );
  expect(text).toMatch(/tx-2 +sshd +✓ kept +ana\n {2}undoes tx-1\n/);
  expect(text).toMatch(/tx-1 +sshd +✓ kept, undone since +ana\n/);
});
