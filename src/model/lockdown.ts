import { utc } from '../text/utc.ts';

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

/** "port 22", "ports 22, 2222". */
export function portsText(ports: readonly number[]): string {
  return `port${ports.length === 1 ? '' : 's'} ${ports.join(', ')}`;
}

/** "ports 22, 2222 only from 192.0.2.7, 2001:db8::/48"; the host's words, not sanitised. */
export function guardedText({ ports, allow }: Pick<LockdownRecord, 'ports' | 'allow'>): string {
  return `${portsText(ports)} only from ${allow.join(', ')}`;
}

/** "until somebody unlocks", or the time at which the host opens by itself. */
export function lockedUntil({ until }: Pick<LockdownRecord, 'until'>): string {
  return until === null ? 'until somebody unlocks' : `until ${utc(until)} UTC`;
}
