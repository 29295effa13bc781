// The ways out: at once, by a word while a change is under way, or only for a while.
import type { Place } from '../keymap.ts';
import { bindingFor, leavingNeedsWord } from '../places.ts';
import type { Effect } from './effect.ts';
import { exitCodeOf } from './exit-code.ts';
import { emptyField } from './field.ts';
import type { State } from './state.ts';

type Result = readonly [State, readonly Effect[]];
const none: readonly Effect[] = [];

export function leave(state: State, exitCode = exitCodeOf(state)): Result {
  return [state, [{ type: 'leave', exitCode }]];
}

export function askToLeave(state: State): Result {
  return [{ ...state, leaving: { word: emptyField }, entered: state.now, notice: null }, none];
}

export function interrupt(state: State): Result {
  if (state.leaving !== null) return leave(state);
  if (leavingNeedsWord(state)) return askToLeave(state);
  return leave(state, state.summary === null ? 130 : exitCodeOf(state));
}

/** Nobody watches while we are stopped, so never while the host waits for us without saying so. */
export function suspend(state: State, place: Place): Result {
  const off = bindingFor(place, 'ctrl-z')?.disabled?.(state);
  if (off === undefined) return [{ ...state, notice: null }, [{ type: 'suspend' }]];
  return [{ ...state, notice: `Ctrl-Z is off: ${off}. q or Ctrl-C asks and leaves.` }, none];
}
