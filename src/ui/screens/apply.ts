// The run as it happens: states of the transaction, proofs, log; and, at its end, the word that keeps it or takes it back.

import { hanging, type Line, line, span, windowed } from '../lines.ts';
import type { Run, State } from '../machine/state.ts';
import { KEEP_WORD, ROLL_BACK_WORD } from '../machine/words.ts';
import type { View } from './area.ts';
import { withCursor } from './connect.ts';
import { installingLines } from './packages.ts';
import { proofLines, stageLines, transactionLines } from './timeline.ts';
import { seconds } from './words.ts';

const TITLES: Record<Run['kind'], string> = {
  apply: 'Applying to',
  undo: 'Undoing what was kept on',
  'roll-back-open': 'Taking back the open transaction on',
  'keep-open': 'Proving and keeping the open transaction on',
  lockdown: 'Locking down',
  unlock: 'Unlocking',
};

function lostLines(run: Run, width: number): Line[] {
  if (run.lost === null) return [];
  const text = `Connection lost: ${run.lost}. Connecting again to read what the host did; it needs nobody to take the change back.`;
  return hanging(line(span(' ! ', 'warn')), text, width, 'warn');
}

function touchLines(state: State, width: number): Line[] {
  if (state.touch === null) return [];
  return hanging(line(span(' ● ', 'warn')), `Touch your security key now. ${state.touch}`, width, 'strong');
}

function runLines(state: State, width: number, height: number): Line[] {
  const { run } = state;
  if (run === null) return [];
  const title = line(
    span(` ${TITLES[run.kind]} ${state.target}`, 'strong'),
    span(`  ${seconds(state.now - run.startedAt)}`, 'muted'),
  );
  const top = [
    title,
    ...stageLines(run, width),
    ...installingLines(state, width, height < 12),
    ...transactionLines(run, height < 12),
    ...lostLines(run, width),
    ...touchLines(state, width),
  ];
  const card =
    run.card === null ? [] : hanging(line(span(' Recovery card: ', 'muted')), run.card.path, width, 'muted');
  const left = height - top.length - card.length;
  // Where there is room the log keeps its last lines, so that it is seen that something goes on.
  const forProofs = left >= 9 ? left - 3 : left;
  const proofs = proofLines(run.proofs, width, Math.min(run.proofs.length + 1, Math.max(0, forProofs)));
  const room = left - proofs.length - 1;
  const tail = [...run.rechecks, ...run.log].slice(-Math.max(0, room));
  const log =
    room > 0 && tail.length > 0
      ? [line(span(' Log', 'strong')), ...tail.map((it) => line(span(`   ${it}`, 'muted')))]
      : [];
  return [...top, ...proofs, ...card, ...log];
}

export const applyingView: View = (state, { width, height }) =>
  windowed(runLines(state, width, height), 0, height);

/** What is asked about: the change, or the stage of the run that is under way. */
function question(run: Run): string {
  const { stage, kind } = run;
  if (stage === null || stage.total === 1) return KEEP_QUESTION[kind];
  return `Keep stage ${stage.number} of ${stage.total}, ${stage.name}?`;
}

/** What follows from each word in a run of several stages. */
function consequence({ stage }: Run, width: number): Line[] {
  if (stage === null || stage.total === 1) return [];
  const kept = stage.next.length === 0 ? 'Kept, it ends the run.' : `Kept, ${stage.next[0]} comes next.`;
  const before = stage.number === 1 ? '' : '; stages kept before it stay';
  return hanging(line(' '), `${kept} Rolled back, the run ends here${before}.`, width, 'muted');
}

const KEEP_QUESTION: Record<Run['kind'], string> = {
  apply: 'Keep this change?',
  undo: 'Keep the host as it was before that?',
  'roll-back-open': 'Keep it so?',
  'keep-open': 'Keep it?',
  lockdown: 'Keep it locked down?',
  unlock: 'Keep it unlocked?',
};

export const decideView: View = (state, { width, height }) => {
  if (state.screen.name !== 'decide' || state.run === null) return [];
  const { text, cursor } = state.screen.word;
  const holds = state.run.proofs.filter((it) => it.state === 'proved').length;
  const asked: Line[] = [
    line(span(` ${question(state.run)} ${holds} of ${state.run.proofs.length} proofs hold.`, 'strong')),
    ...consequence(state.run, width),
    ...hanging(line(' '), `Type ${KEEP_WORD} to keep it, or ${ROLL_BACK_WORD} to take it back.`, width),
    line(span(' > ', 'cursor'), withCursor(text, cursor)),
  ];
  const room = height - asked.length - 1;
  return [...runLines(state, width, room).slice(0, Math.max(0, room)), [], ...asked];
};
