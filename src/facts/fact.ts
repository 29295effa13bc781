import type { Reading } from '../model/outcome.ts';

/** What one fact's script gave on the host. `stdout` is hostile text. */
export type RawReply = {
  /** Exit code of the script; 124 when its own time limit ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
};

/**
 * A named read-only question: a POSIX sh script (run as root when we have it; fixed text, never made from values) and a pure
 * parser. The script finds $N (the random word that opens its sections, see sections.sh; not exported) and $LOGIN (login-env.sh) set. `stable` facts are configuration and enter the plan's digest; `volatile` ones (sessions, time, disk) do not.
 */
export type Fact<T> = {
  readonly name: string;
  /** Shown while discovering, e.g. "OpenSSH server". */
  readonly title: string;
  readonly stability: 'stable' | 'volatile';
  readonly script: string;
  /** Seconds the script may take on the host, and bytes it may print. */
  readonly deadline: number;
  readonly outputLimit: number;
  /** Never throws for what a host printed: what it cannot read is `unknown` with the reason. */
  readonly parse: (raw: RawReply) => Reading<T>;
  /** Of a stable fact, the part that enters the plan's digest; everything when left out. */
  readonly digested?: (value: T) => unknown;
};

/** Facts by name, for whoever asks only some of them. */
export type FactsFor<Values> = { readonly [Name in keyof Values]: Fact<Values[Name]> };
