// Rules: what a host or a profile said is data: every sign that Markdown or HTML would act on is escaped.
import { sanitizeLine } from '../text/sanitize.ts';
import { type CheckReport, counts, scoreWords, sectionsOf } from './check-report.ts';
import { capital, resultLabel, resultWord, type Style } from './style.ts';

const STYLE: Style = { color: false, unicode: true, columns: 100 };

/** The report as a GitHub-flavoured Markdown page. */
export function checkMarkdown(report: CheckReport): string {
  const found = counts(report.findings).map(([result, count]) => `${count} ${resultWord(result)}`);
  const sections = sectionsOf(report).flatMap(({ step, findings }) => [
    `## ${escaped(step.title)}`,
    '',
    '| result | severity | control | what | evidence |',
    '|---|---|---|---|---|',
    ...findings.map((it) => {
      const title = escaped(it.title) + (it.stricter ? ' (stricter than ours; kept)' : '');
      const evidence = it.evidence.map(escaped).join('<br>');
      return `| ${resultLabel(it.result, STYLE)} | ${it.severity} | ${escaped(it.control)} | ${title} | ${evidence} |`;
    }),
    '',
  ]);
  return [
    `# Portcullis: ${escaped(report.target)}`,
    '',
    `**${capital(scoreWords(report))}** · ${found.join(' · ')}`,
    '',
    `Profile ${escaped(report.profile)}, ${escaped(report.created)}, portcullis ${escaped(report.tool)}.`,
    '',
    ...sections,
  ].join('\n');
}

function escaped(text: string): string {
  return sanitizeLine(text, 500)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_{}[\]()#|!~@]/g, '\\$&')
    .replaceAll(/(https?):\/\//gi, '$1:&#47;&#47;');
}
