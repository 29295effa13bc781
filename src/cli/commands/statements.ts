// `portcullis attest` and `portcullis waive`: what the operator says, recorded on this side. Rules: the host is read first, because only
// what no tool can see is attested, and only what is not so is waived; nothing on the host changes.
import { steps } from '../../../steps/index.ts';
import { EXIT, UserError } from '../../model/errors.ts';
import type { Session, Survey } from '../../model/session.ts';
import { type StatementKind, statementWords } from '../../model/statement.ts';
import { criticalLines, statementsText } from '../../report/statement-text.ts';
import { capital, safe } from '../../report/style.ts';
import { safeJson } from '../../text/json.ts';
import { refuseUnknownControls } from '../known-controls.ts';
import { openSession, type Start } from '../open-session.ts';
import type { AnswerOptions, ReachOptions } from '../options.ts';
import { deliver, openView, styleOf } from '../view.ts';

export type StatementOptions = ReachOptions &
  AnswerOptions & {
    reason?: string;
    by?: string;
    until?: string;
    for?: string;
    list: boolean;
    withdraw: boolean;
  };

/** Says it, takes it back, or lists what was said. 0 when it is done. */
export async function statement(
  kind: StatementKind,
  { target, control }: { readonly target: string; readonly control: string | undefined },
  it: { readonly options: StatementOptions; readonly start: Start },
): Promise<number> {
  const { options, start } = it;
  const wanted = wish(kind, control, options);
  const view = await openView(options, { target });
  const choice = { ...options, without: [] };
  const { session } = await openSession({ target, reach: options, choice, look: 'all', ...start, ...view });
  try {
    await session.connect();
    const looked = await session.discover();
    const survey = wanted === undefined ? looked : await carryOut(session, wanted);
    if (options.json) await deliver(json(target, survey));
    else await deliver(text(target, survey, { wanted, options }));
    return EXIT.fine;
  } finally {
    await session.close();
  }
}

type Wish =
  | { readonly act: 'withdraw'; readonly control: string }
  | {
      readonly act: 'declare';
      readonly kind: StatementKind;
      readonly control: string;
      readonly reason: string;
      readonly by?: string;
      readonly until?: string;
    };

/** What is asked for; undefined: the list. Throws UserError before anything is connected to. */
function wish(kind: StatementKind, control: string | undefined, options: StatementOptions): Wish | undefined {
  const { reason, by, until, for: days } = options;
  const given = [reason, by, until, days].some((one) => one !== undefined);
  if (options.list) {
    if (control === undefined && !given && !options.withdraw) return undefined;
    throw wrong('--list stands alone', '--list', `portcullis ${kind} TARGET --list`);
  }
  if (control === undefined)
    throw wrong('which control?', 'CONTROL', `portcullis ${kind} TARGET --list shows what can be said`);
  refuseUnknownControls([control], { steps, where: 'CONTROL' });
  if (options.withdraw) {
    if (!given) return { act: 'withdraw', control };
    throw wrong(
      'what is taken back needs no words',
      '--withdraw',
      `portcullis ${kind} TARGET ${control} --withdraw`,
    );
  }
  if (reason === undefined)
    throw wrong('it needs a reason: what was done, or why it may stay so', '--reason', 'add --reason TEXT');
  if (until !== undefined && days !== undefined)
    throw wrong(
      'give one of --until and --for',
      '--for',
      'a day (--until 2027-05-21), or days from now (--for 180d)',
    );
  const end = until ?? days;
  return {
    ...{ act: 'declare', kind, control, reason },
    ...(by === undefined ? {} : { by }),
    ...(end === undefined ? {} : { until: end }),
  };
}

function wrong(message: string, where: string, hint: string): UserError {
  return new UserError(message, { where, hints: [hint] });
}

async function carryOut(session: Session, wanted: Wish): Promise<Survey> {
  if (wanted.act === 'withdraw') return await session.withdraw(wanted.control);
  const { act: _, ...request } = wanted;
  return await session.declare(request);
}

function text(
  target: string,
  survey: Survey,
  it: { readonly wanted: Wish | undefined; readonly options: StatementOptions },
): string {
  const style = styleOf(process.stdout, it.options);
  const statements = survey.context.statements ?? [];
  if (it.wanted === undefined)
    return statementsText({ target, statements, findings: survey.findings, steps: survey.steps }, style);
  const { control } = it.wanted;
  const said = statements.find((one) => one.control === control);
  const words = said === undefined ? 'taken back; it is judged as before' : statementWords(said);
  const about = survey.findings.filter((one) => one.control === control);
  return [
    safe(`${control}: ${words}`, style),
    ...criticalLines(about, style),
    safe(capital(`score ${survey.score}/100 now`), style),
  ].join('\n');
}

function json(target: string, { context, score }: Survey): string {
  return safeJson({ version: 1, target, score, statements: context.statements ?? [] });
}
