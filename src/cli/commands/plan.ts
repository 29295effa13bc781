import { answerOf } from '../../model/context.ts';
import type { Question } from '../../model/control.ts';
import { EXIT } from '../../model/errors.ts';
import type { Plan } from '../../model/plan.ts';
import type { Survey } from '../../model/session.ts';
import { openLine, openNow } from '../../session/open-now.ts';
import { type Opened, openSession, type Start } from '../open-session.ts';
import type { ChoiceOptions, ReachOptions } from '../options.ts';
import { againLine, repeatLine } from '../repeat.ts';
import { deliver, openView, styleOf } from '../view.ts';

type PlanOptions = ReachOptions &
  ChoiceOptions & { out?: string; format: 'text' | 'json'; rehearse?: boolean };

/** `portcullis plan`: 0 nothing to do, 2 changes pending, 5 a guard refuses. Writes nothing on the host. */
export async function plan(target: string, options: PlanOptions, start: Start): Promise<number> {
  const view = await openView(options, { target });
  const opened = await openSession({
    target,
    reach: options,
    choice: options,
    look: 'all',
    ...start,
    ...view,
  });
  // Loaded while the host answers.
  const reports = Promise.all([
    import('../../plan/plan-file.ts'),
    import('../../report/plan-json.ts'),
    import('../../report/plan-text.ts'),
    import('../../plan/answers.ts'),
  ]);
  try {
    await opened.session.connect();
    const survey = await opened.session.discover();
    const made = await opened.session.plan({
      answers: opened.answers,
      without: opened.without,
      rehearse: options.rehearse !== false,
      ...(opened.steps === undefined ? {} : { steps: opened.steps }),
    });
    const [{ serialisePlan }, { planJson }, { planText }, { missingRisky }] = await reports;
    if (options.out !== undefined) await deliver(serialisePlan(made), options.out);
    const armed = openNow(survey);
    const steps = survey.steps.filter(({ id }) => opened.steps === undefined || opened.steps.includes(id));
    const missing = missingRisky(steps, { ...survey.context, answers: opened.answers });
    const exitCode = exitCodeOf(made, armed !== undefined);
    if (options.json && options.format === 'text') {
      const { summaryWithout } = await import('../../session/summary.ts');
      const message = made.refusals.map((refusal) => `${refusal.message} ${refusal.remedy}`).join('\n');
      const repeat = againLine('plan', target, options, '--json');
      return await view.conclude(
        summaryWithout({ outcome: 'planned', message, exitCode, score: survey.score, repeat }),
      );
    }
    const text =
      options.format === 'json' ? planJson(made) : planText(made, styleOf(process.stdout, options));
    if (options.format === 'json') await deliver(text);
    else {
      const shown = options.out === undefined && armed === undefined && made.applyable;
      const more = shown ? applyLine({ target, options, opened, survey, missing }) : '';
      await deliver(`${armed === undefined ? '' : `${openLine(armed)}\n`}${text}${more}`);
    }
    return exitCode;
  } finally {
    await opened.session.close();
  }
}

function exitCodeOf(made: Plan, armed: boolean): number {
  if (made.refusals.length > 0) return EXIT.refused;
  if (armed) return EXIT.unconfirmed;
  if (!made.complete) return EXIT.error;
  return made.changes.some((change) => change.action !== 'none') ? EXIT.pending : EXIT.fine;
}

/** The line that applies this plan, when answers that apply must be given were proposals here; else empty. */
function applyLine(it: {
  readonly target: string;
  readonly options: PlanOptions;
  readonly opened: Opened;
  readonly survey: Survey;
  readonly missing: readonly Question[];
}): string {
  const { target, options, opened, survey, missing } = it;
  if (missing.length === 0) return '';
  const context = { ...survey.context, answers: opened.answers };
  const proposed = missing.map((question) => [question.id, answerOf(question, context)] as const);
  const line = repeatLine({
    target,
    way: options,
    profile: options.profile,
    answers: Object.fromEntries([...opened.answers, ...proposed]),
    without: options.without,
    ...(opened.steps === undefined ? {} : { steps: opened.steps }),
  });
  return `\nWho gets in was only proposed here, and apply wants it said. Read it, change what is wrong, then:\n  ${line}\n`;
}
