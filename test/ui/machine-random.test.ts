// Whatever happens in whatever order: a dry run begins nothing, work begins by its word only, the lease is always shown.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TransactionState } from '../../src/model/transaction.ts';
import { frame } from '../../src/ui/frame.ts';
import { lineWidth, plainText } from '../../src/ui/lines.ts';
import { armed, leaseLeft } from '../../src/ui/machine/state.ts';
import { Walk } from './drive.ts';
import { kept, proofs } from './sample.ts';
import { sides } from './sample-history.ts';
import { RECORD, withStrangers } from './sample-lockdown.ts';

const COMMITTED = {
  outcome: 'committed',
  exitCode: 0,
  transactions: [{ id: 't1', step: 'sshd', state: 'COMMITTED' }],
  scoreBefore: 38,
  scoreAfter: 96,
  keptStricter: [],
  recoveryCards: [],
  repeat: '',
  message: 'kept',
} as const;

const HOST_KEY_ASKED = {
  type: 'asked',
  question: { kind: 'host-key', host: 'shop', type: 'ssh-ed25519', fingerprint: 'SHA256:9Gk2ZkWM' },
} as const;

const WORDS = [
  'apply',
  'keep',
  'extend',
  'roll back',
  'undo',
  'leave',
  'lockdown',
  'unlock',
  'ZkWM',
  'x',
  '22',
];
const KEYS =
  'up down left right enter escape tab space backspace ctrl-c ctrl-z a d v x u s q ? n p f c r b o g G L / N h'.split(
    ' ',
  );
const STATES: readonly TransactionState[] = [
  'PREPARED',
  'ARMED',
  'APPLYING',
  'APPLIED',
  'COMMITTED',
  'ROLLING_BACK',
  'ROLLED_BACK',
  'ROLLBACK_PARTIAL',
];

/** One thing that can happen; says what it made the walk do. */
type Action = (walk: Walk) => readonly { type: string }[];

function enters(walk: Walk, word: string): readonly { type: string }[] {
  return [...walk.press('ctrl-u'), ...walk.types(word), ...walk.press('enter')];
}

function entering(word: string): [string, Action] {
  return [`types ${word}`, (it) => enters(it, word)];
}

/** Straight to work, so that sequences get deep. */
function appliesNow(walk: Walk): readonly { type: string }[] {
  return [...walk.press('escape', 'a'), ...walk.types('apply'), ...walk.press('enter')];
}

const APPLIES: [string, Action] = ['types apply', appliesNow];

const action: fc.Arbitrary<[string, Action]> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(...KEYS).map((key): [string, Action] => [key, (it) => it.press(key)]),
  },
  { weight: 6, arbitrary: fc.constantFrom(...WORDS).map(entering) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...WORDS)
      .map((word): [string, Action] => [
        `pastes ${word}`,
        (it) => it.happens({ type: 'paste', text: `${word}\n` }),
      ]),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(...STATES)
      .map((state): [string, Action] => [
        state,
        (it) => it.session({ type: 'transaction', id: 't1', step: 'sshd', state, detail: '' }),
      ]),
  },
  {
    weight: 2,
    arbitrary: fc
      .integer({ min: 0, max: 90 })
      .map((left): [string, Action] => [
        `lease ${left}`,
        (it) => it.session({ type: 'lease', id: 't1', left, length: 90 }),
      ]),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...proofs)
      .map((proof): [string, Action] => [
        proof.id,
        (it) =>
          it.session({ type: 'proved', result: { proof, outcome: 'proved', seen: 'so', milliseconds: 1 } }),
      ]),
  },
  { weight: 3, arbitrary: fc.constant(APPLIES) },
  { weight: 4, arbitrary: fc.constant(entering('keep')) },
  {
    weight: 2,
    arbitrary: fc.constant<[string, Action]>([
      'decision asked',
      (it) => it.happens({ type: 'decision-asked' }),
    ]),
  },
  {
    weight: 2,
    arbitrary: fc.constant<[string, Action]>([
      'plan made',
      (it) => {
        it.planned();
        return [];
      },
    ]),
  },
  {
    weight: 1,
    arbitrary: fc.constant<[string, Action]>([
      'finished',
      (it) => it.happens({ type: 'finished', summary: COMMITTED }),
    ]),
  },
  {
    weight: 1,
    arbitrary: fc.constant<[string, Action]>([
      'history',
      (it) => it.happens({ type: 'history-read', transactions: [kept()] }),
    ]),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map((ended): [string, Action] => [
      'open read',
      (it) =>
        it.happens({
          type: 'open-read',
          open: ended ? null : kept({ state: 'ARMED', leaseLeft: 30 }),
          extended: !ended,
        }),
    ]),
  },
  {
    weight: 2,
    arbitrary: fc.constant<[string, Action]>([
      'sides',
      (it) => it.happens({ type: 'sides-read', sides: sides(kept().id) }),
    ]),
  },
  {
    weight: 1,
    arbitrary: fc.constant<[string, Action]>([
      'lost',
      (it) => it.session({ type: 'connection-lost', reason: 'gone' }),
    ]),
  },
  {
    weight: 1,
    arbitrary: fc.constant<[string, Action]>([
      'failed',
      (it) =>
        it.happens({
          type: 'failed',
          during: 'apply',
          problem: {
            kind: 'bug',
            message: 'no',
            where: 'here',
            hints: ['try'],
            evidence: ['e'],
            exitCode: 1,
          },
        }),
    ]),
  },
  {
    weight: 1,
    arbitrary: fc.constant<[string, Action]>(['host key asked', (it) => it.happens(HOST_KEY_ASKED)]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 100 }))
      .map(([columns, rows]): [string, Action] => [
        `${columns}×${rows}`,
        (it) => it.happens({ type: 'resized', columns, rows }),
      ]),
  },
);

/** What must hold for the screen of any state. */
function checkFrame(walk: Walk): void {
  const { state } = walk;
  const lines = frame(state);
  expect(lines).toHaveLength(Math.max(1, state.size.rows - 1));
  for (const line of lines) expect(lineWidth(line)).toBe(state.size.columns);
  const text = plainText(lines);
  const readable = state.size.columns >= 20 && state.size.rows >= 5;
  const left = leaseLeft(state);
  if (readable && armed(state) && left !== undefined) expect(text).toContain(`lease ${left} s`);
  if (armed(state)) expect(text).not.toContain('✓ Kept');
  if (readable && state.size.columns >= 60 && state.size.rows >= 16 && state.leaving === null)
    expect(text).toContain(state.mode === 'dry-run' ? 'DRY RUN' : 'LIVE');
}

const WORK = new Set(['apply', 'undo', 'roll-back-open', 'keep-open', 'extend-open', 'lockdown', 'unlock']);

/** The action without which an effect must not come. */
const WORD_FOR: Readonly<Record<string, string>> = {
  apply: 'types apply',
  undo: 'types undo',
  'roll-back-open': 'types roll back',
  'keep-open': 'types keep',
  'extend-open': 'types extend',
  lockdown: 'types lockdown',
  unlock: 'types unlock',
};

/** Where a sequence starts: random events alone seldom get far. */
const STARTS: Record<string, (walk: Walk) => unknown> = {
  connecting: () => undefined,
  'host key': (walk) => walk.happens(HOST_KEY_ASKED),
  room: (walk) => walk.arrive(),
  applying: (walk) => walk.arrive().applying(),
  deciding: (walk) => walk.arrive().deciding(),
  leaving: (walk) => walk.arrive().applying().press('ctrl-c'),
  open: (walk) => {
    walk.session({ type: 'unfinished', status: kept({ state: 'APPLIED', leaseLeft: 61 }) });
    walk.arrive();
  },
  undoing: (walk) => {
    walk.arrive().press('h');
    walk.happens({ type: 'history-read', transactions: [kept()] });
    walk.press('enter');
    walk.happens({ type: 'sides-read', sides: sides(kept().id) });
  },
  locking: (walk) => {
    walk.arrive().happens({ type: 'surveyed', survey: withStrangers() });
    walk.press('L', 'down', 'down');
    walk.types('key stolen');
    walk.press('enter');
  },
  locked: (walk) => {
    walk.arrive().happens({ type: 'surveyed', survey: withStrangers({ record: RECORD }) });
    walk.press('L');
  },
};

/** One way to each effect that matters, walked before the random ones, which may miss it. */
const WAYS: Readonly<Record<string, readonly [keyof typeof STARTS, [string, Action]]>> = {
  apply: ['room', APPLIES],
  keep: ['deciding', entering('keep')],
  'roll-back': ['deciding', entering('roll back')],
  reply: ['host key', entering('ZkWM')],
  leave: ['leaving', entering('leave')],
  'keep-open': ['open', entering('keep')],
  'roll-back-open': ['open', entering('roll back')],
  'extend-open': ['open', entering('extend')],
  undo: ['undoing', entering('undo')],
  lockdown: ['locking', entering('lockdown')],
  unlock: ['locked', entering('unlock')],
};

const sequence = fc.tuple(fc.constantFrom(...Object.keys(STARTS)), fc.array(action, { maxLength: 40 }));

describe('under random events', () => {
  test('a dry run never starts work, and its screen always says what it is', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const walk = new Walk({ mode: 'dry-run' }).arrive();
        for (const [, run] of actions) {
          run(walk);
          checkFrame(walk);
        }
        expect(walk.effects.filter((it) => WORK.has(it.type))).toEqual([]);
        expect(walk.state.run).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  test('live: work starts by its word only, keep needs an armed host and its word, the lease is always shown', () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(sequence, ([start, actions]) => {
        const walk = new Walk();
        STARTS[start]?.(walk);
        for (const [name, run] of actions) {
          const before = walk.state;
          for (const effect of run(walk)) {
            reached.add('decision' in effect ? String(effect.decision) : effect.type);
            const word = WORD_FOR[effect.type];
            if (word !== undefined) expect(name).toBe(word);
            // What is undone was shown before: its three ways were on the screen.
            if (effect.type === 'undo') expect(before.sides?.length ?? 0).toBeGreaterThan(0);
            if ('decision' in effect && effect.decision === 'keep') {
              expect(name).toBe('types keep');
              expect(armed(before)).toBe(true);
            }
            if ('reply' in effect && JSON.stringify(effect.reply).includes('accept'))
              expect(name).toBe('types ZkWM');
          }
          expect(walk.state.screen.name === 'decide' && !armed(walk.state)).toBe(false);
          checkFrame(walk);
        }
      }),
      { numRuns: 120, examples: Object.values(WAYS).map(([start, last]) => [[start, [last]]]) },
    );
    // The sequences got to where it matters; otherwise the test above says nothing.
    for (const it of Object.keys(WAYS)) expect([...reached]).toContain(it);
  });
});
