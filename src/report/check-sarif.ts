// Rules: SARIF 2.1.0. A control is a rule, a finding a result; a result that is no failure has level "none", as the standard
// demands. A host is not a file, so the place is a logical one.
import type { Finding, FindingResult, Severity } from '../model/control.ts';
import { statementWords } from '../model/statement.ts';
import { safeJson } from '../text/json.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { type CheckReport, sectionsOf } from './check-report.ts';

const LEVEL: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
};

/** What code scanning services sort by, 0.0–10.0. */
const SECURITY_SEVERITY: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.0',
};

type Kind = 'pass' | 'fail' | 'open' | 'notApplicable' | 'review' | 'informational';

const KIND: Readonly<Record<FindingResult, Kind>> = {
  pass: 'pass',
  fail: 'fail',
  unknown: 'open',
  notapplicable: 'notApplicable',
  // A person has to look; once he has, it is told, and is no result of ours.
  notchecked: 'review',
  waived: 'fail',
  attested: 'informational',
};

/** The report as a SARIF log. */
export function checkSarif(report: CheckReport): string {
  const findings = sectionsOf(report).flatMap((section) => section.findings);
  const judged = new Set(findings.map((it) => it.control));
  const controls = report.steps.flatMap((step) => step.controls).filter((control) => judged.has(control.id));
  const rules = controls.map((control) => ({
    id: control.id,
    shortDescription: { text: control.title },
    fullDescription: { text: control.why },
    help: { text: helpOf(control.why, control.mayBreak, control.references) },
    defaultConfiguration: { level: LEVEL[control.severity] },
    properties: {
      'security-severity': SECURITY_SEVERITY[control.severity],
      tags: ['security', control.severity],
    },
  }));
  const index = new Map(rules.map((rule, position) => [rule.id, position]));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Portcullis', version: report.tool, semanticVersion: report.tool, rules } },
        automationDetails: { id: `portcullis/${report.profile}/${report.target}/` },
        invocations: [{ executionSuccessful: true, endTimeUtc: report.created }],
        columnKind: 'utf16CodeUnits',
        properties: { score: report.score, profile: report.profile, target: report.target },
        results: findings.map((finding) => resultOf(report, finding, index.get(finding.control))),
      },
    ],
  };
  return `${safeJson(log, 2)}\n`;
}

function resultOf(report: CheckReport, finding: Finding, ruleIndex: number | undefined): object {
  const kind = KIND[finding.result];
  const evidence = finding.evidence.map((it) => sanitizeLine(it, 500)).join('; ');
  return {
    ruleId: finding.control,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    kind,
    level: kind === 'fail' ? LEVEL[finding.severity] : 'none',
    message: { text: evidence === '' ? finding.title : `${finding.title}: ${evidence}` },
    locations: [
      {
        logicalLocations: [
          { name: finding.step, fullyQualifiedName: `${report.target}/${finding.step}`, kind: 'resource' },
        ],
      },
    ],
    partialFingerprints: { 'portcullis/v1': `${report.target}:${finding.control}` },
    ...(finding.result === 'waived' ? { suppressions: [suppressionOf(finding)] } : {}),
  };
}

function suppressionOf({ statement }: Finding): object {
  const told = { kind: 'external', status: 'accepted' };
  if (statement === undefined) return told;
  const { by, at, until } = statement;
  const justification = sanitizeLine(statementWords(statement), 500);
  return { ...told, justification, properties: { by: sanitizeLine(by, 80), at, until } };
}

function helpOf(why: string, mayBreak: string, references: readonly string[]): string {
  return [why, `May break: ${mayBreak}`, ...references.map((it) => `Reference: ${it}`)].join('\n');
}
