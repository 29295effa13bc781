// Rules: three kinds of errors. UserError: the person must do something, so it carries a hint. TargetError: the host
// answered in a way that stops us, so it carries evidence. Anything else is our bug and shows its stack.
// One place (src/cli.ts) prints errors and decides the exit code.

/** The stable contract of design.md §5. */
export const EXIT = {
  fine: 0,
  error: 1,
  pending: 2,
  unconfirmed: 3,
  rolledBack: 4,
  refused: 5,
  unreachable: 6,
  stale: 7,
  locked: 8,
  partial: 9,
  usage: 64,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** One thing wrong in a file: where, what, what is allowed, how to fix. Line and column count from 1; 0 = the whole file. */
export type Problem = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Sanitised; never the value of a secret. */
  readonly what: string;
  readonly allowed: string;
  readonly fix: string;
};

type Details = {
  /** Where it went wrong: a field, file:line:column, an address. */
  readonly where?: string;
  /** What the person can do next; each a sentence or a command line. */
  readonly hints?: readonly string[];
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
};

/** The person must act. `message` says what is wrong, already sanitised. Default exit code 64 (usage). */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly where: string | undefined;
  readonly hints: readonly string[];
  readonly exitCode: ExitCode;
  /** All problems of a file at once, in the order of its lines; empty for everything that is not a file. */
  readonly problems: readonly Problem[];

  constructor(message: string, details: Details & { readonly problems?: readonly Problem[] } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.where = details.where;
    this.hints = details.hints ?? [];
    this.exitCode = details.exitCode ?? EXIT.usage;
    this.problems = details.problems ?? [];
  }
}

/** The host, or the way to it, stops us. `evidence` is sanitised text from the host. Default exit code 1. */
export class TargetError extends Error {
  override readonly name = 'TargetError';
  readonly where: string | undefined;
  readonly hints: readonly string[];
  readonly evidence: readonly string[];
  readonly exitCode: ExitCode;

  constructor(message: string, details: Details & { readonly evidence?: readonly string[] } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.where = details.where;
    this.hints = details.hints ?? [];
    this.evidence = details.evidence ?? [];
    this.exitCode = details.exitCode ?? EXIT.error;
  }
}
