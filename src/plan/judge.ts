// Rules: not applicable is not pass, could-not-tell is not pass; fail and unknown earn nothing; what was waived, attested or only the
// operator could attest is left out of both sums. While a critical control fails the score is at most 49. What the operator said
// never makes a pass, never hides one, and counts only until its last day.
import type { Context } from '../model/context.ts';
import {
  type Control,
  type Finding,
  type FindingResult,
  type Step,
  type Verdict,
  WEIGHT,
} from '../model/control.ts';
import { type Statement, statementWords } from '../model/statement.ts';

export type JudgeOptions = {
  readonly steps: readonly Step[];
  readonly context: Context;
};

/** One finding a control, in the order of the steps. A judge that throws is our bug and is not caught. */
export function judge(options: JudgeOptions): readonly Finding[] {
  return options.steps.flatMap((step) => step.controls.map((control) => judgeOne(control, step, options)));
}

function judgeOne(control: Control, step: Step, { context }: JudgeOptions): Finding {
  const statement = context.statements?.find((one) => one.control === control.id);
  const finding = (result: FindingResult, evidence: readonly string[], stricter = false): Finding => ({
    control: control.id,
    step: step.id,
    title: control.title,
    severity: control.severity,
    result,
    evidence,
    stricter,
    ...(statement === undefined ? {} : { statement }),
  });
  const excluded = context.profile.excludes.get(control.id);
  if (excluded !== undefined) return finding('notapplicable', [excluded]);
  if (control.applies !== undefined && !control.applies(context)) {
    return finding('notapplicable', ['does not apply to this host']);
  }
  const verdict = control.judge(context);
  if (verdict.result === 'pass') return finding('pass', verdict.evidence, verdict.stricter === true);
  const said = statement === undefined ? [] : [statementWords(statement)];
  return finding(resultWith(verdict, control, statement), [...said, ...verdict.evidence]);
}

function resultWith(
  { result }: Verdict,
  { attest }: Control,
  statement: Statement | undefined,
): FindingResult {
  const holds = statement?.expired === false ? statement.kind : undefined;
  if (holds === 'waive') return 'waived';
  if (result !== 'unknown' || attest === undefined) return result;
  return holds === 'attest' ? 'attested' : 'notchecked';
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
