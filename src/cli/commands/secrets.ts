// `portcullis secrets`: the step "secrets" alone, whatever else the profile walks. list and validate look; generate and rotate are a plan,
// shown and approved like any other; with --all, what may not be changed is left alone.
import { generate, inventory, rotate } from '../../../steps/secrets/questions.ts';
import { heldBack } from '../../../steps/secrets/remedies.ts';
import { lackOf } from '../../../steps/secrets/weakness.ts';
import { secrets as step } from '../../../steps/secrets.ts';
import { answerOf } from '../../model/context.ts';
import type { AnswerValue } from '../../model/control.ts';
import { EXIT, UserError } from '../../model/errors.ts';
import type { Survey } from '../../model/session.ts';
import type { StepView } from '../../model/view.ts';
import { score } from '../../plan/judge.ts';
import { checkText } from '../../report/check-text.ts';
import { planJson } from '../../report/plan-json.ts';
import { planText } from '../../report/plan-text.ts';
import { secretsJson } from '../../report/secrets-json.ts';
import { viewText } from '../../report/view-text.ts';
import { sanitizeLine } from '../../text/sanitize.ts';
import { type HandOver, type HandOverOptions, prepareHandOver } from '../hand-over/hand-over.ts';
import { type Opened, openSession, type Start } from '../open-session.ts';
import type { ChoiceOptions, LeaseOptions, ReachOptions } from '../options.ts';
import { deliver, openView, styleOf } from '../view.ts';

const SECRET_VERBS = ['list', 'generate', 'rotate', 'validate'] as const;
type SecretVerb = (typeof SECRET_VERBS)[number];

type SecretsOptions = ReachOptions &
  LeaseOptions &
  HandOverOptions &
  Pick<ChoiceOptions, 'profile' | 'answers' | 'set'> & { all: boolean; yes: boolean; dryRun: boolean };

type SecretsRun = {
  readonly target: string;
  readonly verb: SecretVerb;
  readonly names: readonly string[];
  readonly options: SecretsOptions;
  readonly start: Start;
};

/** Exit codes: list 0; validate 0 or 2; the others as apply. */
export async function secrets(run: SecretsRun): Promise<number> {
  const { target, verb, names, options, start } = run;
  if (options.all && names.length > 0)
    throw new UserError('names and --all together', { where: '--all', hints: ['give the names, or --all'] });
  const changes = verb === 'generate' || verb === 'rotate';
  if (verb === 'rotate' && !options.all && names.length === 0)
    throw new UserError('nothing was named to be changed', {
      where: 'NAME',
      hints: ['give names, or --all'],
    });
  if (changes && !options.yes && !options.dryRun) {
    throw new UserError(`${verb} changes the host and needs your approval`, {
      where: '--yes',
      hints: ['look at it first: --dry-run', 'then add --yes'],
    });
  }
  const handOver = await prepareHandOver(options, changes);
  const view = await openView(options, { target });
  const choice = { ...options, without: [] };
  const again = [verb, ...names, ...(options.all ? ['--all'] : []), ...choiceWords(options), '--yes'];
  const reached = {
    target,
    reach: options,
    choice,
    lease: options,
    look: 'all',
    only: step.id,
    again,
  } as const;
  const opened = await openSession({ ...reached, ...start, ...view });
  try {
    await opened.session.connect();
    const survey = await opened.session.discover();
    const chosen = chosenNames(survey, opened, names);
    if (changes) return await change({ run, survey, opened, chosen, view, handOver });
    if (verb === 'list') return await list(run, survey, chosen);
    return await validate(run, survey, chosen);
  } finally {
    await opened.session.close();
  }
}

/** Where secrets are declared, as it was said. */
function choiceWords({ profile, answers, set }: SecretsOptions): readonly string[] {
  return [
    ...(profile === 'linux' ? [] : ['--profile', profile]),
    ...(answers === undefined ? [] : ['--answers', answers]),
    ...set.flatMap((word) => ['--set', word]),
  ];
}

type Changing = {
  readonly run: SecretsRun;
  readonly survey: Survey;
  readonly opened: Opened;
  readonly chosen: readonly string[];
  readonly view: Awaited<ReturnType<typeof openView>>;
  readonly handOver: HandOver | undefined;
};

/** A plan of one control alone, shown and carried out as apply does it. */
async function change({ run, survey, opened, chosen, view, handOver }: Changing): Promise<number> {
  const { verb, options } = run;
  const only = verb === 'rotate' ? 'secrets.rotation' : 'secrets.set';
  const declared = listOf(answerOf(inventory, { ...survey.context, answers: opened.answers }));
  const mine = declared.filter((text) => chosen.includes(nameOf(text)));
  const answers = new Map([
    ...opened.answers,
    // The inventory stays whole: who shares a role must be seen, and it is what the host remembers.
    [inventory.id, declared] as const,
    [generate.id, verb === 'generate' ? chosen : []] as const,
    [rotate.id, verb === 'rotate' ? rotatable(run, mine, chosen) : []] as const,
  ]);
  if (verb === 'generate' && run.names.length > 0) refuseHeldBack({ ...survey.context, answers }, chosen);
  const without = new Set(step.controls.map(({ id }) => id).filter((id) => id !== only));
  const plan = await opened.session.plan({ answers, without, headless: true });
  const style = { ...view.style, brief: !options.dryRun };
  if (options.dryRun) {
    await deliver(options.json ? planJson(plan) : planText(plan, style));
    if (plan.refusals.length > 0) return EXIT.refused;
    if (!plan.complete) return EXIT.error;
    return plan.applyable ? EXIT.pending : EXIT.fine;
  }
  if (!options.json) process.stderr.write(planText(plan, style));
  const summary = await opened.session.apply(plan, { confirm: options.confirm, lease: options.lease });
  const made = handOver === undefined ? [] : opened.session.takeNewSecrets();
  if (handOver === undefined) return await view.conclude(summary);
  try {
    // A file that cannot be written after all must not hide how the run ended.
    const written = await handOver.file(made, run.target).catch((error: unknown) => ({ error }));
    if (typeof written === 'string') view.emit({ type: 'note', level: 'info', text: written });
    if (made.length === 0)
      view.emit({
        type: 'note',
        level: 'info',
        text: 'No new value was kept, so there is none to hand over.',
      });
    const code = await view.conclude(summary);
    if (typeof written === 'object') throw written.error;
    await handOver.show(made);
    return code;
  } finally {
    for (const { value } of made) value.wipe();
  }
}

/** What was named and lacks a value is refused with the reason, and not passed over. */
function refuseHeldBack(context: Survey['context'], names: readonly string[]): void {
  const seen = context.secrets?.kind === 'known' ? context.secrets.value.secrets : [];
  const problems = seen
    .filter((it) => names.includes(it.entry.name) && lackOf(it) !== undefined)
    .flatMap((it) => {
      const why = heldBack(context, it);
      return why === undefined ? [] : [`${it.entry.name}: ${why}`];
    });
  if (problems.length > 0)
    throw new UserError(problems.join('; '), { where: 'NAME', exitCode: EXIT.refused });
}

/** With --all those that may be changed at all; named ones are answered for as they are. */
function rotatable(
  { options }: SecretsRun,
  texts: readonly string[],
  chosen: readonly string[],
): readonly string[] {
  if (!options.all) return chosen;
  const may = texts.filter((text) => / (rotate (safe|logs-out)|postgres \S+)( |$)/.test(text));
  const barred = may.filter((text) => / rotate (destroys|second-write)( |$)/.test(text));
  return may.filter((text) => !barred.includes(text)).map(nameOf);
}

function listOf(value: AnswerValue): readonly string[] {
  return typeof value === 'object' ? value : [];
}

function nameOf(entry: string): string {
  return entry.trim().split(/\s+/)[0] ?? '';
}

/** Names that are meant; every declared one where none is given. */
function chosenNames(survey: Survey, opened: Opened, names: readonly string[]): readonly string[] {
  const context = { ...survey.context, answers: opened.answers };
  const declared = (step.secrets?.(context) ?? []).map(({ name }) => name);
  const problem = inventoryProblem(context);
  if (problem !== undefined) throw new UserError(problem, { where: 'secrets.inventory' });
  if (declared.length === 0) {
    throw new UserError('no secret is declared for this host', {
      where: 'secrets.inventory',
      hints: [
        'name each with its file, never with its value: --set "secrets.inventory=DB_PASSWORD in /srv/app/.env for app.service"',
        'or write them under secrets.inventory in the file of --answers, or in a profile',
      ],
    });
  }
  const strange = names.find((name) => !declared.includes(name));
  if (strange !== undefined) {
    throw new UserError(`no secret is called "${sanitizeLine(strange, 60)}"`, {
      where: 'NAME',
      hints: [`declared: ${declared.join(', ')}`],
    });
  }
  return names.length === 0 ? declared : names;
}

function inventoryProblem(context: Survey['context']): string | undefined {
  return inventory.check?.(answerOf(inventory, context), context);
}

/** The table of the step, with these rows alone. */
function tableOf({ context }: Survey, names: readonly string[]): StepView {
  const [view] = step.views?.(context) ?? [];
  if (view === undefined)
    throw new UserError('no secret is declared for this host', { where: 'secrets.inventory' });
  return { ...view, rows: view.rows.filter(({ cells }) => names.includes(cells[0] ?? '')) };
}

async function list(
  { target, options }: SecretsRun,
  survey: Survey,
  names: readonly string[],
): Promise<number> {
  const table = tableOf(survey, names);
  const text = options.json
    ? secretsJson(target, table, survey.findings)
    : viewText(table, styleOf(process.stdout, options)).join('\n');
  await deliver(text);
  return EXIT.fine;
}

async function validate(run: SecretsRun, survey: Survey, names: readonly string[]): Promise<number> {
  const { target, options, start } = run;
  const table = tableOf(survey, names);
  const some = run.names.length > 0;
  const bad = some
    ? table.rows.length < names.length || table.rows.some(({ state }) => state !== 'good')
    : survey.findings.some(({ result }) => result === 'fail' || result === 'unknown');
  if (options.json) await deliver(secretsJson(target, table, some ? [] : survey.findings));
  else if (some) await deliver(viewText(table, styleOf(process.stdout, options)).join('\n'));
  else {
    const report = {
      target,
      tool: start.version,
      created: new Date().toISOString(),
      profile: survey.context.profile.id,
      findings: survey.findings,
      score: score(survey.findings),
      steps: survey.steps,
      views: [table],
    };
    await deliver(
      checkText(report, { ...styleOf(process.stdout, options), verbose: options.verbose, views: true }),
    );
  }
  return bad ? EXIT.pending : EXIT.fine;
}
