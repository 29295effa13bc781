import { readFile } from 'node:fs/promises';
import { UserError } from '../../model/errors.ts';
import type { Plan } from '../../model/plan.ts';
import type { Session } from '../../model/session.ts';
import { parsePlan } from '../../plan/plan-file.ts';
import { planText } from '../../report/plan-text.ts';
import { type Opened, openSession, type Start } from '../open-session.ts';
import type { ChoiceOptions, LeaseOptions, ReachOptions } from '../options.ts';
import { openView } from '../view.ts';

type ApplyOptions = ReachOptions & ChoiceOptions & LeaseOptions & { plan?: string; yes: boolean };

/** `portcullis apply`: carries out a plan without asking. Exit codes as in design.md §5. */
export async function apply(target: string, options: ApplyOptions, start: Start): Promise<number> {
  if (!options.yes) {
    throw new UserError('apply changes the host and needs your approval', {
      where: '--yes',
      hints: [
        `see what it would do: portcullis plan ${target}`,
        'then add --yes, or approve a reviewed file with --plan FILE --yes',
      ],
    });
  }
  const given = options.plan === undefined ? undefined : await readPlan(options.plan);
  const view = await openView(options, { target });
  const opened = await openSession({
    target,
    reach: options,
    choice: options,
    lease: options,
    look: 'all',
    ...start,
    ...view,
  });
  try {
    await opened.session.connect();
    await opened.session.discover();
    const plan = given ?? (await freshPlan(opened));
    if (!options.json) process.stderr.write(planText(plan, { ...view.style, brief: true }));
    const summary = await carryOut(opened.session, plan, options);
    return await view.conclude(summary);
  } finally {
    await opened.session.close();
  }
}

function freshPlan(opened: Opened): Promise<Plan> {
  return opened.session.plan({
    answers: opened.answers,
    without: opened.without,
    headless: true,
    ...(opened.steps === undefined ? {} : { steps: opened.steps }),
  });
}

function carryOut(session: Session, plan: Plan, options: ApplyOptions) {
  return session.apply(plan, { confirm: options.confirm, lease: options.lease });
}

async function readPlan(path: string): Promise<Plan> {
  try {
    return parsePlan(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`cannot read the plan: ${(error as NodeJS.ErrnoException).code ?? 'error'}`, {
      where: path,
      hints: ['portcullis plan TARGET --out FILE writes one'],
      cause: error,
    });
  }
}
