// One typed stream; TUI, plain mode, JSON and the log are views of it. Events are plain data: JSON.stringify is the wire form.
import type { Finding, Proof, ProofResult } from './control.ts';
import type { LockdownRecord } from './lockdown.ts';
import type { Plan, Refusal } from './plan.ts';
import type { Connection } from './target.ts';
import type { TransactionSides } from './three-way.ts';
import type { TransactionState, TransactionStatus } from './transaction.ts';

export type SessionEvent =
  | { readonly type: 'connecting'; readonly host: string; readonly detail: string }
  | { readonly type: 'connected'; readonly connection: Omit<Connection, 'client'> }
  | { readonly type: 'connection-lost'; readonly reason: string }
  | { readonly type: 'discovering'; readonly done: number; readonly total: number; readonly fact: string }
  | {
      readonly type: 'discovered';
      readonly facts: number;
      readonly unknown: readonly string[];
      readonly milliseconds: number;
    }
  /** Ports of the host are knocked at from the operator's machine; sent as they answer. */
  | { readonly type: 'knocking'; readonly done: number; readonly total: number }
  | { readonly type: 'judged'; readonly findings: readonly Finding[]; readonly score: number }
  | { readonly type: 'planning'; readonly detail: string }
  | { readonly type: 'planned'; readonly plan: Plan }
  | { readonly type: 'refused'; readonly refusals: readonly Refusal[] }
  /** The host is asked to begin: until its answer comes, whether it did is not known. `lease` in seconds. */
  | { readonly type: 'starting'; readonly id: string; readonly step: string; readonly lease: number }
  /** A part of the run begins that is kept or taken back by itself; what is told until the next one belongs to it. */
  | {
      readonly type: 'stage';
      /** From 1. */
      readonly number: number;
      readonly total: number;
      /** In words, e.g. "packages" or "firewall". */
      readonly name: string;
      /** Names of those that follow when it is kept. */
      readonly next: readonly string[];
      /** What must hold before it can be kept. */
      readonly proofs: readonly Proof[];
    }
  /** Packages are installed, and the rest was planned again: what is not as it was shown; none = it goes on. */
  | { readonly type: 'planned-again'; readonly differences: readonly string[] }
  | {
      readonly type: 'transaction';
      readonly id: string;
      readonly step: string;
      readonly state: TransactionState;
      readonly detail: string;
    }
  /** Sent at every renewal and poll while armed; seconds left on the host. */
  | { readonly type: 'lease'; readonly id: string; readonly left: number; readonly length: number }
  | {
      readonly type: 'progress';
      readonly id: string;
      readonly done: number;
      readonly total: number;
      readonly detail: string;
      /** The host waits for somebody else (a lock); told once for each time its words change. */
      readonly waiting?: boolean;
    }
  | { readonly type: 'recovery-card'; readonly path: string; readonly lines: readonly string[] }
  | { readonly type: 'proving'; readonly proof: string; readonly title: string }
  | { readonly type: 'proved'; readonly result: ProofResult }
  | { readonly type: 'recheck'; readonly afterSeconds: number; readonly ok: boolean; readonly detail: string }
  | { readonly type: 'unfinished'; readonly status: TransactionStatus }
  /** The host is locked down from now on, proved; null: it is no more. */
  | { readonly type: 'lockdown'; readonly record: LockdownRecord | null }
  /** What an undo would find: before, written, now. */
  | { readonly type: 'three-way'; readonly transactions: readonly TransactionSides[] }
  | { readonly type: 'note'; readonly level: 'info' | 'warning'; readonly text: string }
  | { readonly type: 'done'; readonly summary: RunSummary };

/** What a run did, for the report, the scrollback and --json. */
export type RunSummary = {
  readonly outcome:
    | 'nothing-to-do'
    | 'committed'
    | 'undone'
    | 'unconfirmed'
    | 'rolled-back'
    | 'partial'
    | 'refused'
    | 'failed'
    | 'checked'
    | 'planned';
  readonly exitCode: number;
  readonly transactions: readonly {
    readonly id: string;
    readonly step: string;
    readonly state: TransactionState;
  }[];
  readonly scoreBefore: number | null;
  readonly scoreAfter: number | null;
  readonly keptStricter: readonly string[];
  /** Paths on this machine, one for each transaction that could have cut the operator off, in their order. */
  readonly recoveryCards: readonly string[];
  /** Names of secrets with new values that were kept and may be handed over, once; left out where there are none. */
  readonly newSecrets?: readonly string[];
  /** Command line that would repeat the run. */
  readonly repeat: string;
  readonly message: string;
};
