import type { LockdownRecord } from '../model/lockdown.ts';

export type LockdownFact = {
  /** The host's wall clock, seconds. */
  readonly clock: number;
  readonly nft: boolean;
  /** The kernel has our table. */
  readonly loaded: boolean;
  /** null: not locked down. */
  readonly record: LockdownRecord | null;
};
