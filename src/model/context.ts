import type { Readings } from '../facts/index.ts';
import type { SecretsSight } from '../facts/secret-values.ts';
import type { AnswerValue, Question } from './control.ts';
import type { NamesSight } from './names.ts';
import type { Reading } from './outcome.ts';
import type { OutsideSight } from './outside.ts';
import type { Profile } from './profile.ts';
import type { Statement } from './statement.ts';
import type { Connection, Target } from './target.ts';

/** Everything a judge, a remedy or a question may look at. Plain data; no I/O behind it. */
export type Context = {
  readonly target: Target;
  readonly connection: Connection;
  readonly readings: Readings;
  readonly profile: Profile;
  /** Answers given so far, by question id; `answerOf` falls back to the profile's and then to the proposal. */
  readonly answers: ReadonlyMap<string, AnswerValue>;
  /** What was decided when a step was last applied here, and still is an answer; the host remembers it. */
  readonly decided?: ReadonlyMap<string, AnswerValue>;
  /** What the operator's machine saw of the host's ports, once it looked; it is no evidence for a control. */
  readonly outside?: OutsideSight;
  /** Declared secrets, once they were looked at: measures and keyed digests, never values. */
  readonly secrets?: Reading<SecretsSight>;
  /** Where names lead that are to get a certificate, once they were looked at. */
  readonly names?: Reading<NamesSight>;
  /** Names of secrets that this run gave new values. */
  readonly rotated?: readonly string[];
  /** What the operator said about controls of this host. */
  readonly statements?: readonly Statement[];
};

/** What holds for a question now: the answer given, else what is proposed. */
export function answerOf(question: Question, context: Context): AnswerValue {
  return context.answers.get(question.id) ?? proposalOf(question, context).value;
}

/** What was decided here before, else the profile's answer, else what the step works out from facts; with the reason. */
export function proposalOf(question: Question, context: Context): ReturnType<Question['propose']> {
  const decided = context.decided?.get(question.id);
  if (decided !== undefined) return { value: decided, reason: 'as decided when this was last applied' };
  const value = context.profile.answers.get(question.id);
  return value === undefined
    ? question.propose(context)
    : { value, reason: `the ${context.profile.id} profile says so` };
}

/** Whether this host's answer could lock somebody out, so that a headless run must be given it. */
export function isRisky({ risky }: Question, context: Context): boolean {
  return typeof risky === 'function' ? risky(context) : risky;
}

/** An answer as --set takes it: "sshd.allow-users=ana,deploy". */
export function setWord(id: string, value: AnswerValue): string {
  return `${id}=${typeof value === 'object' ? value.join(',') : String(value)}`;
}
