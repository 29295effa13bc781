// A Session that plays a script instead of driving a host: the same events in the same order as the real one, at the speed
// of the test. What it was asked to do is written to stderr's file, so that tests can judge it.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunSummary } from '../../src/model/event.ts';
import type { Ask, Decision, Emit, Session } from '../../src/model/session.ts';
import type { TransactionState } from '../../src/model/transaction.ts';
import { connection, kept, plan, proofs, survey } from '../ui/sample.ts';

export type Script = {
  /** Ask for the host key and the sudo password on the way. */
  readonly questions?: boolean;
  /** Milliseconds between two events. */
  readonly pace?: number;
  /** Seconds. */
  readonly lease?: number;
  /** The program's clock runs so many times slower than ours. */
  readonly slow?: number;
  /** Text that the host chooses: its name, facts, evidence, log. */
  readonly hostile?: string;
  /** Lines of the planned file. */
  readonly lines?: number;
  /** Throw a defect of ours after so many facts. */
  readonly crash?: boolean;
  /** Stop before the change is applied and stay there. */
  readonly hang?: boolean;
  /** Where to write what was asked of the session. */
  readonly record?: string;
};

export function scriptedSession(script: Script, ask: Ask, emit: Emit): Session {
  const pace = script.pace ?? 5;
  const said = script.hostile ?? '';
  const wait = () => sleep(pace);
  const record = (word: string): void => {
    if (script.record !== undefined) appendFileSync(script.record, `${word}\n`);
  };
  let undone = false;

  function moved(state: TransactionState, detail = ''): void {
    emit({ type: 'transaction', id: 't1', step: 'sshd', state, detail });
  }

  function summary(outcome: RunSummary['outcome'], state: TransactionState): RunSummary {
    return {
      outcome,
      exitCode: outcome === 'committed' ? 0 : 4,
      transactions: [{ id: 't1', step: 'sshd', state }],
      scoreBefore: 38,
      scoreAfter: outcome === 'committed' ? 96 : 38,
      keptStricter: ['MaxAuthTries 2'],
      recoveryCards: ['/home/ana/.local/state/portcullis/cards/shop.txt'],
      repeat: 'portcullis apply ana@shop.example.com --yes',
      message:
        outcome === 'committed' ? 'The change is kept; 3 proofs hold.' : 'The host took the change back.',
    };
  }

  async function carryOut(decide: (() => Promise<Decision>) | undefined): Promise<RunSummary> {
    const length = script.lease ?? 90;
    emit({ type: 'stage', number: 1, total: 1, name: 'sshd', next: [], proofs });
    emit({ type: 'recovery-card', path: '/home/ana/.local/state/portcullis/cards/shop.txt', lines: [] });
    for (const state of ['PREPARED', 'ARMED', 'APPLYING'] as const) {
      await wait();
      moved(state, state === 'APPLYING' ? said : '');
      if (state !== 'PREPARED') emit({ type: 'lease', id: 't1', left: length, length });
    }
    if (script.hang) await new Promise<never>(() => undefined);
    for (let done = 1; done <= 3; done += 1) {
      await wait();
      emit({ type: 'progress', id: 't1', done, total: 3, detail: `operation ${done}${said}` });
    }
    moved('APPLIED');
    for (const proof of proofs) {
      emit({ type: 'proving', proof: proof.id, title: proof.title });
      await wait();
      emit({
        type: 'proved',
        result: { proof, outcome: 'proved', seen: `as expected${said}`, milliseconds: 3 },
      });
    }
    emit({ type: 'lease', id: 't1', left: length, length });
    const word = (await decide?.()) ?? 'keep';
    record(`decided ${word}`);
    if (word === 'keep') {
      moved('COMMITTED');
      return summary('committed', 'COMMITTED');
    }
    moved('ROLLING_BACK');
    await wait();
    moved('ROLLED_BACK');
    return summary('rolled-back', 'ROLLED_BACK');
  }

  return {
    connect: async () => {
      emit({ type: 'connecting', host: 'shop.example.com', detail: 'Connection opened to 192.0.2.10:22' });
      await wait();
      if (script.questions) {
        const { hostKey, hostKeyType } = connection;
        const key = await ask({
          kind: 'host-key',
          host: 'shop.example.com',
          type: hostKeyType,
          fingerprint: hostKey,
        });
        record(`host key ${key.kind}`);
        const sudo = await ask({ kind: 'sudo-password', user: 'ana', host: 'shop.example.com' });
        record(`sudo ${sudo.kind} of ${sudo.kind === 'secret' ? sudo.secret.length : 0} bytes`);
      }
      const { client: _, ...seen } = connection;
      emit({ type: 'connected', connection: seen });
    },
    discover: async () => {
      const facts = ['os', 'who', 'accounts', 'sshd'];
      for (const [index, fact] of facts.entries()) {
        emit({ type: 'discovering', done: index + 1, total: facts.length, fact: `${fact}${said}` });
        await wait();
      }
      // A defect outside any promise: nobody can catch it.
      if (script.crash)
        setTimeout(() => {
          throw new Error('the sky fell');
        }, pace);
      const read = survey(said === '' ? {} : { hostName: said });
      if (said === '') return read;
      return {
        ...read,
        findings: read.findings.map((it) => ({ ...it, title: said + it.title, evidence: [said] })),
      };
    },
    declare: async () => survey(),
    withdraw: async () => survey(),
    lookOutside: async () => ({ doors: [], untried: [] }),
    plan: async (request) => {
      await wait();
      return plan(request, script.lines ?? 0);
    },
    apply: async (_plan, request) => {
      record('apply');
      return await carryOut(request.decide);
    },
    rollbackOpen: async () => summary('rolled-back', 'ROLLED_BACK'),
    readOpen: async () => null,
    extendOpen: async () => null,
    confirmOpen: async () => summary('committed', 'COMMITTED'),
    undo: async (options) => {
      record('undo');
      undone = true;
      const done = await carryOut(options.decide);
      return done.outcome === 'committed' ? { ...done, outcome: 'undone' } : done;
    },
    lockdown: async () => summary('committed', 'COMMITTED'),
    unlock: async () => summary('committed', 'COMMITTED'),
    takeNewSecrets: () => [],
    lockdownNow: async () => ({ clock: 0, nft: true, loaded: false, record: null }),
    history: async () => (undone ? [] : [kept()]),
    sides: async (ids) =>
      ids.map((id) => ({ id, objects: [], would: ['restore /etc/ssh/sshd_config'], left: [] })),
    close: async () => record('close'),
  };
}
