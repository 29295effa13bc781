// After packages were installed the rest is planned again. Rules: nothing may be done that was not shown: each change must have
// been in the plan that was approved, at the same address, with the same text and the same operations. What is no longer needed
// (the package brought it) may fall away, single verbs of a unit too; "create" may have become "update", because what is written is the
// same.
import type { AnswerValue } from '../model/control.ts';
import type { Plan } from '../model/plan.ts';
import type { Change } from '../model/resource.ts';
import type { PlanRequest } from '../model/session.ts';

/** The request that gives the same plan again: same steps, same answers, same controls left out. */
export function sameRequest(shown: Plan): PlanRequest {
  const planned = new Set(shown.changes.flatMap((change) => change.controls));
  const left = shown.findings.filter((one) => one.result === 'fail' && !planned.has(one.control));
  return {
    steps: [...new Set(shown.findings.map((finding) => finding.step))],
    answers: new Map<string, AnswerValue>(Object.entries(shown.answers)),
    without: new Set(left.map((finding) => finding.control)),
  };
}

/** What the new plan would do that was not shown, a line each; empty: go on. */
export function notShown(shown: Plan, fresh: Plan): readonly string[] {
  const known = new Map(acting(shown).map((change) => [keyOf(change), change]));
  return acting(fresh).flatMap((change) => {
    const before = known.get(keyOf(change));
    if (before === undefined) return [`${change.address}: was not in the plan`];
    return sameWork(before, change) ? [] : [`${change.address}: comes out differently now`];
  });
}

function acting(plan: Plan): readonly Change[] {
  return plan.changes.filter((change) => change.action !== 'none');
}

const keyOf = ({ step, phase, address }: Change): string => `${step} ${phase} ${address}`;

function sameWork(before: Change, now: Change): boolean {
  const actions = new Set([before.action, now.action]);
  const written = actions.size === 2 && actions.has('create') && actions.has('update');
  if (actions.size > 1 && !written) return false;
  if (before.after !== now.after) return false;
  const shown = before.primitives.map((one) => JSON.stringify(one));
  const still = now.primitives.map((one) => JSON.stringify(one));
  const onlyUnits = before.primitives.every(({ kind }) => kind === 'unit');
  return onlyUnits ? still.every((one) => shown.includes(one)) : still.join() === shown.join();
}
