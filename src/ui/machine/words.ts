// Rules for what starts, keeps or ends something: a word typed key by key and then Enter. Enter alone, a paste, a reply of
// the terminal, and anything within GUARD ms after the question came up, confirm nothing.
import type { TransportQuestion } from '../../model/target.ts';
import type { WorkKind } from './state.ts';

export const READY_WORD: Record<'apply' | 'undo', string> = {
  apply: 'apply',
  undo: 'undo',
};
export const KEEP_WORD = 'keep';
export const ROLL_BACK_WORD = 'roll back';
export const EXTEND_WORD = 'extend';
/** What each word does with a transaction that is still open. */
export const OPEN_WORDS: readonly (readonly [word: string, WorkKind | 'extend-open'])[] = [
  [KEEP_WORD, 'keep-open'],
  [ROLL_BACK_WORD, 'roll-back-open'],
  [EXTEND_WORD, 'extend-open'],
];
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
