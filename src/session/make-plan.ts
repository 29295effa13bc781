import { answerOf, type Context, proposalOf, setWord } from '../model/context.ts';
import type { Question } from '../model/control.ts';
import { UserError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import type { PlanRequest, Survey } from '../model/session.ts';
import { missingRisky } from '../plan/answers.ts';
import { candidateCommand, parseCandidate } from '../plan/candidate.ts';
import { packagesCommand, parsePackages } from '../plan/package-set.ts';
import { draftPlan, finishPlan } from '../plan/plan.ts';
import { quote } from '../text/command.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { rehearsalEngine, rehearsalRequest } from '../transaction/rehearse.ts';
import type { SessionState } from './session.ts';

/** Drafts, asks the host what the candidate would mean (one exchange, nothing touched), and finishes the plan. */
export async function makePlan(state: SessionState, survey: Survey, request: PlanRequest): Promise<Plan> {
  const { emit, tool } = state.options;
  const context = { ...survey.context, answers: request.answers };
  const steps = chosenSteps(state, request.steps);
  if (request.headless === true) refuseGuessing(missingRisky(steps, context), context);
  emit({ type: 'planning', detail: 'Changes worked out' });
  const draft = draftPlan({
    context,
    steps,
    walk: state.steps,
    ...(request.without === undefined ? {} : { without: request.without }),
  });
  const rehearser =
    request.rehearse === false ? undefined : { engine: rehearsalEngine(), request: rehearsalRequest };
  const command = candidateCommand(draft, { rehearser });
  emit({ type: 'planning', detail: 'Rehearsed on the host, in namespaces that vanish' });
  const candidate =
    command === undefined
      ? undefined
      : parseCandidate(await (await state.line.transport()).run(command), draft, { rehearser });
  const packages = packagesCommand(draft.changes);
  if (packages !== undefined) emit({ type: 'planning', detail: 'Packages worked out by apt on the host' });
  const said =
    packages === undefined ? undefined : parsePackages(await (await state.line.transport()).run(packages));
  return finishPlan(draft, candidate, { tool, created: new Date().toISOString(), packages: said });
}

function chosenSteps(state: SessionState, wanted: readonly string[] | undefined): SessionState['steps'] {
  if (wanted === undefined || wanted.length === 0) return state.steps;
  const known = state.steps.map((step) => step.id);
  const strange = wanted.find((id) => !known.includes(id));
  if (strange !== undefined) {
    throw new UserError(`there is no step "${strange.slice(0, 60)}"`, {
      where: '--steps',
      hints: [`steps of this profile: ${known.join(', ')}`],
    });
  }
  return state.steps.filter((step) => wanted.includes(step.id));
}

function refuseGuessing(missing: readonly Question[], context: Context): void {
  if (missing.length === 0) return;
  const proposals = missing.map((question) => {
    const word = quote(setWord(question.id, answerOf(question, context)));
    return `--set ${word} is proposed here: ${proposalOf(question, context).reason}`;
  });
  const many = missing.length > 1;
  throw new UserError(
    `${many ? 'questions' : 'a question'} that could lock somebody out ${many ? 'have' : 'has'} no answer: ${missing.map(({ id }) => id).join(', ')}`,
    {
      where: '--set',
      hints: [
        ...proposals.map((text) => sanitizeLine(text, 300)),
        'give each in such a flag, or under its id in the file of --answers',
      ],
    },
  );
}
