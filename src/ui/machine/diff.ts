// The diff screen: scrolling over rows that were computed when it opened.
import type { Command } from '../keymap.ts';
import { diffRows } from './diff-rows.ts';
import type { Screen, State } from './state.ts';

type Diff = Screen & { name: 'diff' };

/** Rows of the body that hold diff lines; one line is the position. */
export function diffHeight(state: State): number {
  return Math.max(1, state.size.rows - 7);
}

function clamp(state: State, screen: Diff, top: number): Diff {
  return { ...screen, top: Math.max(0, Math.min(screen.rows.length - diffHeight(state), top)) };
}

function titleAt(screen: Diff, from: number, by: 1 | -1): number {
  for (let index = from + by; index >= 0 && index < screen.rows.length; index += by) {
    const row = screen.rows[index];
    if (row?.kind === 'title' && !row.continued) return index;
  }
  return from;
}

function folded(state: State, screen: Diff): Diff {
  const address = screen.rows[screen.top]?.change;
  if (address === undefined) return screen;
  const next = new Set(screen.folded);
  if (!next.delete(address)) next.add(address);
  const rows = diffRows(state.plan?.changes ?? [], { folded: next, width: state.size.columns });
  const top = rows.findIndex((row) => row.change === address);
  return clamp(state, { ...screen, rows, folded: next }, top);
}

/** The same diff after the window became wider or narrower; stays at the change that was on top. */
export function resizedDiff(state: State, screen: Diff): Diff {
  const rows = diffRows(state.plan?.changes ?? [], { folded: screen.folded, width: state.size.columns });
  const address = screen.rows[screen.top]?.change;
  const first = screen.rows.findIndex((row) => row.change === address);
  const top = rows.findIndex((row) => row.change === address) + Math.max(0, screen.top - first);
  return clamp(state, { ...screen, rows }, top);
}

export function updateDiff(state: State, screen: Diff, command: Command): State {
  const page = diffHeight(state);
  const to = (top: number): State => ({ ...state, screen: clamp(state, screen, top) });
  switch (command) {
    case 'up':
      return to(screen.top - 1);
    case 'down':
      return to(screen.top + 1);
    case 'page-up':
      return to(screen.top - page);
    case 'page-down':
      return to(screen.top + page);
    case 'top':
      return to(0);
    case 'bottom':
      return to(screen.rows.length);
    case 'next-change':
      return { ...state, screen: { ...screen, top: titleAt(screen, screen.top, 1) } };
    case 'previous-change':
      return { ...state, screen: { ...screen, top: titleAt(screen, screen.top, -1) } };
    case 'fold':
      return { ...state, screen: folded(state, screen) };
    default:
      return state;
  }
}
