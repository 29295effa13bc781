import { armed, type State, working } from './state.ts';

/** Exit code of leaving by choice: what the last run said, else what a plan says, else fine. */
export function exitCodeOf(state: State): number {
  if (armed(state) || working(state)) return 3;
  if (state.screen.name === 'failed') return state.screen.problem.exitCode;
  if (state.summary !== null) return state.summary.exitCode;
  if (state.mode !== 'dry-run' || state.plan === null) return 0;
  if (state.plan.refusals.length > 0) return 5;
  return state.plan.changes.some((change) => change.action !== 'none') ? 2 : 0;
}
