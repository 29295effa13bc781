// Rules: an answer is checked where it is given: unknown ids with the nearest known one, wrong types, values outside the choices,
// and the question's own check; every problem is told at once. A risky question is never answered by its proposal alone.
import { type Context, isRisky } from '../model/context.ts';
import type { AnswerValue, Question, Step } from '../model/control.ts';
import { EXIT, UserError } from '../model/errors.ts';
import { knownValue } from '../model/outcome.ts';
import { nearest } from '../text/nearest.ts';
import { sanitizeLine } from '../text/sanitize.ts';

/** Questions that are asked on this host, in the order of the steps. */
export function questionsOf(steps: readonly Step[], context: Context): readonly Question[] {
  return steps.flatMap((step) => step.questions).filter((question) => question.when?.(context) ?? true);
}

/** What was decided when steps were last applied here, as far as the questions would still take it. Bytes from a host: all is checked. */
export function decidedBefore(steps: readonly Step[], context: Context): ReadonlyMap<string, AnswerValue> {
  const decided = knownValue(context.readings.ownState)?.decided ?? {};
  const questions = questionsOf(steps, context).filter((question) => question.remembered === true);
  return new Map(
    questions.flatMap((question) => {
      const value = Object.hasOwn(decided, question.id) ? decided[question.id] : undefined;
      if (value === undefined || problemWith(question, value, context) !== undefined) return [];
      return [[question.id, value] as const];
    }),
  );
}

/** Risky questions that nobody answered; a profile's answer is a proposal and does not count. */
export function missingRisky(steps: readonly Step[], context: Context): readonly Question[] {
  return questionsOf(steps, context).filter(
    (question) => isRisky(question, context) && !context.answers.has(question.id),
  );
}

/**
 * Throws UserError (exit 64) that lists every answer that cannot be. `walk`: every step of the profile; answers for those that are not
 * planned now may stand among the others, because one file of answers serves the whole walk.
 */
export function checkAnswers(steps: readonly Step[], context: Context, walk: readonly Step[] = steps): void {
  const questions = walk.flatMap((step) => step.questions);
  const problems: string[] = [];
  const reckless: string[] = [];
  for (const [id, value] of context.answers) {
    const question = questions.find((candidate) => candidate.id === id);
    const problem = question === undefined ? unknownId(id, questions) : problemWith(question, value, context);
    if (problem === undefined) continue;
    problems.push(problem);
    if (question !== undefined && isRisky(question, context) && locksOut(question, value, context))
      reckless.push(problem);
  }
  for (const question of questionsOf(steps, context)) {
    if (context.answers.has(question.id)) continue;
    const fromProfile = context.profile.answers.get(question.id);
    if (fromProfile === undefined) continue;
    const problem = problemWith(question, fromProfile, context);
    if (problem !== undefined) problems.push(`${problem} (from the profile "${context.profile.id}")`);
  }
  if (problems.length === 0) return;
  throw new UserError(problems.join('; '), {
    where: 'answers',
    // An answer that is well formed and would shut the operator out is refused like any other lock-out.
    ...(reckless.length === problems.length ? { exitCode: EXIT.refused } : {}),
    hints: ['give each as --set step.key=value, or under its id in the answers file'],
  });
}

/** The question itself turns a well-formed value down: for a risky one that means that it would lock somebody out. */
function locksOut(question: Question, value: AnswerValue, context: Context): boolean {
  const problem = question.check?.(value, context);
  return problem !== undefined && problemWith(question, value, context) === `${question.id}: ${problem}`;
}

/** What is wrong with one value for a question, or undefined. */
export function problemWith(question: Question, value: AnswerValue, context: Context): string | undefined {
  const shown = sanitizeLine(typeof value === 'object' ? value.join(',') : String(value), 60);
  const expected = { text: 'string', choice: 'string', number: 'number', boolean: 'boolean', list: 'list' }[
    question.type
  ];
  const actual = typeof value === 'object' ? 'list' : typeof value;
  const words: Readonly<Record<string, string>> = {
    string: 'a text',
    number: 'a number',
    boolean: 'true or false',
    list: 'a list',
  };
  if (actual !== expected || (actual === 'number' && !Number.isFinite(value))) {
    return `${question.id}: "${shown}" must be ${words[expected]}`;
  }
  if (question.choices !== undefined) {
    const allowed = question.choices(context).map((choice) => choice.value);
    const given = typeof value === 'object' ? value : [String(value)];
    const wrong = given.find((one) => !allowed.includes(one));
    if (question.type === 'choice' && wrong !== undefined) {
      return `${question.id}: "${sanitizeLine(wrong, 60)}" is not one of ${allowed.map((one) => sanitizeLine(one, 40)).join(', ')}`;
    }
  }
  const problem = question.check?.(value, context);
  return problem === undefined ? undefined : `${question.id}: ${problem}`;
}

function unknownId(id: string, questions: readonly Question[]): string {
  const near = nearest(
    id,
    questions.map((question) => question.id),
  );
  const advice = near === undefined ? '' : `; did you mean "${near}"?`;
  return `no question is called "${sanitizeLine(id, 60)}"${advice}`;
}
