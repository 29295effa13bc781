// The run as it happens: states of the transaction, proofs, log; and, at its end, the word that keeps it or takes it back.

import type { TransactionState } from '../../model/transaction.ts';
import { fitted, hanging, type Line, line, span, windowed } from '../lines.ts';
import type { ProofView, Run, State, TransactionView } from '../machine/state.ts';
import { KEEP_WORD, ROLL_BACK_WORD } from '../machine/words.ts';
import type { View } from './area.ts';
import { withCursor } from './connect.ts';
import { proofMark, STATES, seconds } from './words.ts';

const FORWARD: readonly TransactionState[] = ['PREPARED', 'ARMED', 'APPLYING', 'APPLIED', 'COMMITTED'];
const BACKWARD: readonly TransactionState[] = ['PREPARED', 'ARMED', 'ROLLING_BACK', 'ROLLED_BACK'];

const MEANING: Record<TransactionState, string> = {
  PREPARED: 'checkpoint written and read back',
  ARMED: 'the host takes it back without us',
  APPLYING: 'the host carries out the changes',
  APPLIED: 'all made; now it is proved',
  COMMITTED: 'kept',
  ROLLING_BACK: 'the host puts everything back',
  ROLLED_BACK: 'everything is as it was before',
  ROLLBACK_PARTIAL: 'some things could not be put back',
};

const TITLES: Record<Run['kind'], string> = {
  apply: 'Applying to',
  undo: 'Undoing the last run on',
  'roll-back-open': 'Taking back the open transaction on',
};

function pathOf(it: TransactionView): readonly TransactionState[] {
  if (it.state === 'ROLLBACK_PARTIAL') return [...BACKWARD.slice(0, 3), 'ROLLBACK_PARTIAL'];
  return BACKWARD.indexOf(it.state) > 1 ? BACKWARD : FORWARD;
}

function timeline(it: TransactionView, run: Run): Line[] {
  const path = pathOf(it);
  const at = path.indexOf(it.state);
  const final = ['COMMITTED', 'ROLLED_BACK', 'ROLLBACK_PARTIAL'].includes(it.state);
  return path.map((state, index) => {
    const detail =
      index === at && run.progress !== null && state === 'APPLYING'
        ? `${run.progress.done} of ${run.progress.total}: ${run.progress.detail}`
        : it.details[state] || MEANING[state];
    const name = STATES[state].padEnd(18);
    if (index > at) return line(span(` ○ ${name}`, 'muted'));
    if (state === 'ROLLBACK_PARTIAL') return line(span(` ✗ ${name}`, 'bad'), detail);
    if (index === at && !final) return line(span(` ● ${name}`, 'info'), detail);
    return line(span(` ✓ ${name}`, 'good'), span(detail, index === at ? 'plain' : 'muted'));
  });
}

function transactionLines(run: Run, short: boolean): Line[] {
  const current = run.transactions.at(-1);
  if (current === undefined) return [line(span(' ● ', 'info'), 'Preparing the checkpoint on the host')];
  const earlier = run.transactions
    .slice(0, -1)
    .map((it) => line(span(' ✓ ', 'good'), `${it.step}: ${STATES[it.state].toLowerCase()}`));
  const all = timeline(current, run);
  if (!short) return [...earlier.slice(-2), ...all];
  return all.filter((_, index) => pathOf(current)[index] === current.state);
}

function proofLine(it: ProofView, width: number): Line {
  const seen = it.seen === '' ? '' : `  ${it.seen}`;
  const expected = it.viewpoint === '' ? '' : `${it.viewpoint.padEnd(12)}${it.expect.padEnd(6)}`;
  return fitted(
    [span(' '), proofMark(it.state), span(expected, 'muted'), span(it.title), span(seen, 'muted')],
    width,
  );
}

function proofLines(proofs: readonly ProofView[], width: number, height: number): Line[] {
  if (proofs.length === 0 || height < 2) return [];
  const proved = proofs.filter((it) => it.state === 'proved').length;
  const active = proofs.findIndex((it) => it.state === 'running');
  const bad = proofs.findIndex((it) => it.state === 'disproved' || it.state === 'undecided');
  const focus = bad >= 0 ? bad : active >= 0 ? active : proved === proofs.length ? 0 : proved;
  const room = height - 1;
  const top = Math.max(0, Math.min(focus - Math.floor(room / 2), proofs.length - room));
  return [
    line(span(` Proofs: ${proved} of ${proofs.length} hold`, 'strong')),
    ...proofs.slice(top, top + room).map((it) => proofLine(it, width)),
  ];
}

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
    ...transactionLines(run, height < 12),
    ...lostLines(run, width),
    ...touchLines(state, width),
  ];
  const card = run.card === null ? [] : [line(span(` Recovery card: ${run.card.path}`, 'muted'))];
  const left = height - top.length - card.length;
  const proofs = proofLines(run.proofs, width, Math.min(run.proofs.length + 1, Math.max(0, left)));
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

export const decideView: View = (state, { width, height }) => {
  if (state.screen.name !== 'decide' || state.run === null) return [];
  const { text, cursor } = state.screen.word;
  const holds = state.run.proofs.filter((it) => it.state === 'proved').length;
  const question: Line[] = [
    line(span(` Keep this change? ${holds} of ${state.run.proofs.length} proofs hold.`, 'strong')),
    ...hanging(line(' '), `Type ${KEEP_WORD} to keep it, or ${ROLL_BACK_WORD} to take it back.`, width),
    line(span(' > ', 'cursor'), withCursor(text, cursor)),
  ];
  const room = height - question.length - 1;
  return [...runLines(state, width, room).slice(0, Math.max(0, room)), [], ...question];
};
