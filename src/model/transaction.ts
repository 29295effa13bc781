/** States of a transaction on the host, reliability.md A-0. */
export type TransactionState =
  | 'PREPARED'
  | 'ARMED'
  | 'APPLYING'
  | 'APPLIED'
  | 'COMMITTED'
  | 'ROLLING_BACK'
  | 'ROLLED_BACK'
  | 'ROLLBACK_PARTIAL';

/** What `engine status` says. Times in seconds of the host's monotonic clock unless said otherwise. */
export type TransactionStatus = {
  readonly id: string;
  readonly state: TransactionState;
  /** Step of the walk this transaction carries, e.g. "sshd". */
  readonly step: string;
  /** Run it belongs to: one command or one visit to the wizard. */
  readonly run: string;
  readonly operator: string;
  /** Unix time (host clock) when it was begun; for people only. */
  readonly begun: number;
  /** Seconds until the dead-man fires; null when it is not armed. */
  readonly leaseLeft: number | null;
  readonly operationsDone: number;
  readonly operationsTotal: number;
  /** Sanitised tail of the apply log. */
  readonly log: readonly string[];
  /** Filled once final: what was restored and what was not. */
  readonly exceptions: readonly string[];
  /** "restored 3 of 3", once taken back. */
  readonly result?: string;
  /** A kept one that a later one undid. */
  readonly undone?: boolean;
  /** Transaction this one undoes, when it is an undo. */
  readonly undoes?: string;
};
