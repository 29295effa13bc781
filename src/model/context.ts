import type { Readings } from '../facts/index.ts';
import type { AnswerValue } from './control.ts';
import type { Profile } from './profile.ts';
import type { Connection, Target } from './target.ts';

/** Everything a judge, a remedy or a question may look at. Plain data; no I/O behind it. */
export type Context = {
  readonly target: Target;
  readonly connection: Connection;
  readonly readings: Readings;
  readonly profile: Profile;
  /** Answers given so far, by question id; `answerOf` in src/plan falls back to the proposal. */
  readonly answers: ReadonlyMap<string, AnswerValue>;
};
