// The lockdown screen: what stays allowed, for how long, why, and the word. Rules: it begins only by the whole word typed here,
// with every answer in order; Escape always goes back to where one came from; while locked the only thing to do is to unlock.
import type { Survey } from '../../model/session.ts';
import {
  LOCKDOWN_WORD,
  type LockdownAnswers,
  type LockdownRead,
  lockdownSight,
  readLockdown,
  UNLOCK_WORD,
} from '../../report/lockdown-form.ts';
import type { Effect } from './effect.ts';
import type { InputEvent } from './event.ts';
import { editField, emptyField, type Field } from './field.ts';
import { startRun } from './run.ts';
import { armed, type Screen, type State, working } from './state.ts';
import { sameWord } from './words.ts';

type Result = readonly [State, readonly Effect[]];
export type LockdownScreen = Screen & { readonly name: 'lockdown' };
export type LockdownField = keyof LockdownAnswers | 'word';

const FIELDS: readonly LockdownField[] = ['others', 'ttl', 'reason', 'word'];
const none: readonly Effect[] = [];

/** Why there is no lockdown from here; undefined when there is. */
export function lockdownDisabled(state: State): string | undefined {
  if (armed(state) || working(state))
    return 'a change is being made; keep it or take it back first, or run portcullis lockdown in another window';
  if (state.mode === 'dry-run') return 'this is a dry run, nothing is changed';
  if (state.survey === null) return 'the host was not read yet';
  if (state.survey.context.connection.root === 'none') return 'there is no way to root on this login';
  if (state.unfinished !== null) return 'a transaction is still open on the host; press o to see it';
  return undefined;
}

/** The lockdown that the last look found. */
export function lockedIn({ context }: Survey): State['lockdown'] {
  const fact = context.readings.lockdown;
  if (fact.kind !== 'known' || fact.value.record === null) return null;
  return { record: fact.value.record, loaded: fact.value.loaded };
}

/** Opens over whatever is shown now. */
export function openLockdown(state: State): State {
  const from = state.screen;
  const screen: Screen = {
    name: 'lockdown',
    ...{ from, others: emptyField, ttl: emptyField, reason: emptyField, word: emptyField },
    at: state.lockdown === null ? 'others' : 'word',
  };
  return { ...state, screen, entered: state.now, notice: null, help: null };
}

/** What was typed, read as a lockdown wants it. */
export function lockdownTyped({ others, ttl, reason }: LockdownScreen): LockdownRead {
  return readLockdown({ others: others.text, ttl: ttl.text, reason: reason.text });
}

export function updateLockdown(state: State, screen: LockdownScreen, input: InputEvent): Result {
  const key = input.type === 'key' ? input.key : '';
  if (key === 'escape') return [{ ...state, screen: screen.from, entered: state.now, notice: null }, none];
  if (key === 'enter') return entered(state, screen);
  if (state.lockdown === null) {
    if (key === 'up' || key === 'shift-tab') return [moved(state, screen, -1), none];
    if (key === 'down' || key === 'tab') return [moved(state, screen, 1), none];
  }
  if (input.type === 'paste' && screen.at === 'word')
    return [{ ...state, notice: 'The word is typed, not pasted.' }, none];
  const field: Field | undefined = editField(screen[screen.at], input);
  if (field === undefined) return [state, none];
  return [{ ...state, screen: { ...screen, [screen.at]: field }, notice: null }, none];
}

function moved(state: State, screen: LockdownScreen, by: number): State {
  const to = FIELDS[Math.max(0, Math.min(FIELDS.length - 1, FIELDS.indexOf(screen.at) + by))] ?? 'word';
  return { ...state, screen: { ...screen, at: to }, notice: null };
}

function entered(state: State, screen: LockdownScreen): Result {
  if (state.lockdown !== null) {
    if (!sameWord(screen.word.text, UNLOCK_WORD))
      return [{ ...state, notice: `Type ${UNLOCK_WORD}, then press Enter. Esc goes back.` }, none];
    return [begun(state, 'unlock'), [{ type: 'unlock' }]];
  }
  const read = lockdownTyped(screen);
  if (screen.at !== 'word') {
    // An answer that cannot be is not left behind.
    if (!read.ok && read.at === screen.at) return [{ ...state, notice: sentence(read.problem) }, none];
    return [moved(state, screen, 1), none];
  }
  const cannot = state.survey === null ? undefined : lockdownSight(state.survey.context).cannot;
  if (cannot !== undefined) return [{ ...state, notice: sentence(cannot) }, none];
  if (!read.ok)
    return [{ ...state, screen: { ...screen, at: read.at }, notice: sentence(read.problem) }, none];
  if (!sameWord(screen.word.text, LOCKDOWN_WORD))
    return [{ ...state, notice: `Type ${LOCKDOWN_WORD}, then press Enter. Esc goes back.` }, none];
  const { allow, ttl, reason } = read;
  const request = { level: 'restrict', allow, reason, ...(ttl === undefined ? {} : { ttl }) } as const;
  return [begun(state, 'lockdown'), [{ type: 'lockdown', request }]];
}

function begun(state: State, kind: 'lockdown' | 'unlock'): State {
  const run = startRun(kind, state.now);
  return {
    ...state,
    ...{ run, summary: null, screen: { name: 'applying' }, entered: state.now, notice: null },
  };
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
