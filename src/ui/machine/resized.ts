// Another size of the terminal. Rules: what was broken into lines for a width is broken again here, and only here.
import { resizedDiff } from './diff.ts';
import type { Size, State } from './state.ts';
import { resizedUndo } from './undo-rows.ts';

export function resized(state: State, { rows, columns }: Size): State {
  return resizedUndo(resizedDiff({ ...state, size: { rows, columns } }));
}
