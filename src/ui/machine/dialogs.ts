// What is answered with a typed word or text: ready, decide, ask, leave, target. The rules are in words.ts.
import type { Decision } from '../../model/session.ts';
import type { TransportQuestion } from '../../model/target.ts';
import { Secret } from '../../text/secret.ts';
import type { Effect } from './effect.ts';
import type { InputEvent } from './event.ts';
import { editField, emptyField, type Field } from './field.ts';
import { chosenToUndo, undoShown } from './history.ts';
import { armed, leaseLeft, type Screen, type State, type WorkKind } from './state.ts';
import {
  hostKeyWord,
  KEEP_WORD,
  LEAVE_WORD,
  OPEN_WORDS,
  READY_WORD,
  ROLL_BACK_WORD,
  sameWord,
  YES_WORD,
} from './words.ts';

type Result = readonly [State, readonly Effect[]];
const none: readonly Effect[] = [];

const PASTED =
  'That came in one piece, like a paste, and is not taken here. Type the word, then press Enter.';

function isKey(input: InputEvent, key: string): boolean {
  return input.type === 'key' && input.key === key;
}

/** A word field after typing; a paste is turned away with a reason. */
function typing(
  state: State,
  input: InputEvent,
  it: { readonly field: Field; readonly put: (word: Field) => State },
): State {
  if (input.type === 'paste') return { ...state, notice: PASTED };
  const word = editField(it.field, input);
  return word === undefined ? state : { ...it.put(word), notice: null };
}

/** The ready screen asks for no word: there is nothing to undo, or what it would do is still read. */
export function nothingToConfirm(state: State): boolean {
  const { screen } = state;
  return screen.name === 'ready' && screen.kind === 'undo' && (state.mode === 'dry-run' || !undoShown(state));
}

/** The work whose word was confirmed; update.ts starts it. */
export function updateReady(
  state: State,
  screen: Screen & { name: 'ready' },
  input: InputEvent,
): State | WorkKind | 'extend-open' {
  if (isKey(input, 'enter')) {
    if (screen.kind === 'open') {
      const wanted = OPEN_WORDS.find(([word]) => sameWord(screen.word.text, word));
      if (wanted !== undefined) return wanted[1];
      const words = OPEN_WORDS.map(([word]) => word).join(', ');
      return { ...state, notice: `Type one of ${words}, then press Enter. Esc goes back.` };
    }
    const word = READY_WORD[screen.kind];
    if (nothingToConfirm(state)) return { ...state, notice: whyNoUndo(state) };
    if (sameWord(screen.word.text, word)) return screen.kind;
    return { ...state, notice: `Type ${word}, then press Enter. Esc goes back.` };
  }
  return typing(state, input, {
    field: screen.word,
    put: (word) => ({ ...state, screen: { ...screen, word } }),
  });
}

function whyNoUndo(state: State): string {
  const chosen = chosenToUndo(state);
  if (chosen === undefined) return 'The journal is being read.';
  if (chosen.length === 0) return 'There is nothing to undo.';
  if (state.mode === 'dry-run') return 'This is a dry run: nothing is changed.';
  return 'What it would do is being read.';
}

/** Back to watching, with the word in mind. */
function decided(state: State, decision: Decision): Result {
  const run = state.run === null ? null : { ...state.run, decision };
  const back: State = { ...state, run, screen: { name: 'applying' }, entered: state.now, notice: null };
  return [back, [{ type: 'decide', decision }]];
}

export function updateDecide(state: State, screen: Screen & { name: 'decide' }, input: InputEvent): Result {
  if (isKey(input, 'enter')) {
    if (sameWord(screen.word.text, KEEP_WORD) && armed(state)) return decided(state, 'keep');
    if (sameWord(screen.word.text, ROLL_BACK_WORD)) return decided(state, 'roll-back');
    return [{ ...state, notice: `Type ${KEEP_WORD} or ${ROLL_BACK_WORD}, then press Enter.` }, none];
  }
  if (isKey(input, 'escape')) {
    const left = leaseLeft(state);
    const when = left === undefined ? 'when the lease ends' : `in ${left} s unless Portcullis renews it`;
    return [
      { ...state, notice: `Nothing is decided. The host takes the change back by itself ${when}.` },
      none,
    ];
  }
  return [
    typing(state, input, { field: screen.word, put: (word) => ({ ...state, screen: { ...screen, word } }) }),
    none,
  ];
}

/** A touch is only told; everything else waits its turn. */
export function asked(state: State, question: TransportQuestion): State {
  if (question.kind === 'touch') return { ...state, touch: question.prompt };
  const entered = state.asks.length === 0 ? state.now : state.entered;
  return { ...state, asks: [...state.asks, question], entered, notice: null };
}

export function updateAsk(state: State, input: InputEvent): Result {
  const question = state.asks[0];
  if (question === undefined) return [state, none];
  const answered: State = {
    ...state,
    asks: state.asks.slice(1),
    answer: emptyField,
    entered: state.now,
    notice: null,
  };
  if (isKey(input, 'escape')) return [answered, [{ type: 'reply', reply: { kind: 'decline' } }]];
  if (isKey(input, 'enter')) {
    if (question.kind === 'host-key') {
      if (sameWord(state.answer.text, hostKeyWord(question)))
        return [answered, [{ type: 'reply', reply: { kind: 'accept' } }]];
      return [
        {
          ...state,
          notice: 'Type the last 4 characters of the fingerprint, then press Enter. Esc declines.',
        },
        none,
      ];
    }
    if (question.kind === 'confirm') {
      if (sameWord(state.answer.text, YES_WORD))
        return [answered, [{ type: 'reply', reply: { kind: 'accept' } }]];
      return [{ ...state, notice: `Type ${YES_WORD}, then press Enter. Esc says no.` }, none];
    }
    if (state.answer.text === '' && question.kind === 'new-secret' && !question.again)
      return [answered, [{ type: 'reply', reply: { kind: 'accept' } }]];
    if (state.answer.text === '' && question.kind !== 'prompt')
      return [{ ...state, notice: 'Nothing was typed. Esc declines.' }, none];
    return [answered, [{ type: 'reply', reply: { kind: 'secret', secret: new Secret(state.answer.text) } }]];
  }
  if (question.kind === 'host-key')
    return [typing(state, input, { field: state.answer, put: (answer) => ({ ...state, answer }) }), none];
  const answer = editField(state.answer, input);
  return [answer === undefined ? state : { ...state, answer, notice: null }, none];
}

/** "leave" when the word was confirmed. */
export function updateLeaving(state: State, input: InputEvent): State | 'leave' {
  if (isKey(input, 'escape')) return { ...state, leaving: null, entered: state.now, notice: null };
  if (isKey(input, 'enter')) {
    if (sameWord(state.leaving?.word.text ?? '', LEAVE_WORD)) return 'leave';
    return { ...state, notice: `Type ${LEAVE_WORD}, then press Enter. Esc stays.` };
  }
  return typing(state, input, {
    field: state.leaving?.word ?? emptyField,
    put: (word) => ({ ...state, leaving: { word } }),
  });
}

/** Known machines that match what is typed. */
export function offered(state: State, word: Field): State['known'] {
  const typed = word.text.trim().toLowerCase();
  return state.known.filter(({ target }) => target.toLowerCase().includes(typed));
}

/** The host to visit. Nothing is confirmed here, so a paste is welcome; it still takes an Enter of its own. */
export function updateTarget(state: State, screen: Screen & { name: 'target' }, input: InputEvent): Result {
  const list = offered(state, screen.word);
  const rowAt = (row: number): Result => [
    { ...state, screen: { ...screen, row: Math.max(-1, Math.min(list.length - 1, row)) }, notice: null },
    none,
  ];
  if (isKey(input, 'down')) return rowAt(screen.row + 1);
  if (isKey(input, 'up')) return rowAt(screen.row - 1);
  if (isKey(input, 'enter')) {
    const target = list[screen.row]?.target ?? screen.word.text.trim();
    if (target === '') {
      const notice =
        list.length === 0
          ? 'Type a host, like ana@shop.example.com or an ssh alias.'
          : 'Type a host or an ssh alias, or choose one with ↓.';
      return [{ ...state, notice }, none];
    }
    const next: State = {
      ...state,
      target,
      stages: [],
      screen: { name: 'connect' },
      entered: state.now,
      startedAt: state.now,
      notice: null,
    };
    return [next, [{ type: 'connect', target }]];
  }
  const word = editField(screen.word, input);
  // What is typed narrows the list, so the mark goes back to the field: Enter takes what is written there.
  return [
    word === undefined ? state : { ...state, screen: { ...screen, word, row: -1 }, notice: null },
    none,
  ];
}
