import type { Plan } from '../model/plan.ts';
import { diffLines, renderUnified } from '../text/diff.ts';
import { safeJson } from '../text/json.ts';

/**
 * The plan for review by programs: everything but the file contents, each change with its unified diff. `plan --out` writes
 * the plan that can be applied; this is its view. Version 1: fields are only ever added.
 */
export function planJson(plan: Plan): string {
  const { contents, changes, ...rest } = plan;
  return `${safeJson(
    {
      ...rest,
      contentHashes: Object.keys(contents).toSorted(),
      changes: changes.map((change) => {
        const hasText = change.before !== undefined || change.after !== undefined;
        const names = {
          before: change.before === null ? '(absent)' : change.address,
          after: change.after === null ? '(absent)' : change.address,
        };
        return {
          ...change,
          diff: hasText ? renderUnified(diffLines(change.before, change.after), names) : null,
        };
      }),
    },
    2,
  )}\n`;
}
