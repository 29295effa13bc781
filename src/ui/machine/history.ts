// The journal of the host and the way to an undo. Rules: nothing is undone before it was shown what it was, what we wrote and what
// it is now; what is undone is what was shown, named one by one, whatever was kept meanwhile.
import type { TransactionSides } from '../../model/three-way.ts';
import type { TransactionStatus } from '../../model/transaction.ts';
import { standing } from '../../model/undo.ts';
import type { Command } from '../keymap.ts';
import type { Effect } from './effect.ts';
import { emptyField } from './field.ts';
import { movesBy } from './scroll.ts';
import type { Screen, State } from './state.ts';

type Result = readonly [State, readonly Effect[]];

/** A line of the journal: a run, or one of its transactions. */
export type JournalRow = {
  readonly kind: 'run' | 'transaction';
  readonly run: string;
  /** Of a run all that belong to it, newest first; of a transaction itself. */
  readonly transactions: readonly [TransactionStatus, ...TransactionStatus[]];
  /** Those that an undo of this line would take back. */
  readonly stands: readonly string[];
};

export function journalRows({ history }: Pick<State, 'history'>): readonly JournalRow[] {
  if (history === null) return [];
  const stand = new Set(standing(history).map(({ id }) => id));
  const runs = new Map<string, TransactionStatus[]>();
  for (const it of history) runs.set(it.run, [...(runs.get(it.run) ?? []), it]);
  return [...runs].flatMap(([run, all]): JournalRow[] => {
    const [first, ...rest] = all;
    if (first === undefined) return [];
    const ids = (of: readonly TransactionStatus[]) => of.map(({ id }) => id).filter((id) => stand.has(id));
    const single = all.map(
      (it): JournalRow => ({ kind: 'transaction', run, transactions: [it], stands: ids([it]) }),
    );
    return [{ kind: 'run', run, transactions: [first, ...rest], stands: ids(all) }, ...single];
  });
}

/** The line under the cursor. */
export function journalRow(state: State): JournalRow | undefined {
  if (state.screen.name !== 'history') return undefined;
  const rows = journalRows(state);
  return rows[Math.min(state.screen.row, rows.length - 1)];
}

function shown(state: State, screen: Screen): State {
  return { ...state, screen, entered: state.now, notice: null, help: null };
}

export function openHistory(state: State): Result {
  return [shown({ ...state, history: null }, { name: 'history', row: 0 }), [{ type: 'history' }]];
}

export function updateHistory(state: State, screen: Screen & { name: 'history' }, command: Command): State {
  const last = Math.max(0, journalRows(state).length - 1);
  const by = movesBy(command, Math.max(1, state.size.rows - 14));
  return { ...state, screen: { ...screen, row: Math.max(0, Math.min(last, screen.row + by)) } };
}

/** From the journal to what an undo of this line would do. */
export function openJournalRow(state: State, screen: Screen & { name: 'history' }): Result {
  const row = journalRow(state);
  if (row === undefined) return [state, []];
  return toUndo(state, { transactions: row.stands, from: screen.row });
}

/** The last run, without going through the journal. */
export function openUndo(state: State): Result {
  const screen: Screen = { name: 'ready', kind: 'undo', word: emptyField, top: 0, from: null, chosen: null };
  return [shown({ ...state, history: null, sides: null, undo: null }, screen), [{ type: 'history' }]];
}

function toUndo(
  state: State,
  it: { readonly transactions: readonly string[]; readonly from: number | null },
): Result {
  const { transactions, from } = it;
  const screen: Screen = {
    name: 'ready',
    kind: 'undo',
    word: emptyField,
    top: 0,
    from,
    chosen: transactions,
  };
  const effects: readonly Effect[] = transactions.length === 0 ? [] : [{ type: 'sides', transactions }];
  return [shown({ ...state, sides: null, undo: null }, screen), effects];
}

/** The journal is read: whoever asked for the last run is shown it. */
export function historyRead(state: State, history: readonly TransactionStatus[]): Result {
  const read: State = { ...state, history };
  const { screen } = read;
  if (screen.name !== 'ready' || screen.kind !== 'undo' || screen.chosen !== null) return [read, []];
  const stand = standing(history);
  const transactions = stand.filter(({ run }) => run === stand[0]?.run).map(({ id }) => id);
  const [next, effects] = toUndo(read, { transactions, from: screen.from });
  // The screen came up before: what was typed meanwhile is still there.
  return [{ ...next, entered: state.entered, screen: { ...screen, chosen: transactions } }, effects];
}

export function sidesRead(state: State, sides: readonly TransactionSides[]): State {
  const { screen } = state;
  if (screen.name !== 'ready' || screen.kind !== 'undo') return state;
  const asked = new Set(screen.chosen);
  return sides.every(({ id }) => asked.has(id)) && sides.length > 0 ? { ...state, sides } : state;
}

/** What the undo on the screen is about, newest first; undefined while it is read. */
export function chosenToUndo(state: State): readonly TransactionStatus[] | undefined {
  const { screen, history } = state;
  if (screen.name !== 'ready' || screen.kind !== 'undo' || screen.chosen === null) return undefined;
  const chosen = screen.chosen;
  return history?.filter(({ id }) => chosen.includes(id));
}

/** Everything an undo rests on is on the screen. */
export function undoShown(state: State): boolean {
  return state.sides !== null && (chosenToUndo(state)?.length ?? 0) > 0;
}
