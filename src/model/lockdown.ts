/** What a lockdown says about itself, from its own file on the host. Times in seconds of the host's wall clock. */
export type LockdownRecord = {
  /** The transaction that undoing gives back what was before. */
  readonly transaction: string;
  readonly level: string;
  readonly reason: string;
  readonly operator: string;
  readonly since: number;
  /** null: until somebody unlocks. */
  readonly until: number | null;
  /** Addresses and networks that still reach the ports of administration. */
  readonly allow: readonly string[];
  readonly ports: readonly number[];
};
