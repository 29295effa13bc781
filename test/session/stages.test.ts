import { expect, it } from 'vitest';
import type { Proof } from '../../src/model/control.ts';
import type { SessionEvent } from '../../src/model/event.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Change } from '../../src/model/resource.ts';
import { stagesOf } from '../../src/model/stage.ts';
import { chooseRun } from '../../src/model/undo.ts';
import { loginPort, longestFor, tellStage } from '../../src/session/stages.ts';
import type { HostStatus } from '../../src/transaction/answer.ts';

const change = (address: string, phase: Change['phase'], more: Partial<Change> = {}): Change => ({
  address,
  action: 'update',
  title: address,
  step: 'sshd',
  controls: [],
  why: '',
  risk: 'lockout',
  phase,
  confidence: 'validated',
  effective: [],
  primitives: [],
  ...more,
});

const login = (port: number, phase?: Proof['phase'], user = 'root'): Proof => ({
  id: `sshd.login-${user}-${port}`,
  title: '',
  viewpoint: 'fresh-login',
  expect: 'works',
  ...(phase === undefined ? {} : { phase }),
  check: { kind: 'login', user, port, root: true },
});

it('installs the packages of all steps first, in one transaction of their own', () => {
  const changes = [
    change('file:a', 'expand'),
    change('package:b', 'packages'),
    change('package:c', 'packages', { step: 'firewall' }),
    change('package:d', 'packages', { action: 'none' }),
  ];
  const stages = stagesOf(planOf(changes, [login(22)]));
  expect(
    stages.map(({ step, phase, changes: all, proofs }) => [step, phase, all.length, proofs.length]),
  ).toEqual([
    ['packages', 'packages', 2, 0],
    ['sshd', 'expand', 1, 1],
  ]);
});

const planOf = (changes: Change[], proofs: Proof[]): Plan => ({ changes, proofs }) as unknown as Plan;

it('what adds is a transaction before what takes away, and only the last one is the last', () => {
  const stages = stagesOf(planOf([change('file:a', 'contract'), change('file:a', 'expand')], []));
  expect(stages.map(({ phase, last }) => [phase, last])).toEqual([
    ['expand', false],
    ['contract', true],
  ]);
});

it('a change that does nothing makes no transaction', () => {
  expect(stagesOf(planOf([change('file:a', 'expand', { action: 'none' })], []))).toEqual([]);
});

it('a proof of one phase is asked in that phase only, a proof of none in both', () => {
  const proofs = [login(22, 'expand'), login(2222), login(23, 'contract')];
  const [expand, contract] = stagesOf(planOf([change('a', 'expand'), change('b', 'contract')], proofs));
  expect(expand?.proofs.map((proof) => proof.id)).toEqual(['sshd.login-root-22', 'sshd.login-root-2222']);
  expect(contract?.proofs.map((proof) => proof.id)).toEqual(['sshd.login-root-2222', 'sshd.login-root-23']);
});

it('where only the old port is left to close, no login on it is asked for, and the deciding one goes to the new port', () => {
  const effective: Proof = {
    id: 'sshd.method.password',
    title: '',
    viewpoint: 'outside',
    expect: 'fails',
    phase: 'expand',
    check: { kind: 'method', user: 'root', port: 2222, method: 'password' },
  };
  const proofs = [login(22, 'expand'), effective, login(2222)];
  const [only, none] = stagesOf(planOf([change('a', 'contract')], proofs));
  expect(none).toBeUndefined();
  expect(only?.proofs.map((proof) => proof.id)).toEqual(['sshd.method.password', 'sshd.login-root-2222']);
  expect(loginPort(only ?? { proofs: [] }, { user: 'root', port: 22 })).toBe(2222);
});

it('steps do not share a transaction, nor each other’s proofs', () => {
  const stages = stagesOf(
    planOf([change('a', 'expand'), change('b', 'expand', { step: 'firewall' })], [login(22)]),
  );
  expect(stages.map(({ step, proofs }) => [step, proofs.length])).toEqual([
    ['sshd', 1],
    ['firewall', 0],
  ]);
});

it('the deciding login stays on the port we came by while that still works, and moves when only the new one is claimed', () => {
  const me = { user: 'root', port: 22 };
  expect(loginPort({ proofs: [login(22), login(2222)] }, me)).toBe(22);
  expect(loginPort({ proofs: [login(2222)] }, me)).toBe(2222);
  expect(loginPort({ proofs: [login(2222, undefined, 'ana')] }, me)).toBe(22);
  expect(loginPort({ proofs: [] }, me)).toBe(22);
});

const kept = (id: string, run: string, more: Partial<HostStatus> = {}): HostStatus =>
  ({ id, run, step: 'sshd', state: 'COMMITTED', undone: false, ...more }) as HostStatus;

it('undo takes the last run that still stands, newest transaction first', () => {
  const record = [kept('1', 'a'), kept('2', 'b'), kept('3', 'b'), kept('4', 'c', { state: 'ROLLED_BACK' })];
  expect(chooseRun(record.toReversed(), {}).map(({ id }) => id)).toEqual(['3', '2']);
});

it('what was undone, and the undo itself, are not undone again', () => {
  const record = [kept('1', 'a'), kept('2', 'b', { undone: true }), kept('3', 'c', { undoes: '2' })];
  expect(chooseRun(record.toReversed(), {}).map(({ id }) => id)).toEqual(['1']);
});

it('back to a transaction means everything after it, and one that is not there is told', () => {
  const record = [kept('1', 'a'), kept('2', 'b'), kept('3', 'c')];
  expect(chooseRun(record.toReversed(), { to: '1' }).map(({ id }) => id)).toEqual(['3', '2']);
  expect(() => chooseRun(record.toReversed(), { to: '9' })).toThrow('no kept transaction "9"');
});

it('one step of the last run can be taken back alone', () => {
  const record = [kept('1', 'a'), kept('2', 'b'), kept('3', 'b', { step: 'firewall' })];
  expect(chooseRun(record.toReversed(), { step: 'sshd' }).map(({ id }) => id)).toEqual(['2']);
});

it('a whole run is named by any of its transactions, and one can be taken back alone', () => {
  const record = [kept('1', 'a'), kept('2', 'b'), kept('3', 'b'), kept('4', 'c')].toReversed();
  expect(chooseRun(record, { run: '2' }).map(({ id }) => id)).toEqual(['3', '2']);
  expect(chooseRun(record, { run: 'a' }).map(({ id }) => id)).toEqual(['1']);
  expect(chooseRun(record, { transactions: ['2'] }).map(({ id }) => id)).toEqual(['2']);
  expect(() => chooseRun(record, { transactions: ['2', '9'] })).toThrow('no kept transaction "9"');
  const undone = [kept('2', 'b', { undoes: '1' }), kept('1', 'a')];
  expect(() => chooseRun(undone, { transactions: ['1'] })).toThrow('no kept transaction "1"');
});

it('tells each stage with its own proofs and what follows, counting what came before', () => {
  const told: SessionEvent[] = [];
  const changes = [
    change('package:b', 'packages'),
    change('file:a', 'expand'),
    change('file:c', 'contract'),
    change('file:d', 'expand', { step: 'fail2ban' }),
  ];
  const own: Proof = { ...login(22), id: 'fail2ban.jail' };
  const stages = stagesOf(planOf(changes, [login(2222, 'expand'), own]));
  tellStage((event) => told.push(event), stages, { index: 0 });
  const rest = stages.slice(1);
  for (const index of rest.keys()) tellStage((event) => told.push(event), rest, { index, done: 1 });
  const shown = told.map((it) =>
    it.type === 'stage'
      ? [`${it.number}/${it.total}`, it.name, it.next.length, it.proofs.map(({ id }) => id)]
      : it,
  );
  expect(shown).toEqual([
    ['1/4', 'packages', 3, []],
    ['2/4', 'sshd', 2, ['sshd.login-root-2222']],
    ['3/4', 'fail2ban', 1, ['fail2ban.jail']],
    ['4/4', 'sshd, taking the old way away', 0, []],
  ]);
});

it('gives certificates and their dry runs the time that an authority may take, and everything else none of its own', () => {
  const order = (name: string) =>
    change(`certificate:${name}`, 'expand', {
      primitives: [
        { kind: 'certbot-issue', name, names: [name], webroot: '/srv', server: '', email: '', known: false },
      ],
    });
  const dryRun: Proof = {
    ...login(22),
    id: 'tls.renewal.a',
    viewpoint: 'inside',
    check: { kind: 'renewal', name: 'a', server: '' },
  };
  const longest = (changes: Change[], proofs: Proof[]) => longestFor({ phase: 'expand', changes, proofs });
  expect(longest([change('file:a', 'expand')], [login(22)])).toEqual({});
  expect(longest([order('a.example'), order('b.example')], [dryRun, dryRun])).toEqual({ maximum: 1860 });
  expect(longestFor({ phase: 'packages', changes: [], proofs: [] })).toEqual({ maximum: 3600 });
});
