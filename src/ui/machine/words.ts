// Rules for what starts, keeps or ends something: a word typed key by key and then Enter. Enter alone, a paste, a reply of
// the terminal, and anything within GUARD ms after the question came up, confirm nothing.
import type { TransportQuestion } from '../../model/target.ts';
import type { ReadyKind } from './state.ts';

export const READY_WORD: Record<ReadyKind, string> = {
  apply: 'apply',
  undo: 'undo',
  'roll-back-open': 'roll back',
};
export const KEEP_WORD = 'keep';
export const ROLL_BACK_WORD = 'roll back';
export const LEAVE_WORD = 'leave';
export const YES_WORD = 'yes';

const FINGERPRINT_TAIL = 4;

/** What must be typed to accept a host key: the end of the fingerprint that was compared. */
export function hostKeyWord(question: TransportQuestion & { kind: 'host-key' }): string {
  return question.fingerprint.slice(-FINGERPRINT_TAIL);
}

export function sameWord(typed: string, word: string): boolean {
  return word.length > 0 && typed.trim().replace(/\s+/g, ' ').toLowerCase() === word.toLowerCase();
}
