// The tables of a step: which there are, where the cursor stands. What they mean is the step's; nothing is known of it here.
import type { StepView, ViewRow } from '../../model/view.ts';
import type { Command } from '../keymap.ts';
import { contextOf, currentStep } from './answers.ts';
import type { Effect } from './effect.ts';
import type { Problem } from './event.ts';
import { movesBy } from './scroll.ts';
import type { Screen, State } from './state.ts';

type View = Screen & { name: 'view' };

/** Tables of the step that the room is about; with the answers given so far. */
export function viewsOf(state: State): readonly StepView[] {
  const context = contextOf(state);
  return context === undefined ? [] : (currentStep(state)?.views?.(context) ?? []);
}

/** The table on the screen and the row under the cursor. */
export function shownView(
  state: State,
  screen: View,
): { readonly view: StepView; readonly row: ViewRow | undefined; readonly at: number } | undefined {
  const view = viewsOf(state)[screen.table];
  if (view === undefined) return undefined;
  const at = Math.max(0, Math.min(screen.row, view.rows.length - 1));
  return { view, row: view.rows[at], at };
}

/** A look from the operator's machine would tell more about the tables of this step. */
export function asksOutside(state: State): boolean {
  const context = contextOf(state);
  return context !== undefined && (currentStep(state)?.doors?.(context) ?? []).length > 0;
}

type Result = readonly [State, readonly Effect[]];

/** Opens the tables; the first time since the host was read the look from outside begins. */
export function openView(state: State): Result {
  const shown: State = { ...state, screen: { name: 'view', table: 0, row: 0 }, entered: state.now };
  return state.outside === null && asksOutside(state) ? knock(shown) : [shown, []];
}

export function knock(state: State): Result {
  const begun = state.now;
  const outside = { kind: 'knocking', begun, done: 0, total: 0 } as const;
  return [{ ...state, outside }, [{ type: 'look-outside', begun }]];
}

/** A host that cannot be knocked at is told in the table; it stops nothing. */
export function knockFailed(state: State, { message }: Problem): State {
  return state.outside?.kind === 'knocking'
    ? { ...state, outside: { kind: 'failed', reason: message } }
    : state;
}

export function updateView(state: State, screen: View, command: Command): State {
  const views = viewsOf(state);
  const to = (next: Partial<View>): State => ({ ...state, screen: { ...screen, ...next } });
  if (command === 'next-view') return to({ table: (screen.table + 1) % views.length, row: 0 });
  if (command === 'previous-view')
    return to({ table: (screen.table + views.length - 1) % views.length, row: 0 });
  const page = Math.max(1, state.size.rows - 16);
  const by = movesBy(command, page);
  const last = (views[screen.table]?.rows.length ?? 1) - 1;
  const from = Math.min(screen.row, last);
  return to({ row: Math.max(0, Math.min(last, from + by)) });
}
