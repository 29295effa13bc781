import type { Readings } from '../facts/index.ts';
import type { AnswerValue, Question } from './control.ts';
import type { OutsideSight } from './outside.ts';
import type { Profile } from './profile.ts';
import type { Connection, Target } from './target.ts';

/** Everything a judge, a remedy or a question may look at. Plain data; no I/O behind it. */
export type Context = {
  readonly target: Target;
  readonly connection: Connection;
  readonly readings: Readings;
  readonly profile: Profile;
  /** Answers given so far, by question id; `answerOf` falls back to the profile's and then to the proposal. */
  readonly answers: ReadonlyMap<string, AnswerValue>;
  /** What the operator's machine saw of the host's ports, once it looked; it is no evidence for a control. */
  readonly outside?: OutsideSight;
};

/** What holds for a question now: the answer given, else the profile's, else what the step proposes from facts. */
export function answerOf(question: Question, context: Context): AnswerValue {
  return (
    context.answers.get(question.id) ??
    context.profile.answers.get(question.id) ??
    question.propose(context).value
  );
}

/** An answer as --set takes it: "sshd.allow-users=ana,deploy". */
export function setWord(id: string, value: AnswerValue): string {
  return `${id}=${typeof value === 'object' ? value.join(',') : String(value)}`;
}
