// How a run ended.

import type { RunSummary } from '../../model/event.ts';
import { hanging, type Line, line, span, wrapped } from '../lines.ts';
import { armed, leaseLeft, type State } from '../machine/state.ts';
import type { Tone } from '../theme.ts';
import type { Document } from './area.ts';
import { STATES } from './words.ts';

const OUTCOMES: Record<RunSummary['outcome'], readonly [string, string, Tone]> = {
  committed: ['✓', 'Kept', 'good'],
  undone: ['✓', 'Undone: what was changed is as it was before', 'good'],
  'nothing-to-do': ['✓', 'Nothing to do', 'good'],
  unconfirmed: ['●', 'Applied, not confirmed', 'warn'],
  'rolled-back': ['✓', 'Rolled back: the host is as it was before', 'warn'],
  partial: ['✗', 'Partly rolled back', 'bad'],
  refused: ['✗', 'Refused', 'bad'],
  failed: ['✗', 'Failed', 'bad'],
  checked: ['✓', 'Checked', 'good'],
  planned: ['✓', 'Planned', 'good'],
};

/** "score     38 → 96" */
export const fact = (label: string, text: string, width: number): Line[] =>
  hanging(line(span(` ${label.padEnd(10)}`, 'muted')), text, width);

/** What a committed summary may be called; the host's word wins over a summary that says more than it does. */
function outcomeOf(state: State, summary: RunSummary): RunSummary['outcome'] {
  const kept = summary.outcome === 'committed' || summary.outcome === 'undone';
  return kept && armed(state) ? 'unconfirmed' : summary.outcome;
}

/** The run was taken back, but stages before stay. */
function endedInPart({ outcome, transactions }: RunSummary): boolean {
  return outcome === 'rolled-back' && transactions.some(({ state }) => state === 'COMMITTED');
}

export const reportDocument: Document = (state, width) => {
  const { summary } = state;
  if (summary === null) return [];
  const [glyph, usual, tone] = OUTCOMES[outcomeOf(state, summary)];
  const words = endedInPart(summary) ? 'Rolled back in its last stage; what was kept before stays' : usual;
  const left = leaseLeft(state);
  const score =
    summary.scoreBefore === null || summary.scoreAfter === null
      ? []
      : fact('score', `${Math.round(summary.scoreBefore)} → ${Math.round(summary.scoreAfter)}`, width);
  return [
    [],
    line(span(` ${glyph} ${words}`, tone)),
    ...wrapped(summary.message, width - 2, 'plain', 3),
    ...(left === undefined ? [] : fact('lease', `the host takes it back by itself in ${left} s`, width)),
    [],
    ...score,
    ...summary.transactions.flatMap((it) =>
      fact(it.step, `${STATES[it.state].toLowerCase()}  ${it.id}`, width),
    ),
    ...(summary.newSecrets === undefined || summary.newSecrets.length === 0
      ? []
      : fact('secrets', `${summary.newSecrets.join(', ')}: n shows the new values once`, width)),
    ...summary.keptStricter.flatMap((it) => fact('kept', `${it}: yours is stricter`, width)),
    ...summary.recoveryCards.flatMap((it) => fact('recovery', it, width)),
    ...(summary.repeat === ''
      ? []
      : [
          [],
          line(span(' The same run again, without a question:', 'muted')),
          ...wrapped(summary.repeat, width - 2, 'plain', 3),
        ]),
    ...recovery(state, width),
  ];
};

function recovery(state: State, width: number): Line[] {
  const card = state.run?.card;
  if (card == null || card.lines.length === 0) return [];
  return [
    [],
    line(span(' Recovery card', 'strong')),
    ...card.lines.flatMap((it) => wrapped(it, width, 'plain', 1)),
  ];
}
