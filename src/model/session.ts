import type { LockdownFact } from '../facts/lockdown-record.ts';
import type { Secret } from '../text/secret.ts';
import type { Context } from './context.ts';
import type { AnswerValue, Finding, Step } from './control.ts';
import type { RunSummary, SessionEvent } from './event.ts';
import type { OutsideSight } from './outside.ts';
import type { Plan } from './plan.ts';
import type { StatementRequest } from './statement.ts';
import type { TransportQuestion } from './target.ts';
import type { TransactionSides } from './three-way.ts';
import type { TransactionStatus } from './transaction.ts';
import type { UndoChoice } from './undo.ts';

/** How a person answers a TransportQuestion. `decline` stops the connection cleanly (exit 6). Touch needs no answer. */
export type Reply =
  | { readonly kind: 'accept' }
  | { readonly kind: 'secret'; readonly secret: Secret }
  | { readonly kind: 'decline' };

export type Ask = (question: TransportQuestion) => Promise<Reply>;

/** What the host and the steps say right now. Replaced as a whole by discover(). */
export type Survey = {
  readonly context: Context;
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
  readonly score: number;
};

export type PlanRequest = {
  /** Step ids; empty or absent means all of the profile. */
  readonly steps?: readonly string[];
  readonly answers: ReadonlyMap<string, AnswerValue>;
  /** Controls the operator toggled off. */
  readonly without?: ReadonlySet<string>;
  /** Nobody can be asked: a risky question without an answer is an error that names its flag. */
  readonly headless?: boolean;
  /** False: nothing is carried out in namespaces; sshd is still asked. */
  readonly rehearse?: boolean;
};

/** A new value that the host keeps from now on, for whoever asked to have it. */
export type NewSecret = {
  readonly name: string;
  /** The file it stands in. */
  readonly path: string;
  readonly value: Secret;
};

/** The operator's word at the keep-or-roll-back screen. "later" leaves it armed (exit 3). */
export type Decision = 'keep' | 'roll-back' | 'later';

export type ApplyRequest = {
  /** auto: keep when all proofs pass. ask: `decide` is called while the lease runs. manual: leave armed, no renewal. */
  readonly confirm: 'auto' | 'ask' | 'manual';
  /** Seconds. */
  readonly lease: number;
  readonly decide?: () => Promise<Decision>;
};

export type LockdownRequest = {
  /** restrict: administration only from allowed addresses; public services stay up. */
  readonly level: 'restrict';
  /** Addresses and networks beside the operator's own, checked. */
  readonly allow: readonly string[];
  /** Seconds; without it, until somebody unlocks. */
  readonly ttl?: number;
  readonly reason: string;
  /** Lease until it is kept, seconds. */
  readonly lease: number;
  /** Asked with what would be done, before anything is begun. */
  readonly approve?: (lines: readonly string[]) => Promise<boolean>;
};

/**
 * The effectful side that every view drives: the wizard, plain mode and headless commands. Views never see a transport.
 * Every method rejects only with UserError / TargetError (or a bug); progress arrives as events.
 */
export type Session = {
  connect(): Promise<void>;
  /** `outside`: the ports that the steps name are knocked at from here as well; takes seconds. */
  discover(how?: { readonly outside?: boolean }): Promise<Survey>;
  /** Knocks from here at the ports that the steps name, on what the last look read; seconds. */
  lookOutside(): Promise<OutsideSight>;
  plan(request: PlanRequest): Promise<Plan>;
  /** Records what the operator says about a control of this host, on this side, and judges again what was read last. */
  declare(request: StatementRequest): Promise<Survey>;
  /** Takes back what was said about this control, and judges again. */
  withdraw(control: string): Promise<Survey>;
  /** Expand and contract stages run as one transaction each; the first that fails stops the run. */
  apply(plan: Plan, request: ApplyRequest): Promise<RunSummary>;
  /** Prove the open transaction (left by `--confirm manual` or a lost session) over this login and keep it. */
  confirmOpen(): Promise<RunSummary>;
  /** The transaction that is open on the host, whoever began it; null: none. */
  readOpen(): Promise<TransactionStatus | null>;
  /** Starts its lease again, within its longest time; null: it has ended. */
  extendOpen(): Promise<TransactionStatus | null>;
  /** Ask the host to take the open transaction back now instead of waiting for the lease. */
  rollbackOpen(): Promise<RunSummary>;
  /** Undo what was kept, newest transaction first, as new transactions. */
  undo(
    options: UndoChoice & {
      readonly confirm: 'auto' | 'ask' | 'manual';
      readonly lease: number;
      readonly decide?: () => Promise<Decision>;
      readonly dryRun?: boolean;
    },
  ): Promise<RunSummary>;
  /**
   * Gives away the new values that this session made and the host kept, by name; it forgets them with that, and when they are taken
   * back. They are shown by nothing that was not asked to.
   */
  takeNewSecrets(): readonly NewSecret[];
  /** Drops the gate: committed at once when the operator's own way is proved under it. */
  lockdown(request: LockdownRequest): Promise<RunSummary>;
  /** Gives back exactly what was before the lockdown. */
  unlock(options: { readonly lease: number }): Promise<RunSummary>;
  /** Whether the host is locked down, as it says itself. */
  lockdownNow(): Promise<LockdownFact>;
  /** What was done to this host, newest first. */
  history(): Promise<readonly TransactionStatus[]>;
  /** What these transactions changed, what became of it, and what undoing them would do. Changes nothing. */
  sides(transactions: readonly string[]): Promise<readonly TransactionSides[]>;
  close(): Promise<void>;
};

export type Emit = (event: SessionEvent) => void;
