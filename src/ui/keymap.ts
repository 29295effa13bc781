// The key table. Rules: a key does nothing that is not listed here; footer and help are made from it; a command that cannot
// be used now says why instead of vanishing. Adding a screen = adding rows. Longer than 300 lines because it is one table.

import {
  applyDisabled,
  attestDisabled,
  changeDisabled,
  diffDisabled,
  knockDisabled,
  openRowDisabled,
  otherStepDisabled,
  otherViewDisabled,
  removeDisabled,
  revealDisabled,
  rowDisabled,
  suspendDisabled,
  toggleDisabled,
  undoDisabled,
  viewDisabled,
  waiveDisabled,
} from './key-reasons.ts';
import { nothingToConfirm } from './machine/dialogs.ts';
import { undoShown } from './machine/history.ts';
import { lockdownDisabled } from './machine/lockdown.ts';
import type { State } from './machine/state.ts';

/** What lies over a screen and reads keys first. */
type Over = 'small' | 'leaving' | 'ask' | 'help' | 'edit' | 'choose' | 'pick' | 'row' | 'search' | 'found';

/** Where keys are read: a dialog or editor over a screen, else the screen itself. */
export type Place = Over | State['screen']['name'];

export type Command =
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'top'
  | 'bottom'
  | 'change'
  | 'add'
  | 'remove'
  | 'take'
  | 'toggle'
  | 'explain'
  | 'system'
  | 'attest'
  | 'reveal'
  | 'waive'
  | 'diff'
  | 'apply'
  | 'skip'
  | 'undo'
  | 'history'
  | 'open-row'
  | 'lockdown'
  | 'next-step'
  | 'previous-step'
  | 'next-change'
  | 'previous-change'
  | 'fold'
  | 'search'
  | 'next-match'
  | 'previous-match'
  | 'leave-search'
  | 'back'
  | 'submit'
  | 'retry'
  | 'again'
  | 'open-transaction'
  | 'view'
  | 'knock'
  | 'next-view'
  | 'previous-view'
  | 'suspend'
  | 'guide'
  | 'help'
  | 'quit'
  | 'leave-now';

export type Binding = {
  readonly command: Command;
  readonly keys: readonly string[];
  /** How the keys are named on the screen. */
  readonly show: string;
  readonly label: string;
  /** Longer words for the help screen. */
  readonly about: string;
  readonly places: readonly Place[];
  /** Told with the row of another key, so it has none of its own in the help. */
  readonly unlisted?: true;
  /** In the footer too, most wanted first; without it in the help alone. */
  readonly footer?: true | ((state: State) => boolean);
  /** undefined = can be used now; otherwise why not. */
  readonly disabled?: (state: State) => string | undefined;
};

// Groups of places, so that a new screen is named once for what it has in common with others.
const READING: readonly Place[] = ['diff', 'found', 'explain', 'system', 'help', 'report', 'reveal'];
const LISTS: readonly Place[] = [...READING, 'room', 'view', 'table', 'history', 'failed'];
const CONFIRMING: readonly Place[] = ['ready', 'decide', 'ask', 'leaving'];
const EDITING: readonly Place[] = ['edit', 'choose', 'pick', 'row'];
const WORKING: readonly Place[] = ['connect', 'discover', 'applying'];
/** Where letters are text. */
const TYPING: readonly Place[] = [
  ...CONFIRMING,
  ...EDITING,
  'target',
  'lockdown',
  'statement',
  'search',
  'small',
];
/** Screens that a room opens and Escape closes. */
const SIDE: readonly Place[] = ['explain', 'system', 'diff', 'view', 'history', 'help', 'reveal'];
const ALL: readonly Place[] = [
  ...new Set<Place>([
    ...LISTS,
    ...CONFIRMING,
    ...EDITING,
    ...WORKING,
    'target',
    'lockdown',
    'statement',
    'search',
    'small',
  ]),
];

export const KEYS: readonly Binding[] = [
  {
    command: 'up',
    keys: ['up', 'k'],
    show: '↑',
    label: 'up',
    about: 'one line up',
    places: LISTS,
    unlisted: true,
  },
  {
    command: 'down',
    keys: ['down', 'j'],
    show: '↑↓',
    label: 'move',
    about: 'one line up or down (also k, j)',
    places: LISTS,
    footer: true,
  },
  {
    command: 'up',
    keys: ['up'],
    show: '↑',
    label: 'up',
    about: 'previous choice',
    places: ['choose', 'pick'],
    unlisted: true,
  },
  {
    command: 'down',
    keys: ['down'],
    show: '↑↓',
    label: 'move',
    about: 'another choice',
    places: ['choose', 'pick'],
    footer: true,
  },
  {
    command: 'up',
    keys: ['up'],
    show: '↑',
    label: 'up',
    about: 'back towards the field',
    places: ['target'],
    unlisted: true,
  },
  {
    command: 'down',
    keys: ['down'],
    show: '↑↓',
    label: 'choose',
    about: 'one of the machines that are known here',
    places: ['target'],
    footer: (state) => state.known.length > 0,
  },
  {
    command: 'page-up',
    keys: ['page-up', 'b'],
    show: 'PgUp',
    label: 'page up',
    about: 'one page up (also b)',
    places: READING,
    unlisted: true,
  },
  {
    command: 'page-down',
    keys: ['page-down', 'space'],
    show: 'PgUp PgDn',
    label: 'page',
    about: 'one page up or down (also b, Space)',
    places: [...READING, 'failed'],
  },
  {
    command: 'page-up',
    keys: ['page-up'],
    show: 'PgUp',
    label: 'page up',
    about: 'several lines up',
    places: ['room', 'view', 'table', 'history', 'failed'],
    unlisted: true,
  },
  {
    command: 'page-down',
    keys: ['page-down'],
    show: 'PgUp PgDn',
    label: 'page',
    about: 'several lines up or down',
    places: ['room', 'view', 'table', 'history'],
  },
  {
    command: 'top',
    keys: ['home', 'g'],
    show: 'Home',
    label: 'top',
    about: 'to the top (also g)',
    places: LISTS,
    unlisted: true,
  },
  {
    command: 'bottom',
    keys: ['end', 'G'],
    show: 'Home End',
    label: 'top, bottom',
    about: 'to the top or the bottom (also g, G)',
    places: LISTS,
  },
  {
    command: 'change',
    keys: ['enter'],
    show: 'Enter',
    label: 'change',
    about: 'change the answer to this question',
    places: ['room'],
    footer: true,
    disabled: changeDisabled,
  },
  {
    command: 'change',
    keys: ['enter'],
    show: 'Enter',
    label: 'change',
    about: 'change this row; on a ready row: take it in, or leave it',
    places: ['table'],
    footer: true,
    disabled: rowDisabled,
  },
  {
    command: 'add',
    keys: ['a', '+'],
    show: 'a',
    label: 'add',
    about: 'a new row (also +)',
    places: ['table'],
    footer: true,
  },
  {
    command: 'remove',
    keys: ['delete', 'D'],
    show: 'Del',
    label: 'remove',
    about: 'take this row out (also D)',
    places: ['table'],
    footer: true,
    disabled: removeDisabled,
  },
  {
    command: 'take',
    keys: ['t'],
    show: 't',
    label: 'take it',
    about: 'make these rows the answer',
    places: ['table'],
    footer: true,
  },
  {
    command: 'back',
    keys: ['escape'],
    show: 'Esc',
    label: 'leave as it was',
    about: 'leave the answer as it was; asks once more where rows were changed',
    places: ['table'],
    footer: true,
  },
  {
    command: 'down',
    keys: ['down', 'tab'],
    show: '↑↓',
    label: 'move',
    about: 'another cell of the row',
    places: ['row'],
    footer: true,
  },
  {
    command: 'toggle',
    keys: ['space'],
    show: 'Space',
    label: 'on/off',
    about: 'take a finding into the plan, or leave it out',
    places: ['room'],
    footer: true,
    disabled: toggleDisabled,
  },
  {
    command: 'toggle',
    keys: ['space'],
    show: 'Space',
    label: 'in/out',
    about: 'take this line in, or leave it out',
    places: ['pick'],
    footer: true,
  },
  {
    command: 'explain',
    keys: ['x'],
    show: 'x',
    label: 'explain',
    about: 'all that is known about this line: why, what is read, what may break',
    places: ['room'],
    footer: true,
  },
  {
    command: 'system',
    keys: ['i'],
    show: 'i',
    label: 'host',
    about: 'what was found on the host, and why this profile is walked',
    places: ['room'],
  },
  {
    command: 'back',
    keys: ['enter'],
    show: 'Enter',
    label: 'go on',
    about: 'on to the steps',
    places: ['system'],
    footer: true,
  },
  {
    command: 'attest',
    keys: ['t'],
    show: 't',
    label: 'attest',
    about: 'say what no tool can see: recorded with your reason and a last day',
    places: ['room'],
    footer: (state) => attestDisabled(state) === undefined,
    disabled: attestDisabled,
  },
  {
    command: 'waive',
    keys: ['w'],
    show: 'w',
    label: 'waive',
    about: 'leave a finding as it is, with a reason and a last day',
    places: ['room'],
    footer: (state) => waiveDisabled(state) === undefined,
    disabled: waiveDisabled,
  },
  {
    command: 'view',
    keys: ['v'],
    show: 'v',
    label: 'view',
    about: 'what this step sees on the host, as a table',
    places: ['room'],
    footer: true,
    disabled: viewDisabled,
  },
  {
    command: 'knock',
    keys: ['r'],
    show: 'r',
    label: 'knock again',
    about: 'knock at the ports of this table from here once more',
    places: ['view'],
    disabled: knockDisabled,
  },
  {
    command: 'next-view',
    keys: ['tab', 'right'],
    show: 'Tab',
    label: 'next table',
    about: 'to the next table (also →)',
    places: ['view'],
    footer: true,
    disabled: otherViewDisabled,
  },
  {
    command: 'previous-view',
    keys: ['shift-tab', 'left'],
    show: 'Shift-Tab',
    label: 'previous table',
    about: 'to the previous table (also ←)',
    places: ['view'],
    disabled: otherViewDisabled,
  },
  {
    command: 'diff',
    keys: ['d'],
    show: 'd',
    label: 'diff',
    about: 'every change, line by line, before anything happens',
    places: ['room'],
    footer: true,
    disabled: diffDisabled,
  },
  {
    command: 'apply',
    keys: ['a'],
    show: 'a',
    label: 'apply',
    about: 'go on to applying; asks for a word first',
    places: ['room', 'diff'],
    footer: true,
    disabled: applyDisabled,
  },
  {
    command: 'next-step',
    keys: ['tab', 'right'],
    show: 'Tab',
    label: 'next step',
    about: 'to the next step (also →)',
    places: ['room'],
    footer: (state) => otherStepDisabled(state) === undefined,
    disabled: otherStepDisabled,
  },
  {
    command: 'previous-step',
    keys: ['shift-tab', 'left'],
    show: 'Shift-Tab',
    label: 'previous step',
    about: 'to the previous step (also ←)',
    places: ['room'],
    disabled: otherStepDisabled,
  },
  {
    command: 'undo',
    keys: ['u'],
    show: 'u',
    label: 'undo',
    about: 'what undoing the last kept run would do; asks for a word first',
    places: ['room', 'report'],
    footer: true,
    disabled: undoDisabled,
  },
  {
    command: 'history',
    keys: ['h'],
    show: 'h',
    label: 'history',
    about: 'what was done on this host; a run or a part of it can be undone from there',
    places: ['room', 'report'],
    footer: true,
  },
  {
    command: 'open-row',
    keys: ['enter'],
    show: 'Enter',
    label: 'open',
    about: 'before, what was written, and now; and the way to undo it',
    places: ['history'],
    footer: true,
    disabled: openRowDisabled,
  },
  {
    command: 'up',
    keys: ['up'],
    show: '↑',
    label: 'up',
    about: 'one line up',
    places: ['ready'],
    unlisted: true,
  },
  {
    command: 'down',
    keys: ['down'],
    show: '↑↓',
    label: 'read on',
    about: 'one line up or down',
    places: ['ready'],
    footer: undoShown,
  },
  {
    command: 'page-up',
    keys: ['page-up'],
    show: 'PgUp',
    label: 'page up',
    about: 'one page up',
    places: ['ready'],
    unlisted: true,
  },
  {
    command: 'page-down',
    keys: ['page-down'],
    show: 'PgUp PgDn',
    label: 'page',
    about: 'one page up or down',
    places: ['ready'],
  },
  {
    command: 'skip',
    keys: ['s'],
    show: 's',
    label: 'skip',
    about: 'leave this step out of the plan, or take it in again',
    places: ['room'],
    footer: true,
  },
  {
    command: 'lockdown',
    keys: ['L'],
    show: 'L',
    label: 'lock',
    about: 'emergency: administration from your addresses only, or the way back; asks for a word first',
    places: ['connect', 'discover', 'room', 'explain', 'system', 'diff', 'applying', 'report', 'failed'],
    footer: true,
    disabled: lockdownDisabled,
  },
  {
    command: 'back',
    keys: ['escape'],
    show: 'Esc',
    label: 'back',
    about: 'go back; nothing is started',
    places: ['lockdown', 'statement'],
    footer: true,
  },
  {
    command: 'submit',
    keys: ['enter'],
    show: 'Enter',
    label: 'go on',
    about: 'to the next answer; after the word: begin, or unlock',
    places: ['lockdown'],
    footer: true,
  },
  {
    command: 'submit',
    keys: ['enter'],
    show: 'Enter',
    label: 'next, or record',
    about: 'to the next answer; after the last one: record it',
    places: ['statement'],
    footer: true,
  },
  {
    command: 'down',
    keys: ['down', 'tab'],
    show: '↑↓',
    label: 'move',
    about: 'another answer',
    places: ['lockdown', 'statement'],
    footer: true,
  },
  {
    command: 'open-transaction',
    keys: ['o'],
    show: 'o',
    label: 'open transaction',
    about: 'see the transaction that is still open on the host',
    places: ['room'],
    disabled: (state) => (state.unfinished === null ? 'no transaction is open on the host' : undefined),
  },
  {
    command: 'next-change',
    keys: ['n'],
    show: 'n',
    label: 'next',
    about: 'to the next change',
    places: ['diff'],
    footer: true,
  },
  {
    command: 'previous-change',
    keys: ['p'],
    show: 'p',
    label: 'previous',
    about: 'to the previous change',
    places: ['diff'],
    footer: true,
  },
  {
    command: 'fold',
    keys: ['f'],
    show: 'f',
    label: 'fold',
    about: 'fold or unfold the change at the top of the screen',
    places: ['diff', 'found'],
    footer: (state) => state.screen.name === 'diff' && state.screen.search === null,
  },
  {
    command: 'search',
    keys: ['/'],
    show: '/',
    label: 'search',
    about: 'look for a text in all changes, folded ones too',
    places: ['diff', 'found'],
    footer: true,
  },
  {
    command: 'next-match',
    keys: ['n'],
    show: 'n',
    label: 'next match',
    about: 'to the next match; after the last one: the first',
    places: ['found'],
    footer: true,
  },
  {
    command: 'previous-match',
    keys: ['N', 'p'],
    show: 'N',
    label: 'previous match',
    about: 'to the match before it (also p)',
    places: ['found'],
    footer: true,
  },
  {
    command: 'leave-search',
    keys: ['escape'],
    show: 'Esc',
    label: 'leave the search',
    about: 'leave the search; the diff stays where it is',
    places: ['found'],
    footer: true,
  },
  {
    command: 'submit',
    keys: ['enter'],
    show: 'Enter',
    label: 'to the matches',
    about: 'take the text; n and N go from match to match',
    places: ['search'],
    footer: true,
  },
  {
    command: 'back',
    keys: ['escape'],
    show: 'Esc',
    label: 'leave the search',
    about: 'leave the search; the diff is as it was before it',
    places: ['search'],
    footer: true,
  },
  {
    command: 'submit',
    keys: ['enter'],
    show: 'Enter',
    label: 'connect',
    about: 'connect to the host',
    places: ['target'],
    footer: true,
  },
  {
    command: 'submit',
    keys: ['enter'],
    show: 'Enter',
    label: 'take it',
    about: 'take the answer',
    places: EDITING,
    footer: true,
  },
  {
    command: 'submit',
    keys: ['enter'],
    show: 'Enter',
    label: 'confirm',
    about: 'confirm the word that was typed',
    places: CONFIRMING,
    footer: (state) => !nothingToConfirm(state),
  },
  {
    command: 'back',
    keys: ['escape'],
    show: 'Esc',
    label: 'leave as it was',
    about: 'leave the answer as it was',
    places: EDITING,
    footer: true,
  },
  {
    command: 'back',
    keys: ['escape'],
    show: 'Esc',
    label: 'back',
    about: 'go back; nothing is started',
    places: [...SIDE, 'ready', 'leaving'],
    footer: true,
  },
  {
    command: 'back',
    keys: ['escape'],
    show: 'Esc',
    label: 'decline',
    about: 'do not answer; the connection is given up',
    places: ['ask'],
    footer: true,
  },
  {
    command: 'back',
    keys: ['escape'],
    show: 'Esc',
    label: 'what if I wait',
    about: 'says what happens when nothing is typed',
    places: ['decide'],
    footer: true,
  },
  {
    command: 'back',
    keys: ['q'],
    show: 'q',
    label: 'back',
    about: 'go back',
    places: SIDE,
  },
  {
    command: 'retry',
    keys: ['r'],
    show: 'r',
    label: 'try again',
    about: 'try the same thing again',
    places: ['failed'],
    footer: true,
  },
  {
    command: 'back',
    keys: ['escape'],
    show: 'Esc',
    label: 'another host',
    about: 'name another host; once this one was read: back to the step',
    places: ['failed'],
    footer: (state) => state.survey === null,
  },
  {
    command: 'back',
    keys: ['b'],
    show: 'b',
    label: 'back to the step',
    about: 'go back to the step',
    places: ['failed'],
    footer: (state) => state.survey !== null,
    disabled: (state) => (state.survey === null ? 'nothing was read yet' : undefined),
  },
  {
    command: 'again',
    keys: ['c'],
    show: 'c',
    label: 'look again',
    about: 'read the host again and go on',
    places: ['report'],
    footer: true,
  },
  {
    command: 'guide',
    keys: ['e'],
    show: 'e',
    label: 'guide',
    about: 'plain words on every screen: on, or off; remembered on this machine',
    // Where text is typed, an e is text.
    places: ALL.filter((it) => !TYPING.includes(it)),
    footer: (state) => state.guide,
  },
  {
    command: 'reveal',
    keys: ['n'],
    show: 'n',
    label: 'new secrets',
    about: 'show the new values once; nothing of them stays on the terminal',
    places: ['report'],
    footer: (state) => revealDisabled(state) === undefined,
    disabled: revealDisabled,
  },
  {
    command: 'help',
    keys: ['?'],
    show: '?',
    label: 'help',
    about: 'this list',
    // Where text is typed, a question mark is text.
    places: ALL.filter(
      (it) =>
        ![
          ...EDITING,
          'target',
          'lockdown',
          'statement',
          'search',
          'ask',
          'leaving',
          'help',
          'small',
        ].includes(it),
    ),
    footer: true,
  },
  {
    command: 'quit',
    keys: ['q'],
    show: 'q',
    label: 'leave',
    about: 'leave Portcullis',
    places: [...WORKING, 'room', 'report', 'failed', 'small'],
    footer: true,
  },
  {
    command: 'quit',
    keys: ['escape'],
    show: 'Esc',
    label: 'leave',
    about: 'leave Portcullis (asks first while a change is under way)',
    places: ['applying'],
  },
  {
    command: 'suspend',
    keys: ['ctrl-z'],
    show: 'Ctrl-Z',
    label: 'stop',
    about: 'back to the shell for a while; fg comes back here',
    places: ALL,
    disabled: suspendDisabled,
  },
  {
    command: 'quit',
    keys: ['escape'],
    show: 'Esc',
    label: 'leave',
    about: 'leave Portcullis',
    places: ['target'],
    footer: true,
  },
  {
    command: 'leave-now',
    keys: ['ctrl-c'],
    show: 'Ctrl-C',
    label: 'leave',
    about: 'leave; twice while something is armed',
    places: ALL,
  },
];
