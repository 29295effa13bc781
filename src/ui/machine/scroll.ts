// How far a key moves: a cursor over rows, or the top of a long text.
import type { Command } from '../keymap.ts';
import { scrollLimit } from '../screens/scroll-limit.ts';
import type { State } from './state.ts';

const STEPS: Partial<Record<Command, number>> = { up: -1, down: 1, top: -1e6, bottom: 1e6 };

/** Rows that a command moves by; 0 for a command that does not move. */
export function movesBy(command: Command, page: number): number {
  if (command === 'page-up') return -page;
  return command === 'page-down' ? page : (STEPS[command] ?? 0);
}

export function scrolled(state: State, command: Command): State {
  const by = movesBy(command, Math.max(1, state.size.rows - 8));
  const to = (top: number): number => Math.max(0, Math.min(scrollLimit(state), top + by));
  if (state.help !== null) return { ...state, help: { top: to(state.help.top) } };
  const { screen } = state;
  return 'top' in screen ? { ...state, screen: { ...screen, top: to(screen.top) } } : state;
}
