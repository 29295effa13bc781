// What was seen of a transaction, as events: a state once, when it changes; progress at every look.
import type { Emit } from '../model/session.ts';
import type { TransactionState } from '../model/transaction.ts';
import type { HostStatus } from '../transaction/answer.ts';

export type Teller = {
  readonly state: (state: TransactionState, detail: string) => void;
  readonly seen: (now: HostStatus) => void;
};

/** How the engine's log begins a line that tells of somebody else's lock. */
const WAITING = 'waiting for ';

export function createTeller(it: {
  readonly id: string;
  readonly step: string;
  /** Seconds. */
  readonly lease: number;
  /** The log is a package manager's: its last line tells of the work, not of what became of it. */
  readonly quiet: boolean;
  readonly emit: Emit;
}): Teller {
  const { id, step, emit } = it;
  let last: TransactionState | undefined;
  let heard = '';
  const state = (next: TransactionState, detail: string): void => {
    if (next === last) return;
    last = next;
    emit({ type: 'transaction', id, step, state: next, detail });
  };
  return {
    state,
    seen(now) {
      const detail = now.log.at(-1) ?? '';
      const words = it.quiet && now.state !== 'APPLYING' ? '' : detail;
      state(now.state, now.result ?? now.failure ?? words);
      const waiting = detail !== heard && detail.startsWith(WAITING);
      heard = detail;
      const { operationsDone: done, operationsTotal: total, leaseLeft } = now;
      emit({ type: 'progress', id, done, total, detail, ...(waiting ? { waiting } : {}) });
      if (leaseLeft !== null) emit({ type: 'lease', id, left: leaseLeft, length: it.lease });
    },
  };
}
