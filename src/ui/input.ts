// Bytes of the terminal → what a person did. Rules: replies of the terminal (CSI reports, OSC, DCS, APC) are swallowed,
// whole or in pieces; a bracketed paste, and text that comes in one piece with its own Enter, is a paste; nothing else
// than a key alone is Enter. We parse ourselves because Ink 6 passes replies and pastes on as if they were typed.
import type { InputEvent } from './machine/event.ts';

export type InputState = {
  /** Bytes of a sequence that is not complete yet. */
  readonly pending: string;
  /** Text of a bracketed paste that is not closed yet; null outside. */
  readonly paste: string | null;
};

export const initialInput: InputState = { pending: '', paste: null };

const PASTE_START = '\u001b[200~';
const PASTE_END = '\u001b[201~';
/** A reply or paste longer than this is not one: what came is dropped. */
const LONGEST = 1 << 20;

const CSI_KEYS: Record<string, string> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  Z: 'shift-tab',
  '1~': 'home',
  '7~': 'home',
  '4~': 'end',
  '8~': 'end',
  '3~': 'delete',
  '5~': 'page-up',
  '6~': 'page-down',
};

const CONTROLS: Record<string, string> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u0003': 'ctrl-c',
  '\u0015': 'ctrl-u',
  '\u001a': 'ctrl-z',
  '\u001b': 'escape',
};

function key(name: string, text = ''): InputEvent {
  return { type: 'key', key: name, text };
}

type Piece = { readonly length: number; readonly event?: InputEvent } | 'incomplete';

/** The escape sequence at `at`: a key, something to swallow, or not complete yet. */
function sequence(text: string, at: number): Piece {
  const second = text[at + 1];
  if (second === undefined) return 'incomplete';
  if (second === '[') return csi(text, at);
  if (second === 'O') {
    const final = text[at + 2];
    if (final === undefined) return 'incomplete';
    const name = CSI_KEYS[final];
    return name === undefined ? { length: 3 } : { length: 3, event: key(name) };
  }
  // OSC, DCS, APC, PM, SOS: to the string terminator; OSC also ends at BEL.
  if (']P_^X'.includes(second)) return string(text, at);
  if (second === '\u001b') return { length: 1, event: key('escape') };
  // Alt with a key: not one of ours.
  return { length: 1 + ((text.codePointAt(at + 1) ?? 0) > 0xffff ? 2 : 1) };
}

function csi(text: string, at: number): Piece {
  let end = at + 2;
  while (end < text.length && /[\u0020-\u003f]/.test(text[end] ?? '')) end += 1;
  const final = text[end];
  if (final === undefined) return 'incomplete';
  const length = end - at + 1;
  // A control in the middle of a sequence cancels it.
  if (!/[\u0040-\u007e]/.test(final)) return { length: end - at };
  const parameters = text.slice(at + 2, end);
  const name = parameters === '' ? CSI_KEYS[final] : CSI_KEYS[`${parameters}${final}`];
  return name === undefined ? { length } : { length, event: key(name) };
}

function string(text: string, at: number): Piece {
  for (let end = at + 2; end < text.length; end += 1) {
    if (text[end] === '\u0007') return { length: end - at + 1 };
    if (text[end] === '\u001b') {
      if (text[end + 1] === undefined) return 'incomplete';
      return { length: end - at + (text[end + 1] === '\\' ? 2 : 0) };
    }
  }
  return 'incomplete';
}

function typedKey(character: string): InputEvent {
  const control = CONTROLS[character];
  if (control !== undefined) return key(control);
  if (character === ' ') return key('space', ' ');
  return key(character, character);
}

/** Fewer letters than any word that confirms: over a slow line the last ones and the Enter may arrive together. */
const TYPED_TOGETHER = 3;

/** Text between escape sequences: keys, or a paste when it brings a whole word and its line end along. */
function typed(text: string): InputEvent[] {
  const characters = Array.from(text);
  const printable = characters.filter((it) => it >= ' ' && it !== '\u007f').length;
  const lineEnds = characters.filter((it) => it === '\r' || it === '\n').length;
  const typing = printable <= TYPED_TOGETHER && lineEnds === 1 && /[\r\n]$/.test(text);
  if (printable > 0 && lineEnds > 0 && !typing) {
    const interrupt = characters.includes('\u0003') ? [key('ctrl-c')] : [];
    return [{ type: 'paste', text }, ...interrupt];
  }
  return characters
    .filter((it) => it in CONTROLS || (it >= ' ' && !(it >= '\u007f' && it <= '\u009f')))
    .map(typedKey);
}

/** What a chunk means, after what came before it. */
export function readInput(state: InputState, chunk: string): readonly [InputState, readonly InputEvent[]] {
  let text = state.pending + chunk;
  let { paste } = state;
  const events: InputEvent[] = [];
  if (text.length > LONGEST) return [initialInput, []];
  while (text !== '') {
    if (paste !== null) {
      const end = text.indexOf(PASTE_END);
      if (end < 0) {
        // The end mark may be split: keep what could be its beginning.
        const hold = Math.min(text.length, PASTE_END.length - 1);
        paste = (paste + text.slice(0, text.length - hold)).slice(0, LONGEST);
        return [{ pending: text.slice(text.length - hold), paste }, events];
      }
      events.push({ type: 'paste', text: paste + text.slice(0, end) });
      paste = null;
      text = text.slice(end + PASTE_END.length);
      continue;
    }
    const mark = text.indexOf('\u001b');
    const before = mark < 0 ? text : text.slice(0, mark);
    if (before !== '') {
      events.push(...typed(before));
      text = text.slice(before.length);
      continue;
    }
    if (text.startsWith(PASTE_START)) {
      paste = '';
      text = text.slice(PASTE_START.length);
      continue;
    }
    const piece = sequence(text, 0);
    if (piece === 'incomplete') return [{ pending: text, paste }, events];
    if (piece.event !== undefined) events.push(piece.event);
    text = text.slice(Math.max(1, piece.length));
  }
  return [{ pending: '', paste }, events];
}

/** How long to wait for the rest of what is pending, in ms: a person's Escape must not wait, a slow reply may. */
export function settleDelay(state: InputState): number {
  return state.pending === '\u001b' ? 50 : 500;
}

/** Nothing more came for a while: a lone Escape was the key; anything else that is unfinished is thrown away. */
export function settleInput(state: InputState): readonly [InputState, readonly InputEvent[]] {
  if (state.paste !== null || state.pending === '') return [state, []];
  return [initialInput, state.pending === '\u001b' ? [key('escape')] : []];
}
