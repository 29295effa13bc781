import { guardedText, type LockdownRecord, lockedUntil } from '../model/lockdown.ts';
import type { TransactionState, TransactionStatus } from '../model/transaction.ts';
import { utc } from '../text/utc.ts';
import { consoleUnlock } from './lockdown-form.ts';
import { paint, plural, type Style, safe, seconds, stateLabel, statePaint } from './style.ts';

/** How far it got, in words that are true of where it stands now. */
const DONE: Readonly<Record<TransactionState, (it: TransactionStatus, style: Style) => string>> = {
  PREPARED: () => 'Nothing was changed yet.',
  ARMED: (it) => `Armed; ${counted(it)} done`,
  APPLYING: (it) => `Under way: ${counted(it)} done`,
  APPLIED: (it) => `${counted(it)} done`,
  COMMITTED: (it) => `${counted(it)} done and kept`,
  ROLLING_BACK: () => 'The host is taking it back now.',
  ROLLED_BACK: takenBack,
  ROLLBACK_PARTIAL: (it, style) =>
    `Taken back in part${it.result === undefined ? '' : `: ${safe(it.result, style)}`}`,
};

function counted({ operationsDone, operationsTotal }: TransactionStatus): string {
  return `${operationsDone} of ${plural(operationsTotal, 'operation')}`;
}

function takenBack(it: TransactionStatus, style: Style): string {
  if (it.result === 'restored 0 of 0') return 'Taken back: nothing had been changed';
  return it.result === undefined ? 'Taken back' : `Taken back: ${safe(it.result, style)}`;
}

type How = { readonly target?: string; readonly lockdown?: Lockdown };

/** What a lockdown's record says, and whether the kernel has its rules. */
type Lockdown = LockdownRecord & { readonly loaded: boolean };

/**
 * A lockdown first; then the newest transaction, and what a person can do about it while it is open. `target`: what to name
 * in commands.
 */
export function statusText(newest: TransactionStatus | undefined, style: Style, how: How = {}): string {
  const locked =
    how.lockdown === undefined ? '' : lockdownText(how.lockdown, style, safe(how.target ?? 'TARGET', style));
  return locked + transactionText(newest, style, how);
}

function lockdownText(it: Lockdown, style: Style, target: string): string {
  const lines = [
    `${paint('LOCKDOWN', 'bad', style)}  ${safe(it.transaction, style)}  level ${safe(it.level, style)}`,
    ...(it.loaded ? [] : ['NOT in force: the kernel does not have its rules. Unlock, and lock again.']),
    `since ${utc(it.since)} UTC by ${safe(it.operator, style, 60)}`,
    it.until === null ? lockedUntil(it) : `${lockedUntil(it)}, then by itself open`,
    `reason: ${safe(it.reason, style)}`,
    safe(guardedText(it), style),
    `Unlock: portcullis unlock ${target} --yes`,
    `or on the console, as root: ${safe(consoleUnlock(it), style, 120)}`,
  ];
  return `${lines.join('\n')}\n\n`;
}

function transactionText(newest: TransactionStatus | undefined, style: Style, how: How): string {
  if (newest === undefined) return 'No transaction: nothing is open on this host.\n';
  const { id, step, state } = newest;
  const lines = [
    `${paint(stateLabel(state, style), statePaint(state), style)}  ${safe(id, style)}  step ${safe(step, style)}`,
    `begun ${utc(newest.begun)} UTC by ${safe(newest.operator, style, 60)}`,
    ...(newest.undoes === undefined ? [] : [`It undoes ${safe(newest.undoes, style)}.`]),
    DONE[state](newest, style),
    ...openLines(newest, safe(how.target ?? 'TARGET', style)),
  ];
  for (const text of newest.exceptions) lines.push(`not restored: ${safe(text, style)}`);
  if (newest.log.length > 0)
    lines.push('last lines of its log:', ...newest.log.map((it) => `  ${safe(it, style)}`));
  return `${lines.join('\n')}\n`;
}

/** Only what is wholly applied can be kept; what is being taken back needs nobody. */
function openLines({ state, leaseLeft }: TransactionStatus, target: string): readonly string[] {
  if (state !== 'ARMED' && state !== 'APPLYING' && state !== 'APPLIED') return [];
  return [
    leaseLeft === null
      ? 'The host is not armed: nothing takes this back by itself.'
      : `The host takes it back by itself in ${seconds(leaseLeft)}.`,
    ...(state === 'APPLIED' ? [`Keep it: portcullis confirm ${target}`] : []),
    `Take it back now: portcullis rollback ${target} --yes`,
  ];
}
