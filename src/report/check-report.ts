import type { Control, Finding, FindingResult, Step } from '../model/control.ts';
import { waivedCritical } from '../model/statement.ts';
import type { StepView } from '../model/view.ts';
import { RESULT_ORDER, SEVERITY_ORDER } from './style.ts';

/** What `check` found: the input of every format. `created` is ISO 8601 UTC, `tool` the version. */
export type CheckReport = {
  readonly target: string;
  readonly tool: string;
  readonly created: string;
  readonly profile: string;
  readonly findings: readonly Finding[];
  /** 0–100. */
  readonly score: number;
  readonly steps: readonly Step[];
  /** What the steps see on the host, as tables. */
  readonly views: readonly StepView[];
  /** False: nobody knocked, though a table would be better for it. */
  readonly knocked?: boolean;
};

export type Section = { readonly step: Step; readonly findings: readonly Finding[] };

/** Findings by step, in the order of the walk; what asks for an act first. Steps without findings are left out. */
export function sectionsOf(report: CheckReport): readonly Section[] {
  const rank = (it: Finding) => RESULT_ORDER.indexOf(it.result) * 10 + SEVERITY_ORDER.indexOf(it.severity);
  return report.steps
    .map((step) => ({
      step,
      findings: report.findings.filter((it) => it.step === step.id).toSorted((a, b) => rank(a) - rank(b)),
    }))
    .filter(({ findings }) => findings.length > 0);
}

/** The control a finding is about. */
export function controlOf(report: CheckReport, finding: Finding): Control | undefined {
  return report.steps.flatMap((step) => step.controls).find((control) => control.id === finding.control);
}

/** How often each result occurs; results that do not occur are left out. */
export function counts(findings: readonly Finding[]): readonly (readonly [FindingResult, number])[] {
  return RESULT_ORDER.map(
    (result) => [result, findings.filter((it) => it.result === result).length] as const,
  ).filter(([, count]) => count > 0);
}

/** No control applies: a score would say that all is well where nothing was looked at. */
export function nothingToJudge(findings: readonly Finding[]): boolean {
  return findings.every((it) => it.result === 'notapplicable' || it.result === 'notchecked');
}

/** "score 49/100", or that there is none; never without the critical ones that were waived. */
export function scoreWords(report: CheckReport): string {
  if (nothingToJudge(report.findings)) return 'nothing to judge';
  const left = waivedCritical(report.findings).map(({ control }) => control);
  const without = left.length === 0 ? '' : `, WITHOUT what is critical and waived: ${left.join(', ')}`;
  return `score ${report.score}/100${without}`;
}
