import type { TransactionStatus } from '../model/transaction.ts';
import { utc } from '../text/utc.ts';
import { table } from '../text/wrap.ts';
import { drawn, paint, type Style, safe, stateLabel } from './style.ts';

/** The transactions a host remembers, in the order given. Times are UTC by the host's clock. */
export function historyText(transactions: readonly TransactionStatus[], style: Style): string {
  if (transactions.length === 0)
    return 'Nothing was done to this host by Portcullis, or the record was removed.\n';
  const undone = new Set(transactions.flatMap((it) => (it.state === 'COMMITTED' ? [it.undoes] : [])));
  const rows = transactions.map((it) => [
    utc(it.begun),
    safe(it.id, style),
    safe(it.step, style),
    undone.has(it.id) ? drawn('✓ kept, undone since', style) : stateLabel(it.state, style),
    safe(it.operator, style, 60),
  ]);
  const [head = '', ...lines] = table([['when (UTC)', 'transaction', 'step', 'state', 'by'], ...rows]);
  // A line of its own: the table stays as narrow as a terminal.
  const rowsWithUndo = lines.flatMap((line, index) => {
    const undoes = transactions[index]?.undoes;
    return undoes === undefined ? [line] : [line, `  undoes ${safe(undoes, style)}`];
  });
  const notes = transactions.flatMap((it) =>
    it.exceptions.map((text) => `  ${safe(it.id, style)}: ${safe(text, style)}`),
  );
  const exceptions = notes.length === 0 ? [] : ['', 'What could not be restored:', ...notes];
  return `${[paint(head, 'strong', style), ...rowsWithUndo, ...exceptions].join('\n')}\n`;
}
