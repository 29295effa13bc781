import type { AnswerValue } from '../../model/control.ts';
import type { RunSummary, SessionEvent } from '../../model/event.ts';
import type { OutsideSight } from '../../model/outside.ts';
import type { Plan } from '../../model/plan.ts';
import type { NewSecret, Survey } from '../../model/session.ts';
import type { TransportQuestion } from '../../model/target.ts';
import type { TransactionSides } from '../../model/three-way.ts';
import type { TransactionStatus } from '../../model/transaction.ts';

/** What the terminal sent, after src/ui/input.ts took out everything a person did not type. */
export type InputEvent =
  /** One key: its character, or a name like "page-up" (all names are in src/ui/input.ts). `text` is what it would insert into a field; empty for keys that insert nothing. */
  | { readonly type: 'key'; readonly key: string; readonly text: string }
  /** Came in one piece or in paste brackets: may fill a field, never confirms. */
  | { readonly type: 'paste'; readonly text: string };

/** An error on its way to the screen. Text is sanitised when shown. */
export type Problem = {
  readonly kind: 'user' | 'target' | 'bug';
  readonly message: string;
  readonly where: string | undefined;
  readonly hints: readonly string[];
  readonly evidence: readonly string[];
  readonly exitCode: number;
};

export type Work =
  | 'connect'
  | 'discover'
  | 'look-outside'
  | 'plan'
  | 'apply'
  | 'undo'
  | 'roll-back-open'
  | 'keep-open'
  | 'extend-open'
  | 'history'
  | 'lockdown'
  | 'unlock'
  | 'declare';

/** Everything the machine reacts to. `at`: milliseconds of a monotonic clock. */
export type UiEvent = { readonly at: number } & (
  | InputEvent
  | { readonly type: 'resized'; readonly rows: number; readonly columns: number }
  | { readonly type: 'tick' }
  | { readonly type: 'session'; readonly event: SessionEvent }
  | { readonly type: 'asked'; readonly question: TransportQuestion }
  | { readonly type: 'decision-asked' }
  /** The session exists; what the command line already answered comes with it. */
  | {
      readonly type: 'opened';
      readonly answers: ReadonlyMap<string, AnswerValue>;
      readonly without: ReadonlySet<string>;
      readonly steps: readonly string[];
    }
  | { readonly type: 'connect-done' }
  | { readonly type: 'surveyed'; readonly survey: Survey }
  /** What was said is recorded, and judged again without asking the host. */
  | { readonly type: 'declared'; readonly survey: Survey }
  | { readonly type: 'looked-outside'; readonly begun: number; readonly sight: OutsideSight }
  | { readonly type: 'plan-made'; readonly plan: Plan }
  | { readonly type: 'history-read'; readonly transactions: readonly TransactionStatus[] }
  /** The open transaction, read anew; null: it has ended. `extended`: the host gave it more time. */
  | { readonly type: 'open-read'; readonly open: TransactionStatus | null; readonly extended: boolean }
  | { readonly type: 'sides-read'; readonly sides: readonly TransactionSides[] }
  | { readonly type: 'finished'; readonly summary: RunSummary }
  | { readonly type: 'revealed'; readonly secrets: readonly NewSecret[] }
  | { readonly type: 'failed'; readonly during: Work; readonly problem: Problem }
);
