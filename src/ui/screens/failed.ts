// How an error reads, and what to do about it.
import { EXIT } from '../../model/errors.ts';
import { hanging, type Line, line, span, wrapped } from '../lines.ts';
import type { Problem } from '../machine/event.ts';
import { armed, leaseLeft } from '../machine/state.ts';
import type { Document } from './area.ts';
import { fact } from './report.ts';

const DURING = {
  connect: 'The host was not reached',
  discover: 'The host could not be read',
  'look-outside': 'The ports could not be knocked at',
  plan: 'The plan could not be made',
  apply: 'Applying did not finish',
  undo: 'Undoing did not finish',
  'roll-back-open': 'Taking back did not finish',
  'keep-open': 'Keeping did not finish',
  'extend-open': 'The open transaction was not given more time',
  history: 'The journal could not be read',
  lockdown: 'Locking down did not finish',
  unlock: 'Unlocking did not finish',
  declare: 'It could not be recorded',
} as const;

function problemLines(problem: Problem, width: number): Line[] {
  const stale = problem.exitCode === EXIT.stale;
  const hints = [...(stale ? ['r reads the host again and shows the new plan'] : []), ...problem.hints];
  return [
    ...wrapped(problem.message, width - 2, 'plain', 3),
    ...(problem.where === undefined ? [] : fact('where', problem.where, width)),
    ...problem.evidence.flatMap((it) => fact('seen', it, width)),
    ...(problem.kind === 'bug'
      ? fact('note', 'This is a defect of Portcullis, not of your host.', width)
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
