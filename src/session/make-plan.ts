import { UserError } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import type { PlanRequest, Survey } from '../model/session.ts';
import { missingRisky } from '../plan/answers.ts';
import { candidateCommand, parseCandidate } from '../plan/candidate.ts';
import { packagesCommand, parsePackages } from '../plan/package-set.ts';
import { draftPlan, finishPlan } from '../plan/plan.ts';
import { rehearsalEngine, rehearsalRequest } from '../transaction/rehearse.ts';
import type { SessionState } from './session.ts';

/** Drafts, asks the host what the candidate would mean (one exchange, nothing touched), and finishes the plan. */
export async function makePlan(state: SessionState, survey: Survey, request: PlanRequest): Promise<Plan> {
  const { emit, tool } = state.options;
  const context = { ...survey.context, answers: request.answers };
  const steps = chosenSteps(state, request.steps);
  if (request.headless === true) refuseGuessing(missingRisky(steps, context).map((question) => question.id));
  emit({ type: 'planning', detail: 'Changes worked out' });
  const draft = draftPlan({
    context,
    steps,
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

function refuseGuessing(ids: readonly string[]): void {
  if (ids.length === 0) return;
  throw new UserError(
    `${ids.length === 1 ? 'a question that could lock somebody out has' : 'questions that could lock somebody out have'} no answer: ${ids.join(', ')}`,
    {
      where: '--set',
      hints: [
        ...ids.map((id) => `give --set ${id}=VALUE, or "${id}: VALUE" in the file of --answers`),
        'the wizard proposes an answer to each from what it sees on the host',
      ],
    },
  );
}
