// Session events → state. Rules: an event only ever reports; nothing here starts work. The lease is forgotten the moment
// no transaction is armed any more.
import type { SessionEvent } from '../../model/event.ts';
import { LOG_LIMIT, type ProofView, type Run, type State, type TransactionView } from './state.ts';

const FACTS_SHOWN = 40;

export function startRun(kind: Run['kind'], at: number): Run {
  return {
    kind,
    startedAt: at,
    stage: null,
    transactions: [],
    lease: null,
    progress: null,
    again: null,
    proofs: [],
    rechecks: [],
    card: null,
    cards: [],
    log: [],
    lost: null,
    decision: null,
  };
}

/** Proofs, rechecks and the operator's word belong to a stage; what was done before stays in sight as transactions. */
function withStage(run: Run, event: SessionEvent & { type: 'stage' }): Run {
  const { number, total, name, next, proofs } = event;
  return {
    ...run,
    stage: { number, total, name, next, before: run.transactions.length },
    progress: null,
    proofs: proofs.map(
      ({ id, title, viewpoint, expect }): ProofView => ({
        ...{ id, title, viewpoint, expect },
        state: 'waiting',
        seen: '',
      }),
    ),
    rechecks: [],
    decision: null,
  };
}

function logged(run: Run, line: string): Run {
  // The host tells what it is at as often as it is asked.
  return line === '' || line === run.log.at(-1) ? run : { ...run, log: [...run.log, line].slice(-LOG_LIMIT) };
}

function withTransaction(run: Run, event: SessionEvent & { type: 'transaction' }): Run {
  const known = run.transactions.find((it) => it.id === event.id);
  const next: TransactionView = {
    id: event.id,
    name: known?.name ?? run.stage?.name ?? event.step,
    state: event.state,
    details: { ...known?.details, [event.state]: event.detail },
  };
  const transactions = known
    ? run.transactions.map((it) => (it.id === event.id ? next : it))
    : [...run.transactions, next];
  const stillArmed = transactions.some((it) => ['ARMED', 'APPLYING', 'APPLIED'].includes(it.state));
  return {
    ...logged(
      run,
      `${next.name}: ${event.state.toLowerCase().replaceAll('_', ' ')}${event.detail ? `, ${event.detail}` : ''}`,
    ),
    transactions,
    lease: stillArmed ? run.lease : null,
    progress: event.state === 'APPLYING' ? run.progress : null,
    lost: null,
  };
}

function withProof(run: Run, proof: ProofView): Run {
  const known = run.proofs.some((it) => it.id === proof.id);
  return {
    ...run,
    proofs: known
      ? run.proofs.map((it) => (it.id === proof.id ? { ...it, ...proof } : it))
      : [...run.proofs, proof],
  };
}

function foldRun(run: Run, event: SessionEvent, at: number): Run {
  switch (event.type) {
    case 'stage':
      return withStage(run, event);
    case 'transaction':
      return withTransaction(run, event);
    case 'planned-again': {
      const { differences } = event;
      const again = differences.length === 0 ? 'same' : 'changed';
      const words = again === 'same' ? 'the rest is as it was shown' : 'the rest is another one';
      return logged({ ...run, again }, `planned again: ${words}`);
    }
    case 'lease':
      return { ...run, lease: { left: event.left, length: event.length, at }, lost: null };
    case 'progress':
      return logged(
        { ...run, progress: { done: event.done, total: event.total, detail: event.detail } },
        event.detail,
      );
    case 'recovery-card':
      return {
        ...run,
        card: { path: event.path, lines: event.lines },
        cards: [...run.cards, event.path],
      };
    case 'proving': {
      const known = run.proofs.find((it) => it.id === event.proof);
      const blank = { id: event.proof, title: event.title, viewpoint: '', expect: '' };
      return withProof(run, { ...(known ?? blank), state: 'running', seen: '' });
    }
    case 'proved': {
      const { proof, outcome, seen } = event.result;
      return withProof(run, {
        id: proof.id,
        title: proof.title,
        viewpoint: proof.viewpoint,
        expect: proof.expect,
        state: outcome,
        seen,
      });
    }
    case 'recheck': {
      const line = `after ${event.afterSeconds} s: ${event.ok ? 'still holds' : 'no longer holds'}${event.detail ? `, ${event.detail}` : ''}`;
      return { ...run, rechecks: [...run.rechecks, line].slice(-LOG_LIMIT) };
    }
    case 'connection-lost':
      return logged({ ...run, lost: event.reason }, `connection lost: ${event.reason}`);
    case 'lockdown':
      return logged(run, event.record === null ? 'unlocked' : 'locked down, proved over a new login');
    case 'note':
      return logged(run, event.text);
    default:
      return run;
  }
}

/** The state after one event of the session. */
export function foldSession(state: State, event: SessionEvent, at: number): State {
  const next: State = state.run === null ? state : { ...state, run: foldRun(state.run, event, at) };
  switch (event.type) {
    case 'connecting':
      return { ...next, touch: null, stages: [...next.stages, event.detail].slice(-20) };
    case 'connected':
      return { ...next, touch: null, connection: event.connection };
    case 'connection-lost':
      return next.run === null ? { ...next, notice: `Connection lost: ${event.reason}` } : next;
    case 'discovering':
      return {
        ...next,
        touch: null,
        discovering: { done: event.done, total: event.total, fact: event.fact },
        discovered: [...next.discovered, event.fact].slice(-FACTS_SHOWN),
      };
    case 'knocking': {
      const { outside } = next;
      if (outside?.kind !== 'knocking') return next;
      return { ...next, outside: { ...outside, done: event.done, total: event.total } };
    }
    case 'planning':
      return { ...next, planDetail: event.detail };
    case 'proved':
      return { ...next, touch: null };
    case 'unfinished':
      return { ...next, unfinished: event.status, unfinishedAt: at };
    case 'lockdown':
      return { ...next, lockdown: event.record === null ? null : { record: event.record, loaded: true } };
    case 'note':
      return next.run === null || event.level === 'warning' ? { ...next, notice: event.text } : next;
    default:
      return next;
  }
}
