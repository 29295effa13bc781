import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/model/context.ts';
import { answerOf, proposalOf } from '../../src/model/context.ts';
import type { Question } from '../../src/model/control.ts';
import { UserError } from '../../src/model/errors.ts';
import { known } from '../../src/model/outcome.ts';
import { decidedBefore, missingRisky } from '../../src/plan/answers.ts';
import { candidateCommand, parseCandidate } from '../../src/plan/candidate.ts';
import { isStale, whyStale } from '../../src/plan/digest.ts';
import { draftPlan, finishPlan } from '../../src/plan/plan.ts';
import { parsePlan, serialisePlan } from '../../src/plan/plan-file.ts';
import { OWN_FILE } from '../../src/resources/sshd-tree.ts';
import { renderForShell } from '../../src/text/command.ts';
import { account, configFile, contextOf, DEFAULTS, KEY, MAIN, sshdFact } from '../resources/contexts.ts';
import { controlFor, option, planOf, stepOf, willingHost } from './kit.ts';

const STEP = stepOf([controlFor(option('MaxAuthTries', '4')), controlFor(option('X11Forwarding', 'no'))]);
const AFTER = { ...DEFAULTS, maxauthtries: ['4'] };

/** The host after a plan was carried out, as facts would then describe it. */
function applied(
  context: Context,
  changes: ReturnType<typeof planOf>['changes'],
  effective = AFTER,
): Context {
  const { sshd } = context.readings;
  if (sshd.kind !== 'known') throw new Error('sshd has to be known');
  const files = new Map(sshd.value.files.map((file) => [file.path, file]));
  for (const change of changes) {
    const put = change.primitives.find((one) => one.kind === 'put-file');
    if (put?.kind === 'put-file') {
      files.set(
        put.path,
        configFile(put.path, change.after ?? '', { mode: put.mode, uid: put.uid, gid: put.gid }),
      );
    }
  }
  const fact = sshdFact({}, { ...sshd.value, files: [...files.values()], effective });
  return { ...context, readings: { ...context.readings, sshd: known(fact) } };
}

describe('a plan', () => {
  test('changes what fails, in effect too, and leaves what passes alone', () => {
    const plan = planOf(contextOf(), [STEP], AFTER);
    expect(plan.changes.map((change) => [change.address, change.action, change.confidence])).toEqual([
      [`file:${OWN_FILE}`, 'create', 'rehearsed'],
      ['unit:ssh.service', 'reload', 'validated'],
    ]);
    expect(plan.changes[0]?.effective).toEqual([{ name: 'MaxAuthTries', before: '6', after: '4' }]);
    expect(plan.changes[0]?.base).toEqual({ kind: 'absent' });
    expect(plan).toMatchObject({
      complete: true,
      applyable: true,
      refusals: [],
      score: { now: 50, projected: 100 },
    });
  });

  test('says nothing of lines that sshd only tells in another order', () => {
    const turned = { ...AFTER, listenaddress: ['[::]:22', '0.0.0.0:22'] };
    expect(planOf(contextOf(), [STEP], turned).changes[0]?.effective.map((one) => one.name)).toEqual([
      'MaxAuthTries',
    ]);
    const less = { ...AFTER, listenaddress: ['[::]:22'] };
    expect(planOf(contextOf(), [STEP], less).changes[0]?.effective[0]).toEqual({
      name: 'listenaddress',
      before: '0.0.0.0:22, [::]:22',
      after: '[::]:22',
    });
  });

  test('is empty once it was carried out', () => {
    const context = contextOf();
    const first = planOf(context, [STEP], AFTER);
    const second = planOf(applied(context, first.changes), [STEP], AFTER);
    expect(second.changes).toEqual([]);
    expect(second).toMatchObject({ applyable: false, complete: true });
  });

  test('is the same for the same input, and never depends on the time', () => {
    fc.assert(
      fc.property(fc.subarray(['4', '3', '2', '5'], { minLength: 1 }), fc.string(), (values, created) => {
        const step = stepOf(
          values
            .map((value) => controlFor(option('MaxAuthTries', value), { id: `sshd.tries-${value}` }))
            .slice(0, 1),
        );
        const context = contextOf();
        const make = (when: string) =>
          finishPlan(draftPlan({ context, steps: [step] }), willingHost(context, [step]), {
            tool: 'x',
            created: when,
          });
        expect({ ...make(created), created: '' }).toEqual({ ...make('now'), created: '' });
        expect(make(created).digest).toBe(make('later').digest);
      }),
      { numRuns: 30 },
    );
  });

  test('opens the new port in one stage and closes the old one in a second, which starts from the first', () => {
    const step = stepOf([
      controlFor(option('Port', ['22', '2222']), { id: 'sshd.port-open' }),
      controlFor(option('Port', '2222', { phase: 'contract' }), {
        id: 'sshd.port-close',
        proofs: () => [
          {
            id: 'sshd.login',
            title: 'a login on the new port',
            viewpoint: 'fresh-login',
            expect: 'works',
            check: { kind: 'login', user: 'ana', port: 2222, root: true },
          },
        ],
      }),
    ]);
    const draft = draftPlan({
      context: contextOf({ files: { [MAIN]: 'Include /etc/ssh/sshd_config.d/*.conf\nPort 22\n' } }),
      steps: [step],
    });
    expect(draft.changes.map((change) => `${change.phase} ${change.address}`)).toEqual([
      `expand file:${OWN_FILE}`,
      'expand unit:ssh.service',
      `contract file:${MAIN}`,
      'contract unit:ssh.service',
    ]);
    expect(draft.changes[2]?.before).toContain('\nPort 22\n');
    expect(draft.changes[2]?.after).toContain('# switched off by portcullis: Port 22\n');
    expect(draft.changes[2]?.base).toMatchObject({ kind: 'file', mode: '0644' });
  });

  test('moves the port of a socket by the socket’s own drop-in', () => {
    const socket = { active: true, enabled: true, unit: 'ssh.socket', listen: ['[::]:22'], dropIns: [] };
    const draft = draftPlan({
      context: contextOf({ sshd: { socket } }),
      steps: [stepOf([controlFor(option('Port', ['22', '2222']))])],
    });
    const drop = draft.changes.find((change) => change.address.includes('ssh.socket.d'));
    expect(drop?.after).toMatch(/\[Socket\]\nListenStream=\nListenStream=22\nListenStream=2222\n$/);
    expect(
      draft.changes.at(-1)?.primitives.map((one) => ('verb' in one ? `${one.verb} ${one.name}` : one.kind)),
    ).toEqual(['validate', 'daemon-reload ssh.socket', 'stop ssh.service', 'restart ssh.socket']);
  });

  test('adds a key to a file without a last newline on a line of its own, and says so in words', () => {
    const key = KEY.replace('ana@desk', 'second');
    const other = KEY.replace(
      /AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{4}/,
      (head) => `${head.slice(0, -4)}AbCd`,
    );
    const context = contextOf();
    const accounts = context.readings.accounts.kind === 'known' ? context.readings.accounts.value : undefined;
    const ana = accounts?.accounts[1];
    if (accounts === undefined || ana === undefined) throw new Error('ana has to be there');
    const file = configFile('/home/ana/.ssh/authorized_keys', KEY, { mode: '0600', uid: 1000, gid: 1000 });
    const changed = { ...accounts, accounts: [{ ...ana, keyFiles: [file] }] };
    const wish = stepOf([
      controlFor(option('MaxAuthTries', '4'), {
        remedy: () => [
          { kind: 'authorized-key', user: 'ana', line: key },
          { kind: 'authorized-key', user: 'ana', line: other },
        ],
      }),
    ]);
    const draft = draftPlan({
      context: { ...context, readings: { ...context.readings, accounts: known(changed) } },
      steps: [wish],
    });
    expect(draft.changes.map((change) => change.action)).toEqual(['none', 'update']);
    expect(draft.changes[0]?.title).toContain('stands in /home/ana/.ssh/authorized_keys, line 1');
    expect(draft.changes[1]?.after).toBe(`${KEY}\n${other}\n`);
    expect(draft.notes[0]).toMatch(/^adds an SSH key for ana: SHA256:/);
  });

  test('refuses a private key without repeating it', () => {
    const text = '-----BEGIN OPENSSH PRIVATE KEY----- c2VjcmV0';
    const wish = stepOf([
      controlFor(option('MaxAuthTries', '4'), {
        remedy: () => [{ kind: 'authorized-key', user: 'ana', line: text }],
      }),
    ]);
    expect(() => draftPlan({ context: contextOf(), steps: [wish] })).toThrow(
      /PRIVATE key; it was not stored/,
    );
    expect(() => draftPlan({ context: contextOf(), steps: [wish] })).not.toThrow(/c2VjcmV0/);
  });

  test('is refused when two steps write one file', () => {
    const one = stepOf([controlFor(option('MaxAuthTries', '4'))]);
    const two = stepOf(
      [
        controlFor(option('MaxAuthTries', '3'), {
          id: 'custom.file',
          remedy: () => [{ kind: 'file', path: OWN_FILE, content: 'x\n' }],
        }),
      ],
      { id: 'custom' },
    );
    expect(() => draftPlan({ context: contextOf(), steps: [one, two] })).toThrow(
      `conflict: "sshd" and "custom" both write ${OWN_FILE}`,
    );
  });

  test.each([
    ['yes', 'no', 1],
    ['prohibit-password', 'no', 1],
    ['no', 'no', 0],
    ['yes', 'prohibit-password', 0],
  ])('with root login %s before and %s after names keys of root that are shut out: %i', (now, then, told) => {
    const context = contextOf({
      accounts: [account('root'), account('ana')],
      sshd: { effective: { ...DEFAULTS, permitrootlogin: [now] }, perConnection: [] },
    });
    const { notes } = planOf(context, [STEP], { ...AFTER, permitrootlogin: [then] });
    expect(notes.filter((note) => note.startsWith('the key of root lets nobody in any more'))).toHaveLength(
      told,
    );
  });

  test('that rests on something nobody could tell is not complete', () => {
    const draft = draftPlan({ context: contextOf(), steps: [STEP] });
    const plan = finishPlan(
      draft,
      { kind: 'unknown', reason: 'the connection was lost' },
      { tool: 'x', created: '' },
    );
    expect(plan).toMatchObject({ complete: false, applyable: false });
    expect(plan.notes).toContain('could not tell: the connection was lost');
    expect(finishPlan(draft, undefined, { tool: 'x', created: '' }).complete).toBe(false);
  });

  test('does not edit a file whose bytes are not the text that was read', () => {
    const files = [configFile(MAIN, 'Port 22\n', { sha256: 'f'.repeat(64) })];
    const draft = draftPlan({ context: contextOf({ sshd: { files } }), steps: [STEP] });
    expect(draft.unknown[0]).toContain('cannot be edited without loss');
  });
});

describe('a plan file', () => {
  const text = () => serialisePlan(planOf(contextOf(), [STEP], AFTER));

  test('comes back as it went', () => {
    expect(parsePlan(text())).toEqual(JSON.parse(text()));
  });

  test.each<[string, (it: string) => string, RegExp]>([
    ['cut', (it) => it.slice(0, 300), /not JSON, or it was cut/],
    ['empty', () => '', /file is empty/],
    ['made longer than a plan may be', () => `"${'x'.repeat(9 * 1024 * 1024)}"`, /limit 8\.0 MiB/],
    ['nested without end', () => '['.repeat(5000), /nested deeper/],
    [
      'given another content',
      (it) => it.replace(/"contents": \{\s+"([0-9a-f]{64})": "[^"]+"/, '"contents": {"$1": "eA=="'),
      /not what its name says/,
    ],
    [
      'shown otherwise than it writes',
      (it) => it.replace('MaxAuthTries 4\\n', 'MaxAuthTries 6\\n'),
      /what is shown is not what would be written/,
    ],
    [
      'told to write elsewhere',
      (it) => it.replace(`"path": "${OWN_FILE}"`, '"path": "/etc/passwd"'),
      /changed after it was made/,
    ],
    [
      'told to climb',
      (it) => it.replace(`"path": "${OWN_FILE}"`, '"path": "/etc/ssh/../passwd"'),
      /must not contain/,
    ],
    [
      'given a verb of its own',
      (it) => it.replace('"verb": "reload"', '"verb": "isolate"'),
      /changes\.1\.primitives/,
    ],
    ['given a field of its own', (it) => it.replace('"version": 1', '"version": 1, "hook": "sh"'), /hook/],
  ])('that was %s is refused with a hint', (_, spoil, message) => {
    const spoilt = spoil(text());
    expect(spoilt).not.toBe(text());
    expect(() => parsePlan(spoilt, 'plan.json')).toThrow(message);
    expect(() => parsePlan(spoilt)).toThrow(UserError);
  });
});

describe('staleness', () => {
  const plan = planOf(contextOf(), [STEP], AFTER);

  test('an unchanged host is fresh, whatever the time and the sessions', () => {
    const later = contextOf();
    const moved = {
      ...later.readings,
      boot: known({ bootId: 'b', uptimeSeconds: 9_999, epochSeconds: 1_900_000_000 }),
    };
    expect(whyStale(plan, { ...later, readings: moved })).toEqual([]);
  });

  test('an edited file, another machine and another key are told by name', () => {
    const edited = contextOf({ files: { [MAIN]: 'Include /etc/ssh/sshd_config.d/*.conf\nUseDNS no\n' } });
    expect(whyStale(plan, edited)).toContain('sshd changed since the plan was made');
    const foreign = contextOf({ connection: { hostKey: 'SHA256:other' } });
    expect(isStale(plan, foreign)).toBe(true);
    const made = contextOf({
      files: { [MAIN]: 'Include /etc/ssh/sshd_config.d/*.conf\n', [OWN_FILE]: 'Port 1\n' },
    });
    expect(whyStale(plan, made)).toContain(`${OWN_FILE} changed since the plan was made`);
  });
});

describe('answers', () => {
  const question = (more: Partial<Question>): Question => ({
    id: 'sshd.port',
    prompt: 'Port?',
    help: '',
    type: 'number',
    risky: false,
    propose: () => ({ value: 22, reason: 'as now' }),
    ...more,
  });
  const asking = stepOf([], {
    questions: [
      question({
        check: (value) => (Number(value) > 65_535 ? 'port must be an integer 1–65535' : undefined),
      }),
      question({
        id: 'sshd.allow',
        type: 'list',
        risky: true,
        propose: () => ({ value: ['ana'], reason: '' }),
      }),
    ],
  });

  test('that cannot be are told all at once, with the nearest name', () => {
    const answers = new Map<string, string | number>([
      ['sshd.prot', 22],
      ['sshd.port', 70_000],
      ['sshd.allow', 'ana'],
    ]);
    const make = () => draftPlan({ context: contextOf(), steps: [asking], answers });
    expect(make).toThrow(/"sshd\.prot"; did you mean "sshd\.port"\?/);
    expect(make).toThrow(/sshd\.port: port must be an integer/);
    expect(make).toThrow(/sshd\.allow: "ana" must be a list/);
  });

  test('for a step of the walk that is not planned now are known, and judged', () => {
    const make = (answers: ReadonlyMap<string, number>) => () =>
      draftPlan({ context: contextOf(), steps: [STEP], walk: [STEP, asking], answers });
    expect(make(new Map([['sshd.port', 2222]]))).not.toThrow();
    expect(make(new Map([['sshd.port', 70_000]]))).toThrow(/port must be an integer/);
    expect(make(new Map([['sshd.prot', 22]]))).toThrow(/did you mean "sshd\.port"\?/);
  });

  test('to risky questions are missing until they are given', () => {
    expect(missingRisky([asking], contextOf()).map((one) => one.id)).toEqual(['sshd.allow']);
    expect(missingRisky([asking], { ...contextOf(), answers: new Map([['sshd.allow', ['ana']]]) })).toEqual(
      [],
    );
  });
});

describe('the candidate question', () => {
  const context = contextOf();
  const draft = draftPlan({ context, steps: [STEP] });
  const ask = candidateCommand(draft);

  test('carries values on stdin only: the shell text is the same for every plan', () => {
    const other = contextOf({ connection: { user: 'bob' }, clientAddress: '192.0.2.1' });
    const second = draftPlan({
      context: other,
      steps: [stepOf([controlFor(option('LoginGraceTime', '60'))])],
    });
    const again = candidateCommand(second);
    if (ask === undefined || again === undefined) throw new Error('both have to be asked');
    expect(renderForShell(again)).toBe(renderForShell(ask));
    expect(again.stdin).not.toEqual(ask.stdin);
  });

  test.each([
    ['lost', { kind: 'lost', reason: 'gone' }, /connection was lost/],
    [
      'cut',
      { kind: 'exited', code: 0, stdout: 'METHOD namespace\n', stderr: '', truncated: true },
      /too long/,
    ],
    [
      'without an end',
      { kind: 'exited', code: 0, stdout: 'METHOD namespace\nSTAGE 0\n', stderr: '', truncated: false },
      /failed on the host/,
    ],
    [
      'for no stage',
      { kind: 'exited', code: 0, stdout: 'METHOD namespace\nEND\n', stderr: '', truncated: false },
      /other stages/,
    ],
    [
      'made up',
      { kind: 'exited', code: 0, stdout: 'METHOD guess\nEND\n', stderr: '', truncated: false },
      /unexpected/,
    ],
    [
      'silent about logins',
      {
        kind: 'exited',
        code: 0,
        stdout: 'METHOD namespace\nSTAGE 0\nTEST 0\nGENERAL 0\n| port 22\nEND\n',
        stderr: '',
        truncated: false,
      },
      /about every login/,
    ],
  ] as const)('an answer that is %s is "could not tell"', (_, outcome, reason) => {
    expect(parseCandidate(outcome, draft)).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(reason) as string,
    });
  });
});

describe('what was decided when a step was last kept', () => {
  const choice: Question = {
    id: 'sshd.crypto',
    prompt: 'Which?',
    help: '',
    type: 'choice',
    choices: () => ['balanced', 'compat'].map((value) => ({ value, label: value })),
    risky: true,
    remembered: true,
    propose: () => ({ value: 'balanced', reason: 'strong' }),
  };
  const step = {
    ...STEP,
    questions: [choice, { ...choice, id: 'sshd.other', remembered: undefined } as never],
  };
  const hostThatSays = (decided: object): Context => {
    const context = contextOf();
    const ownState = known({ stateFolder: 'private', engineVersion: '', open: [], decided } as const);
    const plain = { ...context, readings: { ...context.readings, ownState } as never };
    return { ...plain, decided: decidedBefore([step], plain) };
  };

  test('is proposed again, with that reason, and an answer given now wins', () => {
    const context = hostThatSays({ 'sshd.crypto': 'compat' });
    expect(proposalOf(choice, context)).toEqual({
      value: 'compat',
      reason: 'as decided when this was last applied',
    });
    expect(answerOf(choice, { ...context, answers: new Map([['sshd.crypto', 'balanced']]) })).toBe(
      'balanced',
    );
    expect(missingRisky([step], context).map(({ id }) => id)).toContain('sshd.crypto');
  });

  test.each([
    ['a value that is no choice', { 'sshd.crypto': 'none' }],
    ['a value of another kind', { 'sshd.crypto': true }],
    ['a question that facts answer', { 'sshd.other': 'compat' }],
    ['nothing', {}],
  ])('counts for nothing where the host says %s', (_, decided) => {
    const context = hostThatSays(decided);
    expect([...(context.decided ?? [])]).toEqual([]);
    expect(answerOf(choice, context)).toBe('balanced');
  });
});
