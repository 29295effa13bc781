import { describe, expect, test } from 'vitest';
import type { Change } from '../../src/model/resource.ts';
import { type Candidate, candidateCommand, parseCandidate } from '../../src/plan/candidate.ts';
import { assurances } from '../../src/plan/confidence.ts';
import { draftPlan } from '../../src/plan/plan.ts';
import { probesFor } from '../../src/plan/probes.ts';
import { carriedStage, checkersFor, foldersOf } from '../../src/plan/rehearse.ts';
import { rehearsalEngine, rehearsalRequest } from '../../src/transaction/rehearse.ts';
import { contextOf } from '../resources/contexts.ts';
import { controlFor, option, stepOf } from './kit.ts';

const put = (path: string) =>
  ({ kind: 'put-file', path, sha256: 'a'.repeat(64), mode: '0644', uid: 0, gid: 0 }) as const;

function changeOf(path: string, more: Partial<Change> = {}): Change {
  return {
    ...{ address: `file:${path}`, action: 'create', title: path, step: 'lab', controls: [], why: '' },
    ...{ risk: 'none', phase: 'expand', confidence: 'predicted', effective: [], primitives: [put(path)] },
    ...more,
  } as Change;
}

type Seen = Extract<Candidate, { kind: 'seen' }>;

function seenOf(more: Partial<Seen['carried'][number]>, method: Seen['method'] = 'rehearsed'): Seen {
  const stage = {
    step: 'lab',
    phase: 'expand',
    done: [],
    stopped: undefined,
    checkers: [],
    packets: [],
    noPackets: '',
  } as const;
  return {
    ...{ kind: 'seen', method, reason: method === 'rehearsed' ? '' : 'no overlay over /etc', stages: [] },
    ...{ carried: [{ ...stage, ...more }], addresses: null, sudoers: null },
  };
}

const labelOf = (change: Change, seen: Seen) => assurances([change], seen, contextOf()).get(change);

describe('how sure a change is', () => {
  const sudoers = changeOf('/etc/sudoers.d/portcullis');

  test('a file that the engine wrote in the namespaces is rehearsed', () => {
    const change = changeOf('/etc/issue.net');
    expect(labelOf(change, seenOf({ done: change.primitives }))).toEqual({
      confidence: 'rehearsed',
      reason: '',
    });
  });

  test.each([
    ['missing', 'it is not on this host'],
    ['broken', 'it does not refuse what it must refuse'],
    ['failed', 'syntax error'],
  ] as const)('a checker that is %s lowers the word and says why', (result, message) => {
    const seen = seenOf({ done: sudoers.primitives, checkers: [{ name: 'visudo', result, message }] });
    expect(labelOf(sudoers, seen)).toEqual({ confidence: 'predicted', reason: `visudo: ${message}` });
  });

  test('a checker that was not asked counts as nothing', () => {
    expect(labelOf(sudoers, seenOf({ done: sudoers.primitives }))?.confidence).toBe('predicted');
  });

  test('what the engine could not write is predicted, with its words', () => {
    const change = changeOf('/etc/issue.net');
    const stopped = { kind: 'failed', why: 'no space' } as const;
    expect(labelOf(change, seenOf({ stopped }))).toEqual({ confidence: 'predicted', reason: 'no space' });
  });

  test('a table that was loaded without packets is validated, one that saw packets is rehearsed', () => {
    const primitives = [
      { kind: 'nft-table', family: 'inet', name: 'portcullis', sha256: 'a'.repeat(64) },
    ] as const;
    const change = changeOf('/', { address: 'nft-table:inet portcullis', primitives });
    const packet = {
      from: 'operator',
      address: '192.0.2.7',
      family: 'ipv4',
      port: 22,
      before: true,
      after: true,
    } as const;
    expect(labelOf(change, seenOf({ done: primitives, noPackets: 'this host has no ip' }))).toEqual({
      confidence: 'validated',
      reason: 'no packets: this host has no ip',
    });
    expect(labelOf(change, seenOf({ done: primitives, packets: [packet] }))?.confidence).toBe('rehearsed');
  });

  test.each(['namespace', 'flattened'] as const)(
    'outside the namespaces (%s) nothing is rehearsed',
    (method) => {
      const change = changeOf('/etc/issue.net');
      expect(labelOf(change, seenOf({ done: change.primitives }, method))).toEqual({
        confidence: 'predicted',
        reason: 'no overlay over /etc',
      });
    },
  );
});

describe('what the host says of a checker', () => {
  test.each([
    ['visudo 0 0 1', 'passed'],
    ['visudo 1 0 1', 'failed'],
    ['visudo 1 1 1', 'broken'],
    ['visudo 0 0 0', 'broken'],
    ['visudo 0 0 126', 'broken'],
    ['visudo 126 126 126', 'broken'],
    ['visudo 124 0 1', 'broken'],
    ['visudo 127 127 127', 'missing'],
    ['visudo', 'broken'],
    ['visudo x y z', 'broken'],
  ])('"%s" is %s', (rest, result) => {
    const read = carriedStage([{ verb: 'CHECK', rest, body: [] }], {
      step: 'lab',
      phase: 'expand',
      operations: [],
    });
    expect(read.checkers.map((one) => one.result)).toEqual([result]);
  });
});

test('checkers and folders follow from the paths', () => {
  const changes = [
    '/etc/sudoers.d/x',
    '/etc/systemd/system/ssh.socket.d/a.conf',
    '/root/.ssh/authorized_keys',
    '/etc/nftables.conf',
  ].map((path) => changeOf(path));
  expect(checkersFor(changes)).toEqual(['visudo', 'systemd-analyze:ssh.socket', 'nft']);
  expect(foldersOf(changes)).toEqual(['etc', 'var', 'root']);
  expect(foldersOf([changeOf('/run/x'), changeOf('/a b/x')])).toEqual(['etc', 'var']);
});

describe('an sshd that cannot be believed', () => {
  const context = contextOf();
  const draft = draftPlan({ context, steps: [stepOf([controlFor(option('MaxAuthTries', '4'))])] });
  const rehearser = { engine: rehearsalEngine(), request: rehearsalRequest };
  const logins = probesFor(context)
    .map((_, index) => `LOGIN ${index} 0\n| port 22\n`)
    .join('');
  const answer = (canary: number, test: number, general: string) =>
    `METHOD rehearsed\nSTAGE 0\nOP 1 put-file ok\nCANARY ${canary}\nTEST ${test}\nGENERAL 0\n${general}${logins}END\n`;
  const read = (stdout: string) =>
    parseCandidate({ kind: 'exited', code: 0, stdout, stderr: '', truncated: false }, draft, { rehearser });

  test('is told from one that can', () => {
    expect(candidateCommand(draft, { rehearser })).toBeDefined();
    expect(read(answer(255, 0, '| port 22\n')).kind).toBe('seen');
  });

  test('is asked for one login where no Match can tell two apart, and its answer holds for all', () => {
    const command = candidateCommand(draft, { rehearser });
    expect(command?.stdin?.join('')).toContain('\nalike\n');
    const same = probesFor(context)
      .map((_, index) => `LOGIN ${index} 0 =\n`)
      .join('');
    const seen = read(answer(255, 0, '| port 2222\n').replace(logins, same));
    expect(seen.kind === 'seen' && seen.stages[0]?.logins.map((login) => login.effective.port)).toEqual(
      probesFor(context).map(() => ['2222']),
    );
  });

  test.each([
    ['accepts what it must refuse', answer(0, 0, '| port 22\n')],
    ['prints garbage', answer(255, 0, '| all is well\n')],
    ['cannot be run', answer(126, 126, '| port 22\n')],
  ])('one that %s is "could not tell"', (_, stdout) => {
    expect(read(stdout).kind).toBe('unknown');
  });
});
