import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/model/context.ts';
import type { Question, Step } from '../../src/model/control.ts';
import { UserError } from '../../src/model/errors.ts';
import type { RunSummary } from '../../src/model/event.ts';
import { absent } from '../../src/model/outcome.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { ApplyRequest, Decision, PlanRequest, Session } from '../../src/model/session.ts';
import type { StatementRequest } from '../../src/model/statement.ts';
import { readAnswer } from '../../src/prompt/questions.ts';
import { walk } from '../../src/prompt/walk.ts';
import { GUIDE } from '../../src/report/guide-text.ts';
import { Secret } from '../../src/text/secret.ts';
import {
  emptyPlan,
  PLAIN,
  refusedPlan,
  report,
  plan as samplePlan,
  sshd,
  summary,
} from '../report/fixture.ts';
import { typing } from './terminal.ts';

const port: Question = {
  id: 'sshd.port',
  prompt: 'Which port?',
  help: 'The port sshd listens on.',
  type: 'number',
  risky: false,
  propose: () => ({ value: 22, reason: 'it is 22 now' }),
  check: (value) => (Number(value) > 65535 ? 'a port is 1 to 65535' : undefined),
};
const users: Question = {
  id: 'sshd.users',
  prompt: 'Who may log in?',
  help: 'Names.',
  type: 'list',
  risky: true,
  when: (context) => context.answers.get('sshd.port') !== 23,
  propose: () => ({ value: ['ana'], reason: 'ana used a key' }),
};
const step: Step = { ...sshd, questions: [port, users] };

/** A session that records what it is told. */
function recorded(plans: readonly Plan[], steps: readonly Step[], made: Pick<RunSummary, 'newSecrets'> = {}) {
  const calls: {
    plans: PlanRequest[];
    applied: ApplyRequest[];
    decisions: (Decision | undefined)[];
    log: string[];
    said: StatementRequest[];
    undone: (readonly [string | undefined, Decision | undefined])[];
  } = {
    plans: [],
    applied: [],
    decisions: [],
    log: [],
    said: [],
    undone: [],
  };
  const left = [...plans];
  const refuse = () => Promise.reject(new Error('not for this walk'));
  const session: Session = {
    connect: async () => void calls.log.push('connect'),
    discover: async () => {
      calls.log.push('discover');
      const context = {
        answers: new Map(),
        profile: { answers: new Map() },
        connection: { viaProxy: false },
        readings: { who: absent, lockdown: absent, sessions: absent },
      } as unknown as Context;
      return { context, steps, findings: report.findings, score: 49 };
    },
    lookOutside: refuse,
    plan: async (request) => {
      calls.plans.push(request);
      return left.shift() ?? emptyPlan;
    },
    apply: async (_, request) => {
      calls.applied.push(request);
      const decision = await request.decide?.();
      calls.decisions.push(decision);
      const kept: RunSummary =
        decision === 'keep'
          ? { ...summary, ...made }
          : { ...summary, outcome: 'rolled-back', exitCode: decision === 'later' ? 3 : 4 };
      return kept;
    },
    confirmOpen: refuse,
    readOpen: async () => null,
    extendOpen: async () => null,
    rollbackOpen: refuse,
    undo: async ({ step: only, decide }) => {
      calls.undone.push([only, await decide?.()]);
      return { ...summary, outcome: 'undone' };
    },
    lockdown: refuse,
    unlock: refuse,
    takeNewSecrets: () => [{ name: 'KEY', path: '/srv/.env', value: new Secret('fresh0value') }],
    lockdownNow: refuse,
    declare: async (request) => {
      calls.said.push(request);
      if (request.kind === 'waive') throw new UserError('this profile does not judge it');
      return await session.discover();
    },
    withdraw: refuse,
    history: async () => [],
    sides: async () => [],
    close: async () => void calls.log.push('close'),
  };
  return { session, calls };
}

async function visit(
  keys: string,
  options: {
    plans?: readonly Plan[];
    dryRun?: boolean;
    answers?: ReadonlyMap<string, number>;
    steps?: readonly Step[];
    guide?: boolean;
    /** What is typed where something may be said about the findings. */
    said?: string;
    /** What the summary of the run says more. */
    made?: Pick<RunSummary, 'newSecrets'>;
  } = {},
) {
  const { session, calls } = recorded(options.plans ?? [samplePlan], options.steps ?? [step], options.made);
  const said = options.said ?? (options.dryRun === true ? '' : '\n');
  const { terminal, seen } = typing(`${said}${keys}`);
  let page = '';
  const code = await walk({
    session,
    terminal,
    answers: options.answers ?? new Map(),
    without: new Set(),
    steps: undefined,
    lease: 90,
    dryRun: options.dryRun ?? false,
    guide: options.guide ?? false,
    style: PLAIN,
    write: (text) => {
      page += text;
    },
  });
  return { code, calls, page, seen: seen() };
}

describe('the wizard line by line', () => {
  test('new secrets are shown by a typed word alone, once they are kept', async () => {
    const made = { newSecrets: ['KEY'] };
    const shown = await visit('2222\nana, deploy\napply\nkeep\nshow\n', { made });
    expect(shown.page).toContain('KEY (/srv/.env): fresh0value');
    expect(shown.seen).toContain('keeps them in its scrollback');
    const left = await visit('2222\nana, deploy\napply\nkeep\n\n', { made });
    expect(left.page).not.toContain('fresh0value');
  });

  test('asks, shows, applies at the typed word and keeps at the typed word', async () => {
    const { code, calls, page, seen } = await visit('2222\nana, deploy\napply\nkeep\n');
    expect(code).toBe(0);
    expect(calls.plans[0]?.answers).toEqual(
      new Map<string, unknown>([
        ['sshd.port', 2222],
        ['sshd.users', ['ana', 'deploy']],
      ]),
    );
    expect(calls.applied[0]).toMatchObject({ confirm: 'ask', lease: 90 });
    expect(calls.decisions).toEqual(['keep']);
    expect(page).toContain('+PasswordAuthentication no');
    expect(page).toContain('Applied, proved and kept');
    expect(seen).toContain('Proposed: 22; it is 22 now');
    expect(calls.log).toEqual(['connect', 'discover', 'close']);
  });
  test('Enter takes the proposals, and is not enough to apply', async () => {
    const { code, calls, page } = await visit('\n\n\n');
    expect(calls.plans[0]?.answers).toEqual(
      new Map<string, unknown>([
        ['sshd.port', 22],
        ['sshd.users', ['ana']],
      ]),
    );
    expect(calls.applied).toEqual([]);
    expect(page).toContain('Left: nothing was changed.');
    expect(code).toBe(2);
  });
  test('an answer that cannot be is told why and asked again', async () => {
    const { calls, seen } = await visit('７\n70000\n23\n\n');
    expect(seen).toContain('That cannot be: give a whole number in plain digits');
    expect(seen).toContain('That cannot be: a port is 1 to 65535');
    expect(calls.plans[0]?.answers).toEqual(new Map([['sshd.port', 23]]));
  });
  test('what a flag answered is shown and not asked', async () => {
    const { calls, seen } = await visit('ana\n\n', { answers: new Map([['sshd.port', 2200]]) });
    expect(seen).toContain('Which port? 2200 (given)');
    expect(calls.plans[0]?.answers.get('sshd.port')).toBe(2200);
  });
  test('a dry run cannot apply', async () => {
    const { code, calls, page } = await visit('\n\napply\nkeep\n', { dryRun: true });
    expect(calls.applied).toEqual([]);
    expect(page).toContain('DRY RUN: nothing was changed.');
    expect(code).toBe(2);
  });
  test('a refused plan applies nothing and may be answered differently', async () => {
    const { code, calls, page } = await visit('\n\nchange sshd\n\n2222\nana\napply\nkeep\n', {
      plans: [refusedPlan, samplePlan],
    });
    expect(page).toContain('REFUSED');
    expect(calls.plans).toHaveLength(2);
    expect(code).toBe(0);
    const left = await visit('\n\n\n', { plans: [refusedPlan] });
    expect(left.code).toBe(5);
    expect(left.calls.applied).toEqual([]);
  });
  test('several steps are one plan and one run', async () => {
    const first: Step = { ...step, id: 'walls', title: 'Walls: what is open', questions: [] };
    const { code, calls, page } = await visit('\n\napply\nkeep\n', { steps: [first, step] });
    // Nothing was found about the first: it is one line, and still in the plan.
    expect(page).toContain('Walls: what is open\n  0 controls find nothing to judge here; "change walls"');
    expect(calls.plans.map(({ steps }) => steps)).toEqual([['walls', 'sshd']]);
    expect([calls.decisions, code]).toEqual([['keep'], 0]);
  });
  test('a step is left out and taken in again, a finding too, and each time the plan is made anew', async () => {
    const first: Step = { ...step, id: 'walls', title: 'Walls: what is open', questions: [] };
    const words = ['skip walls', 'without sshd.kex', 'skip walls', 'without sshd.kex', ''];
    const { code, calls, page } = await visit(`\n\n${words.join('\n')}\n`, {
      plans: Array.from(words, () => samplePlan),
      steps: [first, step],
    });
    expect(calls.plans.map(({ steps, without }) => [steps, [...(without ?? [])]])).toEqual([
      [['walls', 'sshd'], []],
      [['sshd'], []],
      [['sshd'], ['sshd.kex']],
      [['walls', 'sshd'], ['sshd.kex']],
      [['walls', 'sshd'], []],
    ]);
    expect(page).toContain('(out now: walls)');
    expect(code).toBe(2);
  });
  test('every step left out is no plan', async () => {
    const { code, calls, page } = await visit('\n\nskip sshd\napply\n');
    expect(page).toContain('Every step is left out');
    expect(page).toContain('There is nothing that may be applied.');
    expect([calls.applied.length, code]).toEqual([0, 0]);
  });
  test('a question that is asked again shows what was answered', async () => {
    const { calls, seen } = await visit('2222\nbo\nchange\n\n\n\n\n', { plans: [samplePlan, samplePlan] });
    expect(seen).toContain('Yours: 2222');
    expect(calls.plans.map(({ answers }) => answers.get('sshd.users'))).toEqual([['bo'], ['bo']]);
  });
  test('words that only look are answered, and names that are none are told', async () => {
    const words = 'explain sshd.kex\nexplain sshd.kx\nskip walls\nhistory\nnonsense\n';
    const { page, calls } = await visit(`\n\n${words}`);
    expect(page).toContain('Key exchange resists quantum computers');
    expect(page).toContain('did you mean sshd.kex?');
    expect(page).toContain('There is no step "walls" here: sshd.');
    expect(page).toContain('Nothing was done to this host by Portcullis');
    expect(page).toContain('"nonsense" is none of these words.');
    expect(calls.plans).toHaveLength(1);
  });
  test('one step of the last run is taken back by its name, kept by the word', async () => {
    const { code, calls } = await visit('\n\nundo firewall\nkeep\n');
    expect(calls.undone).toEqual([['firewall', 'keep']]);
    expect(code).toBe(0);
  });
  test('after a run the host is read again when that is wished, and judged anew', async () => {
    const { calls, code } = await visit('\n\napply\nkeep\nlook\n\n', { plans: [samplePlan, emptyPlan] });
    const more = await visit('\n\napply\nkeep\nlook\n\n', { plans: [samplePlan, samplePlan] });
    expect(more.page).toContain('Left: nothing more was changed.');
    expect(calls.log).toEqual(['connect', 'discover', 'discover', 'close']);
    expect([calls.plans.length, code]).toEqual([2, 0]);
  });
  test('the first time it says in plain words what happens and what the words mean', async () => {
    const explained: Step = { ...step, words: [{ word: 'sshd', means: 'lets people in' }] };
    const first = await visit('\n\napply\nkeep\n', { steps: [explained], guide: true });
    for (const spot of ['discover', 'ready', 'decide'] as const)
      expect(first.page.replaceAll(/\s+/g, ' ')).toContain(GUIDE[spot].join(' '));
    expect(first.page).toContain('sshd: lets people in');
    const later = await visit('\n\napply\nkeep\n', { steps: [explained] });
    expect(later.page).not.toContain(GUIDE.ready[0]);
    expect(later.page).not.toContain('lets people in');
  });
  test('nothing to do is fine', async () => {
    const { code, calls } = await visit('\n\n', { plans: [emptyPlan] });
    expect(code).toBe(0);
    expect(calls.applied).toEqual([]);
  });
  test.each([
    ['roll back\n', 'roll-back', 4],
    ['what\nroll-back\n', 'roll-back', 4],
    ['later\n', 'later', 3],
    ['\u0004', 'later', 3],
    ['', 'later', 3],
  ])('at the decision %j means %s', async (keys, decision, exitCode) => {
    const { code, calls } = await visit(`\n\napply\n${keys}`);
    expect(calls.decisions).toEqual([decision]);
    expect(code).toBe(exitCode);
  });
  test('the word for an emergency is no consent to apply', async () => {
    const { calls, page, code } = await visit('\n\nlockdown\n');
    expect(page).toContain('There is no lockdown here: the host cannot tell which address you come from');
    expect(calls.applied).toEqual([]);
    expect(code).toBe(2);
  });
  test('what only the operator can tell is asked, recorded with an end, and what cannot be said is told why', async () => {
    const said = [
      'nonsense\n',
      'attest sshd.recovery-card\nin the safe\n\n',
      'waive sshd.nothing\nno reason at all\n7d\n',
      'waive sshd.kex\n\n',
      '\n',
    ];
    const { calls, page, seen } = await visit('\n\n\n', { said: said.join('') });
    expect(page).toContain('sshd.recovery-card: Is the card kept in a second place?');
    expect(page).toContain('That is neither; nothing was recorded.');
    expect(seen).toContain('180d');
    expect(calls.said).toEqual([
      { kind: 'attest', control: 'sshd.recovery-card', reason: 'in the safe', until: '180d' },
      { kind: 'waive', control: 'sshd.nothing', reason: 'no reason at all', until: '7d' },
    ]);
    expect(page).toContain('That cannot be: this profile does not judge it');
    expect(calls.plans).toHaveLength(1);
  });
  test('a dry run offers to record nothing', async () => {
    const { seen } = await visit('\n\n', { dryRun: true });
    expect(seen).not.toContain('attest');
  });
  test('leaving a question changes nothing and closes the connection', async () => {
    const { calls, page } = await visit('\u0004');
    expect(page).toContain('Left: nothing was changed.');
    expect(calls.plans).toEqual([]);
    expect(calls.log.at(-1)).toBe('close');
  });
  test('Control-C ends the walk wherever it is', async () => {
    await expect(visit('\u0003')).rejects.toThrow('interrupted');
    await expect(visit('\n\n\u0003')).rejects.toThrow('interrupted');
    await expect(visit('\n\napply\n\u0003')).rejects.toThrow('interrupted');
  });
});

test.each([
  ['22', 'number', 22],
  ['-1', 'number', -1],
  ['2 2', 'number', undefined],
  ['Yes', 'boolean', true],
  ['n', 'boolean', false],
  ['maybe', 'boolean', undefined],
  ['a, b,', 'list', ['a', 'b']],
  ['', 'list', []],
  ['2', 'choice', 'second'],
  ['first', 'choice', 'first'],
  ['3', 'choice', undefined],
  ['as typed ', 'text', 'as typed '],
] as const)('%j read as %s is %j', (typed, type, expected) => {
  expect(readAnswer(typed, type, [{ value: 'first' }, { value: 'second' }])).toEqual(expected);
});
