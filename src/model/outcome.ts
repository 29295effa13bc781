/**
 * How a command ended. Lost is not failed: after `lost` the only allowed next act is to connect again and read the journal.
 * `stdout` and `stderr` are decoded as UTF-8 (invalid bytes become U+FFFD) and are hostile: sanitize before showing.
 */
export type Outcome =
  | {
      readonly kind: 'exited';
      readonly code: number;
      readonly stdout: string;
      readonly stderr: string;
      /** The output limit was reached and the rest was dropped: the answer must not be parsed as if whole. */
      readonly truncated: boolean;
    }
  | { readonly kind: 'signalled'; readonly signal: string; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'timedOut'; readonly deadline: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'lost'; readonly reason: string };

/** What a fact says: a value, a sure "not there", or "could not tell" with the reason. Never mix the last two. */
export type Reading<T> =
  | { readonly kind: 'known'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly reason: string };

export function known<T>(value: T): Reading<T> {
  return { kind: 'known', value };
}

export const absent: Reading<never> = { kind: 'absent' };

export function unknown(reason: string): Reading<never> {
  return { kind: 'unknown', reason };
}

/** The value, or undefined when absent or unknown. For defaults of questions only: a judge must tell the two apart. */
export function knownValue<T>(reading: Reading<T>): T | undefined {
  return reading.kind === 'known' ? reading.value : undefined;
}
