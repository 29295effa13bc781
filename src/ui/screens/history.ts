// The journal of the host: runs with their transactions, newest first, and below them all about the line under the cursor.
import { cut, ends, hanging, type Line, line, position, rule, span, windowed } from '../lines.ts';
import { type JournalRow, journalRow, journalRows } from '../machine/history.ts';
import type { State } from '../machine/state.ts';
import type { View } from './area.ts';
import { count, STATES, transactionTime } from './words.ts';

/** How it stands today, which is not always how it ended. */
function wordOf({ kind, transactions, stands }: JournalRow): string {
  const [first] = transactions;
  if (kind === 'run') {
    if (stands.length === 0) return 'nothing of it stands';
    return stands.length === transactions.length
      ? 'stands'
      : `${stands.length} of ${transactions.length} stand`;
  }
  if (first.state !== 'COMMITTED') return STATES[first.state].toLowerCase();
  if (first.undoes !== undefined) return 'an undo, kept';
  if (first.step === 'lockdown') return stands.length > 0 ? 'kept' : 'lockdown; unlock ends it';
  return stands.length > 0 ? 'kept' : 'kept, undone since';
}

function rowLine(row: JournalRow, here: boolean, width: number): Line {
  const [first] = row.transactions;
  const mark = here ? span(' ▸ ', 'cursor') : span('   ');
  const word = span(`${wordOf(row)} `, row.stands.length > 0 ? 'good' : 'muted');
  const name =
    row.kind === 'run'
      ? [span(transactionTime(first), here ? 'strong' : 'plain'), span(`  by ${first.operator}`)]
      : [span(`  ${first.step.padEnd(12)}`, here ? 'strong' : 'plain'), span(first.id, 'muted')];
  return ends([mark, ...name], [word], width);
}

function detailLines(state: State, row: JournalRow, width: number): Line[] {
  const [first] = row.transactions;
  const say = (text: string, tone: 'plain' | 'warn' = 'plain'): Line[] =>
    hanging(line(' '), text, width - 1, tone);
  if (row.kind === 'run') {
    const steps = row.transactions.map(({ step }) => step).toReversed();
    return [
      ...say(`A run of ${count(row.transactions.length, 'transaction')}: ${steps.join(', ')}.`),
      ...say(stood(row.stands.length, 'Enter shows what undoing it would do; nothing starts by that.')),
    ];
  }
  const undoneBy = state.history?.find((it) => it.undoes === first.id && it.state === 'COMMITTED');
  return [
    ...say(`${first.step}, ${first.id}, ${transactionTime(first)} by ${first.operator}`),
    ...say(
      `${first.operationsDone} of ${count(first.operationsTotal, 'operation')}; ${STATES[first.state].toLowerCase()}${first.result === undefined ? '' : `, ${first.result}`}.`,
    ),
    ...(first.undoes === undefined ? [] : say(`It undoes ${first.undoes}.`)),
    ...(undoneBy === undefined ? [] : say(`Undone by ${undoneBy.id}, ${transactionTime(undoneBy)}.`)),
    ...first.exceptions.flatMap((it) => say(`Not restored: ${it}`, 'warn')),
    ...say(stood(row.stands.length, 'Enter shows what undoing it alone would do.')),
  ];
}

function stood(stands: number, words: string): string {
  return stands === 0 ? 'There is nothing of it to undo.' : words;
}

export const historyView: View = (state, { width, height }) => {
  if (state.screen.name !== 'history') return [];
  const title = line(
    span(` What was done on ${cut(state.target, 40)}`, 'strong'),
    span('  newest first, UTC', 'muted'),
  );
  if (state.history === null) return [title, line(span(' ● ', 'info'), 'Reading the journal of the host')];
  const rows = journalRows(state);
  const row = journalRow(state);
  if (row === undefined)
    return [
      title,
      ...hanging(line(' '), 'Portcullis did nothing on this host yet, or the record was removed.', width),
    ];
  const at = rows.indexOf(
    rows.find((it) => it.kind === row.kind && it.transactions[0] === row.transactions[0]) ?? row,
  );
  const detail = detailLines(state, row, width);
  const forDetail = Math.min(detail.length, Math.max(3, Math.floor(height / 2)));
  const room = Math.max(1, height - 2 - forDetail);
  const top = Math.max(0, Math.min(rows.length - room, at - Math.floor(room / 2)));
  const lines = rows.map((it, index) => rowLine(it, index === at, width));
  return [
    title,
    ...windowed(lines, top, room),
    rule(width, position(rows.length, top, room)),
    ...detail.slice(0, forDetail),
  ];
};
