// How things are called on the screen: one word and one glyph for each, never a colour alone.
import type { FindingResult, Severity } from '../../model/control.ts';
import type { Change } from '../../model/resource.ts';
import type { TransactionState, TransactionStatus } from '../../model/transaction.ts';
import { utc } from '../../text/utc.ts';
import { type Span, span } from '../lines.ts';
import type { ProofView } from '../machine/state.ts';
import type { Tone } from '../theme.ts';

const RESULTS: Record<FindingResult, readonly [string, string, Tone]> = {
  pass: ['✓', 'pass', 'good'],
  fail: ['✗', 'fail', 'bad'],
  unknown: ['?', 'unknown', 'warn'],
  notapplicable: ['–', 'n/a', 'muted'],
  notchecked: ['○', 'attest?', 'info'],
  waived: ['≈', 'waived', 'warn'],
  attested: ['●', 'attested', 'info'],
};

export function resultMark(result: FindingResult): Span {
  const [glyph, word, tone] = RESULTS[result];
  return span(`${glyph} ${word}`.padEnd(11), tone);
}

export const SEVERITIES: Record<Severity, string> = {
  critical: 'critical',
  high: 'high',
  medium: 'medium',
  low: 'low',
};

const PROOFS: Record<ProofView['state'], readonly [string, string, Tone]> = {
  waiting: ['○', 'waiting', 'muted'],
  running: ['●', 'trying', 'info'],
  proved: ['✓', 'proved', 'good'],
  disproved: ['✗', 'not so', 'bad'],
  undecided: ['?', 'unsure', 'warn'],
};

export function proofMark(state: ProofView['state']): Span {
  const [glyph, word, tone] = PROOFS[state];
  return span(`${glyph} ${word}`.padEnd(10), tone);
}

export const STATES: Record<TransactionState, string> = {
  PREPARED: 'Prepared',
  ARMED: 'Armed',
  APPLYING: 'Changing',
  APPLIED: 'Changed',
  COMMITTED: 'Kept',
  ROLLING_BACK: 'Taking back',
  ROLLED_BACK: 'Taken back',
  ROLLBACK_PARTIAL: 'Partly taken back',
};

const SIGNS: Record<Change['action'], readonly [string, Tone]> = {
  install: ['+', 'added'],
  create: ['+', 'added'],
  update: ['~', 'warn'],
  remove: ['-', 'removed'],
  reload: ['~', 'warn'],
  restart: ['~', 'warn'],
  start: ['+', 'added'],
  stop: ['-', 'removed'],
  none: ['=', 'muted'],
};

export function changeMark(action: Change['action']): Span {
  const [sign, tone] = SIGNS[action];
  return span(`${sign} ${action}`.padEnd(9), tone);
}

export const RISKS: Record<Change['risk'], string> = {
  none: 'nobody notices',
  service: 'a service reloads',
  lockout: 'may lock out',
};

/** When it was begun, to the minute, by the host's clock. */
export function transactionTime({ begun }: Pick<TransactionStatus, 'begun'>): string {
  return utc(begun).slice(0, 16);
}

export function seconds(milliseconds: number): string {
  const whole = Math.max(0, Math.floor(milliseconds / 1000));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** What a change is about: a path, a unit, a key; the kind before it is for machines. */
export function changeName(address: string): string {
  return address.replace(/^[a-z-]+:/, '');
}

const CONFIDENCE: Record<Change['confidence'], string> = {
  rehearsed: 'rehearsed on the host',
  validated: 'checked by the daemon’s own checker',
  predicted: 'computed, not tried',
};

/** How sure the preview of a change is. Packages have no checker but apt itself. */
export function confidenceOf({ action, confidence }: Change): string {
  if (action !== 'install') return CONFIDENCE[confidence];
  return confidence === 'predicted' ? 'apt was not asked yet' : 'apt on the host said what comes';
}

/** Controls that have nothing to judge. */
export function idleWords(number: number): string {
  return number === 1
    ? '1 control finds nothing to judge here'
    : `${number} controls find nothing to judge here`;
}
