import type { AnswerValue } from '../model/control.ts';
import type { Session } from '../model/session.ts';
import type { Style } from '../report/style.ts';
import type { Terminal } from './terminal.ts';

/** How every part of the walk in lines speaks and asks. */
export type Talk = {
  readonly session: Session;
  /** Answers that flags and files gave; they are not asked. */
  readonly given: ReadonlyMap<string, AnswerValue>;
  /** Seconds. */
  readonly lease: number;
  readonly dryRun: boolean;
  /** Plain words, for the first time. */
  readonly guide: boolean;
  readonly style: Style;
  readonly terminal: Terminal;
  readonly write: (text: string) => void;
};
