// How a run ended, and how an error reads.

import { EXIT } from '../../model/errors.ts';
import type { RunSummary } from '../../model/event.ts';
import { hanging, type Line, line, span, wrapped } from '../lines.ts';
import type { Problem } from '../machine/event.ts';
import { armed, leaseLeft, type State } from '../machine/state.ts';
import type { Tone } from '../theme.ts';
import type { Document } from './area.ts';
import { STATES } from './words.ts';

const OUTCOMES: Record<RunSummary['outcome'], readonly [string, string, Tone]> = {
  committed: ['✓', 'Kept', 'good'],
  undone: ['✓', 'Undone: the host is as it was before that run', 'good'],
  'nothing-to-do': ['✓', 'Nothing to do', 'good'],
  unconfirmed: ['●', 'Applied, not confirmed', 'warn'],
  'rolled-back': ['✓', 'Rolled back: the host is as it was before', 'warn'],
  partial: ['✗', 'Partly rolled back', 'bad'],
  refused: ['✗', 'Refused', 'bad'],
  failed: ['✗', 'Failed', 'bad'],
  checked: ['✓', 'Checked', 'good'],
  planned: ['✓', 'Planned', 'good'],
};

function labelled(label: string, text: string, width: number): Line[] {
  return hanging(line(span(` ${label.padEnd(10)}`, 'muted')), text, width);
}

/** What a committed summary may be called; the host's word wins over a summary that says more than it does. */
function outcomeOf(state: State, summary: RunSummary): RunSummary['outcome'] {
  const kept = summary.outcome === 'committed' || summary.outcome === 'undone';
  return kept && armed(state) ? 'unconfirmed' : summary.outcome;
}

export const reportDocument: Document = (state, width) => {
  const { summary } = state;
  if (summary === null) return [];
  const [glyph, words, tone] = OUTCOMES[outcomeOf(state, summary)];
  const left = leaseLeft(state);
  const score =
    summary.scoreBefore === null || summary.scoreAfter === null
      ? []
      : labelled('score', `${Math.round(summary.scoreBefore)} → ${Math.round(summary.scoreAfter)}`, width);
  return [
    [],
    line(span(` ${glyph} ${words}`, tone)),
    ...wrapped(summary.message, width - 2, 'plain', 3),
    ...(left === undefined ? [] : labelled('lease', `the host takes it back by itself in ${left} s`, width)),
    [],
    ...score,
    ...summary.transactions.flatMap((it) =>
      labelled(it.step, `${STATES[it.state].toLowerCase()}  ${it.id}`, width),
    ),
    ...summary.keptStricter.flatMap((it) => labelled('kept', `${it}: yours is stricter`, width)),
    ...(summary.recoveryCard === null ? [] : labelled('recovery', summary.recoveryCard, width)),
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

const DURING = {
  connect: 'The host was not reached',
  discover: 'The host could not be read',
  'look-outside': 'The ports could not be knocked at',
  plan: 'The plan could not be made',
  apply: 'Applying did not finish',
  undo: 'Undoing did not finish',
  'roll-back-open': 'Taking back did not finish',
  history: 'The journal could not be read',
  lockdown: 'Locking down did not finish',
  unlock: 'Unlocking did not finish',
} as const;

function problemLines(problem: Problem, width: number): Line[] {
  const stale = problem.exitCode === EXIT.stale;
  const hints = [...(stale ? ['r reads the host again and shows the new plan'] : []), ...problem.hints];
  return [
    ...wrapped(problem.message, width - 2, 'plain', 3),
    ...(problem.where === undefined ? [] : labelled('where', problem.where, width)),
    ...problem.evidence.flatMap((it) => labelled('seen', it, width)),
    ...(problem.kind === 'bug'
      ? labelled('note', 'This is a defect of Portcullis, not of your host.', width)
      : []),
    ...(hints.length === 0 ? [] : [[], line(span(' What you can do', 'strong'))]),
    ...hints.flatMap((it) => hanging(line(span('   · ', 'muted')), it, width)),
  ];
}

export const failedDocument: Document = (state, width) => {
  if (state.screen.name !== 'failed') return [];
  const { during, problem } = state.screen;
  const left = leaseLeft(state);
  const back = armed(state)
    ? hanging(
        line(span(' ! ', 'warn')),
        `The change is still armed: the host takes it back by itself${left === undefined ? '' : ` in ${left} s`}. Nothing needs to be done for that.`,
        width,
        'warn',
      )
    : [];
  return [[], line(span(` ✗ ${DURING[during]}`, 'bad')), ...back, ...problemLines(problem, width)];
};
