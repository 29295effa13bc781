// What the operator said, in judging and in the score.
import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/model/context.ts';
import { attestable, type Control, type Step, type Verdict } from '../../src/model/control.ts';
import { cannotState, type Statement, statementWords, waivedCritical } from '../../src/model/statement.ts';
import { judge, score } from '../../src/plan/judge.ts';
import { survey } from '../ui/sample.ts';

function control(id: string, result: Verdict['result'], severity: Control['severity'] = 'high'): Control {
  return {
    ...{ id, title: id, severity, why: '', references: [], reads: '', mayBreak: '' },
    judge: () => ({ result, evidence: [`${id} was read`] }),
  };
}

const asked = attestable({
  ...{ id: 'a.asked', title: 'asked', severity: 'critical', why: '', references: [] },
  ...{ question: 'Is it so?', days: 30 },
});
const step: Step = {
  ...{ id: 'a', title: 'a', what: '', why: '', questions: [] },
  controls: [
    control('a.passes', 'pass'),
    control('a.fails', 'fail', 'critical'),
    control('a.unknown', 'unknown'),
    { ...control('a.elsewhere', 'fail'), applies: () => false },
    asked,
  ],
};

const said = (kind: Statement['kind'], id: string, expired = false): Statement => ({
  ...{ kind, control: id, reason: 'because', by: 'ana@desk', at: '2026-11-20T10:00:00.000Z' },
  ...{ until: '2027-05-21', expired },
});

function judged(...statements: Statement[]) {
  const context: Context = { ...survey().context, statements };
  const findings = judge({ steps: [step], context });
  return {
    findings,
    results: Object.fromEntries(findings.map((it) => [it.control.slice(2), it.result])),
    evidence: (id: string) => findings.find((it) => it.control === id)?.evidence,
  };
}

const PLAIN = {
  passes: 'pass',
  fails: 'fail',
  unknown: 'unknown',
  elsewhere: 'notapplicable',
  asked: 'notchecked',
};

describe('judging with what was said', () => {
  test('nothing said: what only the operator can tell is asked, is no pass, and weighs nothing', () => {
    const { results, findings, evidence } = judged();
    expect(results).toEqual(PLAIN);
    expect(evidence('a.asked')).toEqual(['Is it so?']);
    expect(score(findings)).toBe(score(findings.filter((it) => it.result !== 'notchecked')));
    expect(score(findings.filter((it) => it.control === 'a.passes' || it.control === 'a.asked'))).toBe(100);
  });

  test('attested is its own word, under a name, and weighs nothing either', () => {
    const { results, findings, evidence } = judged(said('attest', 'a.asked'));
    expect(results).toEqual({ ...PLAIN, asked: 'attested' });
    expect(evidence('a.asked')?.[0]).toBe('attested by ana@desk on 2026-11-20 until 2027-05-21: because');
    expect(score(findings)).toBe(score(judged().findings));
  });

  test.each(['a.passes', 'a.fails', 'a.unknown', 'a.elsewhere'])(
    'an attestation of what is judged from the host (%s) changes nothing',
    (id) => {
      expect(judged(said('attest', id)).results).toEqual(PLAIN);
    },
  );

  test('a waiver takes what fails, what could not be told and what is asked, and never a pass', () => {
    const all = step.controls.map(({ id }) => said('waive', id));
    expect(judged(...all).results).toEqual({ ...PLAIN, fails: 'waived', unknown: 'waived', asked: 'waived' });
  });

  test('a waived failure still says what was read, and takes the cap along only by name', () => {
    const { findings, evidence } = judged(said('waive', 'a.fails'));
    expect(evidence('a.fails')).toEqual([statementWords(said('waive', 'a.fails')), 'a.fails was read']);
    expect(score(findings)).toBeGreaterThan(49);
    expect(waivedCritical(findings).map((it) => it.control)).toEqual(['a.fails']);
  });

  test('what has run out counts for nothing, and says so', () => {
    const { results, evidence } = judged(said('waive', 'a.fails', true), said('attest', 'a.asked', true));
    expect(results).toEqual(PLAIN);
    expect(evidence('a.fails')?.[0]).toBe('waived by ana@desk until 2027-05-21, expired: because');
    expect(evidence('a.asked')?.[0]).toBe('attested by ana@desk until 2027-05-21, expired: because');
  });
});

test.each([
  ['attest', asked, 'notchecked', undefined],
  ['attest', asked, 'attested', undefined],
  ['attest', asked, 'waived', undefined],
  ['attest', asked, 'fail', 'it fails'],
  ['attest', undefined, 'fail', 'can be waived'],
  ['attest', undefined, 'unknown', 'can be waived'],
  ['attest', asked, 'pass', 'it passes'],
  ['attest', asked, 'notapplicable', 'does not apply'],
  ['waive', undefined, 'fail', undefined],
  ['waive', undefined, 'unknown', undefined],
  ['waive', asked, 'notchecked', undefined],
  ['waive', undefined, 'pass', 'nothing to waive'],
  ['waive', undefined, 'notapplicable', 'does not apply'],
] as const)('%s of a control (%o) that is %s: %s', (kind, about, result, problem) => {
  const told = cannotState(kind, about, { result });
  if (problem === undefined) expect(told).toBeUndefined();
  else expect(told).toContain(problem);
});
