// What has to come first. Rules: steps say it as data (Step.after) and nothing here knows one; the walk's own order stays where no edge speaks
// against it; what an edge needs is there, or comes earlier in the same plan, or nothing of the step that needs it is done.
import type { Context } from '../model/context.ts';
import type { Finding, Step, StepEdge } from '../model/control.ts';
import { UserError } from '../model/errors.ts';
import type { Refusal } from '../model/plan.ts';
import type { Change } from '../model/resource.ts';
import { judge } from './judge.ts';

/** The steps in the order in which their changes are made. Throws UserError where edges go round. */
export function inWalkOrder(steps: readonly Step[], context: Context): readonly Step[] {
  const ordered: Step[] = [];
  const left = [...steps];
  while (left.length > 0) {
    const waits = (step: Step): boolean =>
      edgesOf(step, context).some((edge) => left.some(({ id }) => id === edge.step));
    const next = left.findIndex((step) => !waits(step));
    if (next < 0) {
      throw new UserError(`these steps wait for each other: ${left.map(({ id }) => id).join(', ')}`, {
        where: '--steps',
        hints: ['plan one of them by itself, with --steps'],
      });
    }
    ordered.push(...left.splice(next, 1));
  }
  return ordered;
}

/** Why changes of a step must not be made yet: what it needs does not hold, and nothing planned before it brings it. */
export function edgeRefusals(it: {
  readonly steps: readonly Step[];
  /** Every step of the profile: what is needed may not be planned now. */
  readonly walk: readonly Step[];
  readonly context: Context;
  readonly changes: readonly Change[];
  /** Controls that this plan puts right. */
  readonly fixed: ReadonlySet<string>;
}): readonly Refusal[] {
  const { steps, walk, context, changes, fixed } = it;
  const acting = new Set(changes.flatMap(({ action, step }) => (action === 'none' ? [] : [step])));
  return steps
    .filter(({ id }) => acting.has(id))
    .flatMap((step) =>
      edgesOf(step, context).flatMap((edge): Refusal[] => {
        const found = neededOf(edge, walk, context);
        if (found === undefined || holds(found) || fixed.has(found.control)) return [];
        const also = steps.some(({ id }) => id === edge.step);
        return [
          {
            guard: 'guard.order',
            message: `${step.id} needs ${found.control} first: ${edge.why}. It is judged "${found.result}": ${found.evidence.join('; ')}.`,
            remedy: also
              ? `See to ${found.control} (portcullis explain ${found.control}), or leave ${step.id} out with --steps.`
              : `Plan both together: --steps ${edge.step},${step.id}`,
          },
        ];
      }),
    );
}

function edgesOf({ after = [] }: Step, context: Context): readonly StepEdge[] {
  return after.filter(({ when }) => when === undefined || when(context));
}

/** What is so now with the control that is needed; undefined where the profile does not have it. */
function neededOf({ step, needs }: StepEdge, walk: readonly Step[], context: Context): Finding | undefined {
  const other = walk.find(({ id }) => id === step);
  const control = other?.controls.find(({ id }) => id === needs);
  if (other === undefined || control === undefined) return undefined;
  return judge({ steps: [{ ...other, controls: [control] }], context })[0];
}

/** What was waived or could not be told does not carry what stands on it. */
function holds({ result }: Finding): boolean {
  return result === 'pass' || result === 'notapplicable' || result === 'attested';
}
