// A transaction that is still open on the host, left by an earlier visit or somebody else's: keep it, take it back, or give it more time,
// each by its word. Rules: it is read anew whenever it is looked at; one that has ended meanwhile is said to have.
import type { TransactionStatus } from '../../model/transaction.ts';
import type { Effect } from './effect.ts';
import { emptyField } from './field.ts';
import { startRun } from './run.ts';
import type { ReadyKind, Run, Screen, State } from './state.ts';

type Result = readonly [State, readonly Effect[]];

export function readyScreen(kind: ReadyKind): Screen {
  return { name: 'ready', kind, word: emptyField, top: 0, from: null, chosen: null };
}

/** Undefined when it has ended, and the host has to be looked at again. */
export function openRead(
  state: State,
  { open, extended }: { readonly open: TransactionStatus | null; readonly extended: boolean },
): Result | undefined {
  if (open === null)
    return state.screen.name === 'ready' && state.screen.kind === 'open' ? undefined : [state, []];
  const notice = extended ? `The host waits ${open.leaseLeft ?? 0} s more.` : state.notice;
  return [{ ...state, unfinished: open, unfinishedAt: state.now, notice }, []];
}

/** Whole seconds until the host takes it back; undefined when nothing is armed. */
export function openLeft({ unfinished, unfinishedAt, now }: State): number | undefined {
  if (unfinished?.leaseLeft == null) return undefined;
  return Math.max(0, Math.ceil(unfinished.leaseLeft - (now - unfinishedAt) / 1000));
}

/** More time for it; nothing else begins by that. */
export function extendOpen(state: State): Result {
  if (state.mode === 'dry-run') return [{ ...state, notice: 'This is a dry run: nothing is changed.' }, []];
  const { screen } = state;
  const again: State =
    screen.name === 'ready' ? { ...state, screen: { ...screen, word: emptyField } } : state;
  return [{ ...again, notice: 'Asking the host for more time.' }, [{ type: 'extend-open' }]];
}

/** What keeping it, or taking it back, begins with: the transaction as it was last seen. */
export function runOfOpen(state: State, kind: 'keep-open' | 'roll-back-open'): Run {
  const run = startRun(kind, state.now);
  const { unfinished } = state;
  if (unfinished === null) return run;
  const { id, step, state: at } = unfinished;
  const left = openLeft(state);
  return {
    ...run,
    transactions: [{ id, name: step, state: at, details: {} }],
    lease: left === undefined ? null : { left, length: left, at: state.now },
  };
}
