import type { TransactionStatus } from '../model/transaction.ts';
import { utc } from './history-text.ts';
import { paint, type Style, safe, seconds, stateLabel, statePaint } from './style.ts';

const FINAL = new Set(['COMMITTED', 'ROLLED_BACK', 'ROLLBACK_PARTIAL']);

/** The newest transaction, and what a person can do about it while it is open. */
export function statusText(newest: TransactionStatus | undefined, style: Style): string {
  if (newest === undefined) return 'No transaction: nothing is open on this host.\n';
  const { id, step, state, leaseLeft } = newest;
  const lines = [
    `${paint(stateLabel(state, style), statePaint(state), style)}  ${safe(id, style)}  step ${safe(step, style)}`,
    `begun ${utc(newest.begun)} UTC by ${safe(newest.operator, style, 60)}`,
    `${newest.operationsDone} of ${newest.operationsTotal} operations done`,
  ];
  if (!FINAL.has(state)) {
    lines.push(
      leaseLeft === null
        ? 'The host is not armed: nothing takes this back by itself.'
        : `The host takes it back by itself in ${seconds(leaseLeft)}.`,
      'Keep it: portcullis confirm TARGET',
      'Take it back now: portcullis rollback TARGET --yes',
    );
  }
  for (const text of newest.exceptions) lines.push(`not restored: ${safe(text, style)}`);
  if (newest.log.length > 0)
    lines.push('last lines of its log:', ...newest.log.map((it) => `  ${safe(it, style)}`));
  return `${lines.join('\n')}\n`;
}
