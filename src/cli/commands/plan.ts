import { EXIT } from '../../model/errors.ts';
import type { Plan } from '../../model/plan.ts';
import { openLine, openNow } from '../../session/open-now.ts';
import { openSession, type Start } from '../open-session.ts';
import type { ChoiceOptions, ReachOptions } from '../options.ts';
import { againLine } from '../repeat.ts';
import { deliver, openView, styleOf } from '../view.ts';

type PlanOptions = ReachOptions &
  ChoiceOptions & { out?: string; format: 'text' | 'json'; rehearse?: boolean };

/** `portcullis plan`: 0 nothing to do, 2 changes pending, 5 a guard refuses. Writes nothing on the host. */
export async function plan(target: string, options: PlanOptions, start: Start): Promise<number> {
  const view = await openView(options, { target });
  const opened = await openSession({ target, reach: options, choice: options, ...start, ...view });
  // Loaded while the host answers.
  const reports = Promise.all([
    import('../../plan/plan-file.ts'),
    import('../../report/plan-json.ts'),
    import('../../report/plan-text.ts'),
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
    const [{ serialisePlan }, { planJson }, { planText }] = await reports;
    if (options.out !== undefined) await deliver(serialisePlan(made), options.out);
    const armed = openNow(survey);
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
    await deliver(armed !== undefined && options.format === 'text' ? `${openLine(armed)}\n${text}` : text);
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
