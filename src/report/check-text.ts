import type { Finding } from '../model/control.ts';
import { pad, widthOf, wrap } from '../text/wrap.ts';
import {
  type CheckReport,
  counts,
  nothingToJudge,
  type Section,
  scoreWords,
  sectionsOf,
} from './check-report.ts';
import { drawn, paint, plural, resultLabel, resultPaint, resultWord, type Style, safe } from './style.ts';
import { viewText } from './view-text.ts';

/** Columns before a line of evidence. */
const EVIDENCE = 6;

type CheckStyle = Style & { readonly verbose?: boolean; readonly views?: boolean };

/** The report for a terminal. Evidence of what passed is shown with `verbose` only, tables of the steps with `views` only. */
export function checkText(report: CheckReport, style: CheckStyle): string {
  const found = counts(report.findings).map(([result, count]) => `${count} ${resultWord(result)}`);
  const head = `${safe(report.target, style)}  profile ${safe(report.profile, style)}`;
  return [
    paint(head, 'strong', style),
    ...wrap(drawn([scoreWords(report), ...found].join(' · '), style), { width: style.columns }),
    ...sectionsOf(report).flatMap((section) => ['', ...sectionLines(section, style)]),
    ...(style.views === true ? report.views.flatMap((view) => ['', ...viewText(view, style)]) : []),
    '',
    ...(style.views === true && report.knocked === false
      ? wrap(
          `Knock at these ports from here as well: portcullis check ${safe(report.target, style)} --view --probe`,
          { width: style.columns },
        )
      : []),
    ...closing(report, style),
    '',
  ].join('\n');
}

function sectionLines({ step, findings: all }: Section, style: CheckStyle): readonly string[] {
  const idle = style.verbose === true ? [] : all.filter((it) => it.result === 'notapplicable');
  const findings = all.filter((it) => !idle.includes(it));
  const label = Math.max(...findings.map((it) => widthOf(resultLabel(it.result, style))));
  const severity = Math.max(...findings.map((it) => it.severity.length));
  const id = Math.max(...findings.map((it) => widthOf(safe(it.control, style))));
  const title = paint(safe(step.title, style), 'strong', style);
  return [
    title,
    ...findings.flatMap((it) => findingLines(it, { label, severity, id }, style)),
    ...(idle.length === 0 ? [] : idleLines(idle, findings.length === 0, style)),
  ];
}

/** What does not apply is told in a word: a person reads about what is there. `verbose` shows each. */
function idleLines(idle: readonly Finding[], alone: boolean, style: CheckStyle): readonly string[] {
  const { result } = idle[0] ?? { result: 'notapplicable' };
  const names = alone
    ? `: there is nothing here that ${plural(idle.length, 'control')} could judge`
    : ` (${idle.length}): ${idle.map(({ control }) => safe(control, style)).join(', ')}`;
  const lines = wrap(`${resultLabel(result, style)}${names}`, {
    width: style.columns,
    first: '  ',
    indent: '    ',
  });
  return lines.map((line) => paint(line, 'quiet', style));
}

function findingLines(
  finding: Finding,
  widths: { readonly label: number; readonly severity: number; readonly id: number },
  style: CheckStyle,
): readonly string[] {
  const label = paint(
    pad(resultLabel(finding.result, style), widths.label),
    resultPaint(finding.result),
    style,
  );
  const columns = `${pad(finding.severity, widths.severity)}  ${pad(safe(finding.control, style), widths.id)}`;
  const left = widths.label + widths.severity + widths.id + 8;
  const title = safe(finding.title, style) + (finding.stricter ? ' (yours is stricter; kept)' : '');
  // On a narrow screen the title gets lines of its own.
  const narrow = style.columns - left < 30;
  const indent = ' '.repeat(narrow ? 6 : left);
  const titleLines = wrap(title, { width: style.columns, indent });
  const lines = narrow
    ? [`  ${label}  ${columns}`.trimEnd(), ...titleLines]
    : [`  ${label}  ${columns}  ${titleLines[0]?.trimStart() ?? ''}`, ...titleLines.slice(1)];
  // What a person said, or is to say, is never left out.
  const open = finding.result !== 'pass' && finding.result !== 'notapplicable';
  const evidence = open || style.verbose === true ? finding.evidence : [];
  return [...lines, ...evidence.flatMap((it) => evidenceLines(it, style))];
}

/** Evidence has the whole width below its control: a value and where it comes from stay on one line where they can. */
function evidenceLines(evidence: string, style: Style): readonly string[] {
  const lines = wrap(safe(evidence, style), {
    width: style.columns,
    indent: `${' '.repeat(EVIDENCE)}  `,
    first: `${' '.repeat(EVIDENCE)}- `,
  });
  return lines.map((line) => paint(line, 'quiet', style));
}

function closing(report: CheckReport, style: Style): readonly string[] {
  const failing = report.findings.filter((it) => it.result === 'fail');
  const unknown = report.findings.filter((it) => it.result === 'unknown');
  const [asked] = report.findings.filter((it) => it.result === 'notchecked');
  const [first] = failing;
  const lines = [
    failing.length > 0 || unknown.length > 0
      ? undefined
      : nothingToJudge(report.findings)
        ? 'No control of this profile applies here, so there is nothing to judge.'
        : 'Everything that applies here passes.',
    unknown.length > 0
      ? `${plural(unknown.length, 'control')} could not be judged; that does not count as passed.`
      : undefined,
    asked === undefined
      ? undefined
      : `What no tool can see, you can attest: portcullis attest ${safe(report.target, style)} ${asked.control} --reason TEXT`,
    first === undefined ? undefined : `See what would change: portcullis plan ${safe(report.target, style)}`,
    first === undefined ? undefined : `Read about one: portcullis explain ${safe(first.control, style)}`,
  ];
  return lines.filter((line) => line !== undefined).flatMap((line) => wrap(line, { width: style.columns }));
}
