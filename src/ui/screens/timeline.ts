// The states of a transaction as a line each, and the proofs below them.
import type { TransactionState } from '../../model/transaction.ts';
import { withoutLists } from '../../text/short-list.ts';
import { fitted, type Line, line, span } from '../lines.ts';
import { type ProofView, type Run, type TransactionView, transactionNow } from '../machine/state.ts';
import { plannedAgain, planningAgain } from './packages.ts';
import { proofMark, STATES } from './words.ts';

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

function pathOf(it: TransactionView): readonly TransactionState[] {
  if (it.state === 'ROLLBACK_PARTIAL') return [...BACKWARD.slice(0, 3), 'ROLLBACK_PARTIAL'];
  return BACKWARD.indexOf(it.state) > 1 ? BACKWARD : FORWARD;
}

/** Once all is changed: what is still awaited. */
function appliedWords(run: Run): string {
  if (run.decision === 'keep') return 'you said keep; the last checks of the proofs are awaited';
  if (run.decision === 'roll-back') return 'you said roll back';
  const open = run.proofs.some((it) => it.state !== 'proved');
  return open || run.proofs.length === 0 ? '' : 'all made and proved; your word is awaited';
}

/** One operation (all packages are one) is told by what it is at, several by how many are done too. */
function progressWords({ done, total, detail }: NonNullable<Run['progress']>): string {
  return total > 1 ? `${done} of ${total}: ${detail}` : detail;
}

/** What the host was at when it began to change things is no news once it is through. */
function said({ details }: TransactionView, state: TransactionState, past: boolean): string {
  return (past && state === 'APPLYING' ? '' : details[state]) || MEANING[state];
}

function timeline(it: TransactionView, run: Run): Line[] {
  const path = pathOf(it);
  const at = path.indexOf(it.state);
  const final = ['COMMITTED', 'ROLLED_BACK', 'ROLLBACK_PARTIAL'].includes(it.state);
  return path.map((state, index) => {
    const detail =
      index === at && run.progress !== null && state === 'APPLYING'
        ? progressWords(run.progress)
        : (index === at && state === 'APPLIED' && appliedWords(run)) || said(it, state, index < at);
    const name = STATES[state].padEnd(18);
    if (index > at) return line(span(` ○ ${name}`, 'muted'));
    if (state === 'ROLLBACK_PARTIAL') return line(span(` ✗ ${name}`, 'bad'), detail);
    if (index === at && !final) return line(span(` ● ${name}`, 'info'), detail);
    return line(span(` ✓ ${name}`, 'good'), span(detail, index === at ? 'plain' : 'muted'));
  });
}

/** Which part of the run this is and what follows; nothing when it is all there is. */
export function stageLines(run: Run, width: number): Line[] {
  const { stage } = run;
  if (stage === null || stage.total === 1) return [];
  const next = stage.next.length === 0 ? 'the last one' : `then ${stage.next.join('; ')}`;
  const head = ` Stage ${stage.number} of ${stage.total}: ${stage.name}`;
  return [fitted(line(span(head, 'strong'), span(`  ${next}`, 'muted')), width)];
}

/** The open transaction state by state, those before it in a line; `short`: only where it stands. */
export function transactionLines(run: Run, short: boolean): Line[] {
  // Between two stages the last one that ended is an earlier one already.
  const current = transactionNow(run);
  const earlier = run.transactions
    .filter((it) => it !== current)
    .map((it) => line(span(' ✓ ', 'good'), `${it.name}: ${STATES[it.state].toLowerCase()}`));
  const before = [...earlier.slice(-2), ...plannedAgain(run)];
  if (current === undefined) {
    const preparing = line(span(' ● ', 'info'), 'Preparing the checkpoint on the host');
    return short ? [preparing] : [...before, preparing];
  }
  const all = timeline(current, run);
  if (!short) return [...before, ...all, ...planningAgain(run)];
  return [...all.filter((_, index) => pathOf(current)[index] === current.state), ...planningAgain(run)];
}

function proofLine(it: ProofView, width: number): Line {
  // What was proved as it was claimed needs no second telling.
  const title = withoutLists(it.title);
  const told = it.state === 'proved' ? withoutLists(it.seen) : it.seen;
  const seen = told === '' || told === title ? '' : `  ${told}`;
  const expected = it.viewpoint === '' ? '' : `${it.viewpoint.padEnd(12)}${it.expect.padEnd(6)}`;
  return fitted(
    [span(' '), proofMark(it.state), span(expected, 'muted'), span(title), span(seen, 'muted')],
    width,
  );
}

/** At most `height` lines: how many hold, and those around the one that matters now. */
export function proofLines(proofs: readonly ProofView[], width: number, height: number): Line[] {
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
