// What stays in the scrollback after the wizard: what was done, what the host will still do, and how to do it again.
import { safe } from './lines.ts';
import { armed, type State, transactionNow } from './machine/state.ts';
import { withoutUs } from './screens/leaving.ts';
import { STATES } from './screens/words.ts';

type Commands = {
  /** The command line that would do what was planned, empty when there is no plan. */
  readonly repeat: string;
  /** Another command on the same host, reached the same way. */
  readonly again: (command: string, target: string, ...more: string[]) => string;
};

/** What the host does without us, and how to go on from the shell. */
function leftBehind(state: State, again: Commands['again']): string[] {
  const { run, target, screen, summary } = state;
  const unconfirmed = summary !== null && armed(state);
  if (run === null || (summary !== null && !unconfirmed)) return [];
  const said = unconfirmed ? withoutUs({ ...state, summary: null }) : withoutUs(state);
  if (!armed(state) && screen.name !== 'applying' && screen.name !== 'decide') return [];
  const applied = transactionNow(run)?.state === 'APPLIED';
  return [
    said.join(' '),
    ...(armed(state) ? ['Nothing is left to do for that.'] : []),
    `How it stands: ${again('status', target)}`,
    ...(applied
      ? [
          `Keep it after all, before that: ${again('confirm', target)}`,
          `Take it back at once: ${again('rollback', target, '--yes')}`,
        ]
      : []),
  ];
}

/** What a run that was left had brought to an end already. */
function doneBefore(state: State): string[] {
  if (state.summary !== null) return [];
  return (state.run?.transactions ?? [])
    .filter((it) => it.state === 'COMMITTED')
    .map((it) => `${it.name}: ${STATES[it.state].toLowerCase()} (${it.id})`);
}

/** Plain lines for the shell's own screen. */
export function farewell(state: State, commands: Commands): readonly string[] {
  const { summary, run } = state;
  const written = run?.cards ?? [];
  const cards = summary === null || summary.recoveryCards.length === 0 ? written : summary.recoveryCards;
  const scores =
    summary?.scoreBefore == null || summary.scoreAfter === null
      ? []
      : [`Score ${Math.round(summary.scoreBefore)} → ${Math.round(summary.scoreAfter)}`];
  const failed = state.screen.name === 'failed' ? [state.screen.problem.message] : [];
  const nothing =
    summary === null && run === null && state.target !== ''
      ? [`Nothing was changed on ${state.target}.`]
      : [];
  const again = summary?.repeat || commands.repeat;
  return [
    ...failed,
    ...(summary === null || armed(state) ? [] : [summary.message]),
    ...(summary?.transactions ?? []).map((it) => `${it.step}: ${STATES[it.state].toLowerCase()} (${it.id})`),
    ...scores,
    ...doneBefore(state),
    ...leftBehind(state, commands.again),
    ...nothing,
    ...cards.map((card) => `Recovery card: ${card}`),
    ...(again === '' ? [] : [`The same without a question: ${again}`]),
  ]
    .map(safe)
    .filter((it) => it !== '');
}
