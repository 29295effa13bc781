import { waivedCritical } from '../model/statement.ts';
import { safeJson } from '../text/json.ts';
import { type CheckReport, controlOf, counts, sectionsOf } from './check-report.ts';

/** Version 1: fields are only ever added. */
export function checkJson(report: CheckReport): string {
  const findings = sectionsOf(report).flatMap((section) => section.findings);
  return `${safeJson(
    {
      version: 1,
      tool: `portcullis ${report.tool}`,
      created: report.created,
      target: report.target,
      profile: report.profile,
      score: report.score,
      waivedCritical: waivedCritical(report.findings).map(({ control }) => control),
      counts: Object.fromEntries(counts(report.findings)),
      findings: findings.map((finding) => {
        const control = controlOf(report, finding);
        return { ...finding, why: control?.why ?? '', references: control?.references ?? [] };
      }),
      views: report.views,
    },
    2,
  )}\n`;
}
