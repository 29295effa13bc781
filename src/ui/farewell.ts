// What stays in the scrollback after the wizard: what was done, what the host will still do, and how to do it again.
import { safe } from './lines.ts';
import { armed, leaseLeft, type State } from './machine/state.ts';
import { STATES, stepWord } from './screens/words.ts';

function stillArmed(state: State): string[] {
  if (!armed(state) && state.summary !== null) return [];
  if (!armed(state)) {
    // Work was begun but the host has not said that it is armed: then it has not changed anything either.
    return state.run === null || state.screen.name !== 'applying'
      ? []
      : [`Left while work was beginning on ${state.target}. See: portcullis status ${state.target}`];
  }
  const left = leaseLeft(state);
  return [
    `Not kept. ${state.target} takes the change back by itself${left === undefined ? ' when its lease ends' : ` in ${left} s`}. Nothing is left to do for that.`,
    `See how it stands: portcullis status ${state.target}`,
  ];
}

/** Plain lines; `repeat` is the command line that would do what was planned, empty when there is no plan. */
export function farewell(state: State, repeat: string): readonly string[] {
  const { summary, run } = state;
  const card = summary?.recoveryCard ?? run?.card?.path ?? null;
  const scores =
    summary?.scoreBefore == null || summary.scoreAfter === null
      ? []
      : [`Score ${Math.round(summary.scoreBefore)} → ${Math.round(summary.scoreAfter)}`];
  const failed = state.screen.name === 'failed' ? [state.screen.problem.message] : [];
  const nothing =
    summary === null && run === null && state.target !== ''
      ? [`Nothing was changed on ${state.target}.`]
      : [];
  const again = summary?.repeat || repeat;
  return [
    ...failed,
    ...(summary === null || armed(state) ? [] : [summary.message]),
    ...(summary?.transactions ?? []).map(
      (it) => `${stepWord(it.step)}: ${STATES[it.state].toLowerCase()} (${it.id})`,
    ),
    ...scores,
    ...stillArmed(state),
    ...nothing,
    ...(card === null ? [] : [`Recovery card: ${card}`]),
    ...(again === '' ? [] : [`The same without a question: ${again}`]),
  ]
    .map(safe)
    .filter((it) => it !== '');
}
