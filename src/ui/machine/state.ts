// The whole wizard as one value. Rules: plain data, replaced never mutated; screens add a member to Screen and a reducer
// of their own; whatever more than one screen needs lives in State. Long because what every screen holds is declared in one place.
import type { AnswerValue, ProofResult } from '../../model/control.ts';
import type { RunSummary } from '../../model/event.ts';
import type { LockdownRecord } from '../../model/lockdown.ts';
import type { OutsideSight } from '../../model/outside.ts';
import type { Plan } from '../../model/plan.ts';
import type { Decision, NewSecret, Survey } from '../../model/session.ts';
import type { StatementKind } from '../../model/statement.ts';
import type { Connection, KnownTarget, TransportQuestion } from '../../model/target.ts';
import type { TransactionSides } from '../../model/three-way.ts';
import type { TransactionState, TransactionStatus } from '../../model/transaction.ts';
import type { DiffRow } from './diff-rows.ts';
import type { DiffSearch } from './diff-search.ts';
import type { Problem, Work } from './event.ts';
import { emptyField, type Field } from './field.ts';
import type { TableForm } from './table.ts';
import type { UndoRows } from './undo-rows.ts';

export type Mode = 'live' | 'dry-run';
export type Size = { readonly rows: number; readonly columns: number };

export const MINIMUM: Size = { rows: 16, columns: 60 };

/** What the ready screen is about, and what a typed word starts there. */
export type ReadyKind = 'apply' | 'undo' | 'open';
export type WorkKind = 'apply' | 'undo' | 'roll-back-open' | 'keep-open';

export type Screen =
  /** `row`: place in the list of known machines that match what is typed; -1 is the field itself. */
  | { readonly name: 'target'; readonly word: Field; readonly row: number }
  | { readonly name: 'connect' }
  | { readonly name: 'discover' }
  | { readonly name: 'room' }
  | { readonly name: 'explain'; readonly top: number }
  /** What was found, and the profile because of it. */
  | { readonly name: 'system'; readonly top: number }
  /** Which of the step's tables, and the row under the cursor. */
  | { readonly name: 'view'; readonly table: number; readonly row: number }
  | {
      readonly name: 'table';
      /** Id of the question. */
      readonly question: string;
      /** The copy that is edited. */
      readonly entries: readonly string[];
      readonly row: number;
      readonly form: TableForm | null;
      /** Escape was pressed once over rows that are not taken. */
      readonly warned: boolean;
    }
  | {
      readonly name: 'diff';
      readonly top: number;
      /** Made once, when the screen opens or the window changes. */
      readonly all: readonly DiffRow[];
      /** Those that are not folded away. */
      readonly rows: readonly DiffRow[];
      readonly folded: ReadonlySet<string>;
      readonly search: DiffSearch | null;
    }
  | {
      readonly name: 'ready';
      readonly kind: ReadyKind;
      readonly word: Field;
      readonly top: number;
      /** Of an undo: the row of the journal it was opened from; null: not from there. */
      readonly from: number | null;
      /** Of an undo: these transactions; null: the last run, not read yet. */
      readonly chosen: readonly string[] | null;
    }
  /** The row of the journal under the cursor. */
  | { readonly name: 'history'; readonly row: number }
  | {
      readonly name: 'lockdown';
      /** Where Escape goes. */
      readonly from: Screen;
      readonly at: 'others' | 'ttl' | 'reason' | 'word';
      readonly others: Field;
      readonly ttl: Field;
      readonly reason: Field;
      readonly word: Field;
    }
  | {
      readonly name: 'statement';
      readonly kind: StatementKind;
      /** Id of the control that is spoken about. */
      readonly control: string;
      readonly at: 'reason' | 'until';
      readonly reason: Field;
      readonly until: Field;
    }
  | { readonly name: 'applying' }
  | { readonly name: 'decide'; readonly word: Field }
  | { readonly name: 'report'; readonly top: number }
  /** New values, taken from the session: whoever closes this screen has seen them. */
  | { readonly name: 'reveal'; readonly secrets: readonly NewSecret[]; readonly top: number }
  | { readonly name: 'failed'; readonly during: Work; readonly problem: Problem; readonly top: number };

/** One transaction of the run as the host reported it. */
export type TransactionView = {
  readonly id: string;
  /** Its stage in words, else its step. */
  readonly name: string;
  readonly state: TransactionState;
  readonly details: Readonly<Partial<Record<TransactionState, string>>>;
};

export type ProofView = {
  readonly id: string;
  readonly title: string;
  readonly viewpoint: string;
  readonly expect: string;
  readonly state: 'waiting' | 'running' | ProofResult['outcome'];
  readonly seen: string;
};

/** A lockdown that stands, and whether the kernel really has its rules. */
export type Locked = { readonly record: LockdownRecord; readonly loaded: boolean };

/** The part of the run that is under way; it is kept or taken back by itself. */
export type StageView = {
  /** From 1. */
  readonly number: number;
  readonly total: number;
  readonly name: string;
  readonly next: readonly string[];
  /** Transactions of the run before it. */
  readonly before: number;
};

export type Run = {
  readonly kind: WorkKind | 'lockdown' | 'unlock';
  readonly startedAt: number;
  /** Null before the first one began. */
  readonly stage: StageView | null;
  readonly transactions: readonly TransactionView[];
  /** Seconds, as last reported at `at`. Null when nothing is armed. */
  readonly lease: { readonly left: number; readonly length: number; readonly at: number } | null;
  readonly progress: { readonly done: number; readonly total: number; readonly detail: string } | null;
  /** Whether the rest of the plan came out as shown once packages were installed; null before that. */
  readonly again: 'same' | 'changed' | null;
  /** Those of this stage. */
  readonly proofs: readonly ProofView[];
  readonly rechecks: readonly string[];
  /** The newest one. */
  readonly card: { readonly path: string; readonly lines: readonly string[] } | null;
  /** Paths of all of the run, newest last. */
  readonly cards: readonly string[];
  /** Newest last; at most LOG_LIMIT lines. */
  readonly log: readonly string[];
  readonly lost: string | null;
  /** The operator's word about this stage, once it was given. */
  readonly decision: Decision | null;
};

/** The look from the operator's machine: under way, made, or not to be had. */
export type Outside =
  | { readonly kind: 'knocking'; readonly begun: number; readonly done: number; readonly total: number }
  | { readonly kind: 'seen'; readonly sight: OutsideSight }
  | { readonly kind: 'failed'; readonly reason: string };

export type Edit = {
  readonly question: string;
  /** What is typed: the answer, or what narrows a list that is picked from. */
  readonly field: Field;
  /** Marked choice, for questions with choices. */
  readonly choice: number;
  /** What is in, for lists that are picked from; else null. */
  readonly picked: readonly string[] | null;
};

export type Room = { readonly step: number; readonly row: number };

export type State = {
  readonly mode: Mode;
  readonly target: string;
  /** Offered where none was named. */
  readonly known: readonly KnownTarget[];
  readonly lease: number;
  /** First-time mode: plain words on every screen. */
  readonly guide: boolean;
  readonly size: Size;
  readonly now: number;
  readonly screen: Screen;
  /** When the screen, or a dialog over it, came up: confirmations ignore keys for GUARD ms after it. */
  readonly entered: number;
  readonly startedAt: number;
  readonly help: { readonly top: number } | null;
  readonly leaving: { readonly word: Field } | null;
  readonly asks: readonly TransportQuestion[];
  readonly answer: Field;
  readonly touch: string | null;
  readonly stages: readonly string[];
  readonly connection: Omit<Connection, 'client'> | null;
  readonly discovering: { readonly done: number; readonly total: number; readonly fact: string };
  readonly discovered: readonly string[];
  readonly survey: Survey | null;
  /** Null: nobody looked since the host was read. */
  readonly outside: Outside | null;
  readonly room: Room;
  readonly edit: Edit | null;
  readonly answers: ReadonlyMap<string, AnswerValue>;
  readonly without: ReadonlySet<string>;
  readonly skipped: ReadonlySet<string>;
  /** Step ids the command line asked for; empty = all of the profile. */
  readonly wanted: readonly string[];
  readonly plan: Plan | null;
  readonly planning: 'idle' | 'running' | 'again';
  readonly planDetail: string;
  /** Newest first; null: not read. */
  readonly history: readonly TransactionStatus[] | null;
  /** Of what an undo is shown for; null: not read. */
  readonly sides: readonly TransactionSides[] | null;
  /** `sides` as rows, and these as lines of a screen so wide; null together with `sides`. */
  readonly undo: UndoRows | null;
  /** Still open on the host, as seen at `unfinishedAt`. */
  readonly unfinished: TransactionStatus | null;
  readonly unfinishedAt: number;
  readonly lockdown: Locked | null;
  readonly run: Run | null;
  readonly summary: RunSummary | null;
  readonly notice: string | null;
};

export const GUARD = 300;
export const LOG_LIMIT = 200;

/** States of a transaction in which the host's own timer is set. */
export function armed(state: State): boolean {
  return state.run?.transactions.some((it) => ['ARMED', 'APPLYING', 'APPLIED'].includes(it.state)) ?? false;
}

/** The transaction of the stage that is under way; undefined before the host has it. */
export function transactionNow(run: Run): TransactionView | undefined {
  return run.transactions.slice(run.stage?.before ?? 0).at(-1);
}

/** Work on the host is under way, whether it is armed yet or not. */
export function working(state: State): boolean {
  return state.screen.name === 'applying' || state.screen.name === 'decide';
}

/** Whole seconds until the host takes the change back; undefined when it has not said so. */
export function leaseLeft(state: State): number | undefined {
  const lease = state.run?.lease;
  if (lease == null || !armed(state)) return undefined;
  return Math.max(0, Math.ceil(lease.left - (state.now - lease.at) / 1000));
}

export type Start = {
  readonly mode: Mode;
  /** Empty: the wizard asks, and offers these. */
  readonly target: string;
  readonly known?: readonly KnownTarget[];
  readonly size: Size;
  readonly at: number;
  /** Seconds. */
  readonly lease: number;
  readonly guide?: boolean;
};

export function initialState(start: Start): State {
  return {
    mode: start.mode,
    target: start.target,
    known: start.known ?? [],
    lease: start.lease,
    guide: start.guide ?? false,
    size: start.size,
    now: start.at,
    screen: start.target === '' ? { name: 'target', word: emptyField, row: -1 } : { name: 'connect' },
    entered: start.at,
    startedAt: start.at,
    help: null,
    leaving: null,
    asks: [],
    answer: emptyField,
    touch: null,
    stages: [],
    connection: null,
    discovering: { done: 0, total: 0, fact: '' },
    discovered: [],
    survey: null,
    outside: null,
    room: { step: 0, row: 0 },
    edit: null,
    answers: new Map(),
    without: new Set(),
    skipped: new Set(),
    wanted: [],
    plan: null,
    planning: 'idle',
    planDetail: '',
    history: null,
    sides: null,
    undo: null,
    unfinished: null,
    unfinishedAt: 0,
    lockdown: null,
    run: null,
    summary: null,
    notice: null,
  };
}
