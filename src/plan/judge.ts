// Rules: not applicable is not pass, could-not-tell is not pass; fail and unknown earn nothing; waived and attested are left out
// of both sums. While a critical control fails the score is at most 49.
import type { Context } from '../model/context.ts';
import { type Control, type Finding, type FindingResult, type Step, WEIGHT } from '../model/control.ts';

export type JudgeOptions = {
  readonly steps: readonly Step[];
  readonly context: Context;
  /** Control id → reason. */
  readonly waived?: ReadonlyMap<string, string>;
  /** Control id → what the operator attested. Only counts where a control cannot be judged as passed or failed. */
  readonly attested?: ReadonlyMap<string, string>;
};

/** One finding a control, in the order of the steps. A judge that throws is our bug and is not caught. */
export function judge(options: JudgeOptions): readonly Finding[] {
  return options.steps.flatMap((step) => step.controls.map((control) => judgeOne(control, step, options)));
}

function judgeOne(control: Control, step: Step, options: JudgeOptions): Finding {
  const { context } = options;
  const finding = (result: FindingResult, evidence: readonly string[], stricter = false): Finding => ({
    control: control.id,
    step: step.id,
    title: control.title,
    severity: control.severity,
    result,
    evidence,
    stricter,
  });
  const waiver = options.waived?.get(control.id);
  if (waiver !== undefined) return finding('waived', [`waived: ${waiver}`]);
  const excluded = context.profile.excludes.get(control.id);
  if (excluded !== undefined) return finding('notapplicable', [excluded]);
  if (control.applies !== undefined && !control.applies(context)) {
    return finding('notapplicable', ['does not apply to this host']);
  }
  const verdict = control.judge(context);
  const word = options.attested?.get(control.id);
  if (verdict.result === 'unknown' && word !== undefined) return finding('attested', [`attested: ${word}`]);
  return finding(verdict.result, verdict.evidence, verdict.result === 'pass' && verdict.stricter === true);
}

/** 0–100, whole. 100 when nothing applies. */
export function score(findings: readonly Finding[]): number {
  const counted = findings.filter((finding) => ['pass', 'fail', 'unknown'].includes(finding.result));
  const total = counted.reduce((sum, finding) => sum + WEIGHT[finding.severity], 0);
  const passed = counted
    .filter((finding) => finding.result === 'pass')
    .reduce((sum, finding) => sum + WEIGHT[finding.severity], 0);
  const share = total === 0 ? 100 : Math.floor((passed / total) * 100);
  const critical = counted.some((finding) => finding.result === 'fail' && finding.severity === 'critical');
  return critical ? Math.min(share, 49) : share;
}
