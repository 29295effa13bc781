import { EXIT, UserError } from '../../model/errors.ts';
import type { Survey } from '../../model/session.ts';
import { score } from '../../plan/judge.ts';
import type { CheckReport } from '../../report/check-report.ts';
import type { Style } from '../../report/style.ts';
import { openLine, openNow } from '../../session/open-now.ts';
import { openSession, type Start } from '../open-session.ts';
import type { ChoiceOptions, ReachOptions } from '../options.ts';
import { againLine } from '../repeat.ts';
import { deliver, openView, styleOf } from '../view.ts';

type Format = 'text' | 'json' | 'md' | 'html' | 'sarif';

type CheckOptions = ReachOptions &
  ChoiceOptions & {
    format: Format;
    output?: string;
    category?: string;
    failUnder?: string;
    view: boolean;
    probe?: boolean;
  };

/** `portcullis check`: 0 when every applicable control passes (or the score is high enough), else 2. */
export async function check(target: string, options: CheckOptions, start: Start): Promise<number> {
  const bar = failUnder(options.failUnder);
  const view = await openView(options, { target });
  const { session } = await openSession({
    target,
    reach: options,
    choice: options,
    look: 'all',
    ...start,
    ...view,
  });
  // Loaded while the host answers.
  const render = renderer(options.format);
  try {
    await session.connect();
    const survey = narrow(
      await session.discover({ outside: options.probe === true }),
      options.category ?? options.steps,
    );
    const report = {
      target,
      tool: start.version,
      created: new Date().toISOString(),
      profile: survey.context.profile.id,
      findings: survey.findings,
      score: survey.score,
      steps: survey.steps,
      // Shown nowhere else, and no work for nothing: of a firewall it is every rule for every port.
      views:
        options.view || options.format === 'json' ? viewsOf(survey, options.category ?? options.steps) : [],
      knocked: survey.context.outside !== undefined || !survey.steps.some((step) => step.doors !== undefined),
    };
    const style = { ...styleOf(process.stdout, options), verbose: options.verbose, views: options.view };
    const armed = openNow(survey);
    const exitCode = exitCodeOf(survey, { bar, armed: armed !== undefined });
    if (options.json && options.format === 'text' && options.output === undefined) {
      const { summaryWithout } = await import('../../session/summary.ts');
      const message = `Score ${survey.score}`;
      const repeat = againLine('check', target, options, '--json');
      return await view.conclude(
        summaryWithout({ outcome: 'checked', message, exitCode, score: survey.score, repeat }),
      );
    }
    const text = (await render)(report, style);
    // A report of its own form goes out as it is; the exit code and the event stream say that it may not last.
    await deliver(
      armed !== undefined && options.format === 'text' ? `${openLine(armed)}\n${text}` : text,
      options.output,
    );
    return exitCode;
  } finally {
    await session.close();
  }
}

function exitCodeOf(
  survey: Survey,
  it: { readonly bar: number | undefined; readonly armed: boolean },
): number {
  if (it.armed) return EXIT.unconfirmed;
  if (it.bar !== undefined) return survey.score >= it.bar ? EXIT.fine : EXIT.pending;
  // "Could not tell" is not "pass".
  const open = survey.findings.some((finding) => finding.result === 'fail' || finding.result === 'unknown');
  return open ? EXIT.pending : EXIT.fine;
}

type Render = (
  report: CheckReport,
  style: Style & { readonly verbose: boolean; readonly views: boolean },
) => string;

async function renderer(format: Format): Promise<Render> {
  switch (format) {
    case 'text':
      return (await import('../../report/check-text.ts')).checkText;
    case 'json':
      return (await import('../../report/check-json.ts')).checkJson;
    case 'md':
      return (await import('../../report/check-markdown.ts')).checkMarkdown;
    case 'html':
      return (await import('../../report/check-html.ts')).checkHtml;
    case 'sarif':
      return (await import('../../report/check-sarif.ts')).checkSarif;
  }
}

function failUnder(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bar = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (!(bar >= 0 && bar <= 100)) {
    throw new UserError(`"${text}" is not a score`, {
      where: '--fail-under',
      hints: ['give a whole number from 0 to 100'],
    });
  }
  return bar;
}

/** What the steps see, as tables. */
function viewsOf(survey: Survey, category: string | readonly string[] | undefined): CheckReport['views'] {
  const wanted = typeof category === 'string' ? [category] : category;
  return survey.steps
    .filter((step) => wanted === undefined || wanted.includes(step.id))
    .flatMap((step) => step.views?.(survey.context) ?? []);
}

function narrow(survey: Survey, category: string | readonly string[] | undefined): Survey {
  if (category === undefined) return survey;
  const wanted = typeof category === 'string' ? [category] : category;
  const known = survey.steps.map((step) => step.id);
  const strange = wanted.find((id) => !known.includes(id));
  if (strange !== undefined) {
    throw new UserError(`there is no step "${strange}"`, {
      where: '--category',
      hints: [`steps of this profile: ${known.join(', ')}`],
    });
  }
  const findings = survey.findings.filter((finding) => wanted.includes(finding.step));
  return { ...survey, findings, score: score(findings) };
}
