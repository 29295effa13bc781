// What a question shows and what a typed text means. Pure; the question's own functions decide, this file only calls them.
import { answerOf, type Context, isRisky, proposalOf } from '../../model/context.ts';
import type { AnswerValue, Question, Step } from '../../model/control.ts';
import type { PlanRequest } from '../../model/session.ts';
import type { State } from './state.ts';

/** The survey's context with the answers given so far and what was seen from outside; undefined before the survey. */
export function contextOf({ survey, answers, outside }: State): Context | undefined {
  if (survey === null) return undefined;
  const seen = outside?.kind === 'seen' ? { outside: outside.sight } : {};
  return { ...survey.context, ...seen, answers };
}

export function currentStep(state: State): Step | undefined {
  return state.survey?.steps[state.room.step];
}

export function visibleQuestions(step: Step, context: Context): readonly Question[] {
  return step.questions.filter((question) => question.when?.(context) ?? true);
}

export type Shown = {
  readonly value: AnswerValue;
  readonly proposal: AnswerValue;
  readonly reason: string;
  readonly own: boolean;
};

export function shownAnswer(question: Question, context: Context): Shown {
  const { value: proposal, reason } = proposalOf(question, context);
  return {
    value: answerOf(question, context),
    proposal,
    reason,
    own: context.answers.has(question.id),
  };
}

/** An answer as text for a list, a field or a command line. */
export function answerText(value: AnswerValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object') return value.join(', ');
  return String(value);
}

export type Parsed =
  | { readonly ok: true; readonly value: AnswerValue }
  | { readonly ok: false; readonly problem: string };

/** What was typed, as the question's type, checked by the question itself. */
export function parseAnswer(question: Question, text: string, context: Context): Parsed {
  const trimmed = text.trim();
  let value: AnswerValue = trimmed;
  if (question.type === 'number') {
    if (!/^\d{1,15}$/.test(trimmed)) return { ok: false, problem: 'This needs a whole number: digits only.' };
    value = Number(trimmed);
  } else if (question.type === 'boolean') {
    if (!['yes', 'no'].includes(trimmed)) return { ok: false, problem: 'This needs yes or no.' };
    value = trimmed === 'yes';
  } else if (question.type === 'list') {
    value = trimmed
      .split(/[,\n]/)
      .map((piece) => piece.trim())
      .filter((piece) => piece !== '');
  }
  const problem = question.check?.(value, context);
  return problem === undefined ? { ok: true, value } : { ok: false, problem };
}

/**
 * What the session is asked to plan: every answer given, and the proposal of each risky question, because the operator
 * saw it on the screen: in the wizard seeing and applying is the answer.
 */
export function planRequest(state: State): PlanRequest {
  const context = contextOf(state);
  const answers = new Map(state.answers);
  const steps = (state.survey?.steps ?? []).filter((step) => !state.skipped.has(step.id));
  if (context !== undefined) {
    for (const question of steps.flatMap((step) => visibleQuestions(step, context))) {
      if (isRisky(question, context) && !answers.has(question.id))
        answers.set(question.id, answerOf(question, context));
    }
  }
  return { steps: steps.map((step) => step.id), answers, without: state.without };
}
