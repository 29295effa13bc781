// Rules: one file that needs nothing else: no script, no link, no image, nothing fetched; a content policy says so to the
// browser as well. All text is escaped. Result and severity are words; colour only repeats them. Prints on paper.
import type { Finding } from '../model/control.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { type CheckReport, controlOf, counts, scoreWords, sectionsOf } from './check-report.ts';
import { capital, resultLabel, resultWord, type Style } from './style.ts';

const STYLE: Style = { color: false, unicode: true, columns: 100 };

const CSS = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 0 0 2rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #8886; }
td:nth-child(1), td:nth-child(2), td:nth-child(3) { white-space: nowrap; }
ul { margin: .2rem 0; padding-left: 1.2rem; }
code, .evidence { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
.fail td:first-child { color: #b00020; font-weight: 600; }
.unknown td:first-child { color: #8a5a00; font-weight: 600; }
.pass td:first-child { color: #1b6e2f; }
@media (prefers-color-scheme: dark) {
  .fail td:first-child { color: #ff8a8a; }
  .unknown td:first-child { color: #ffc266; }
  .pass td:first-child { color: #7ddc93; }
}
@media print { tr { break-inside: avoid; } }
`;

/** The report as one HTML page. */
export function checkHtml(report: CheckReport): string {
  const found = counts(report.findings).map(([result, count]) => `${count} ${resultWord(result)}`);
  const sections = sectionsOf(report).map(
    ({ step, findings }) => `<section>
<h2>${escaped(step.title)}</h2>
<table>
<thead><tr><th scope="col">Result</th><th scope="col">Severity</th><th scope="col">Control</th><th scope="col">What and why</th></tr></thead>
<tbody>
${findings.map((finding) => row(report, finding)).join('\n')}
</tbody>
</table>
</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>Portcullis: ${escaped(report.target)}, ${scoreWords(report)}</title>
<style>${CSS}</style>
</head>
<body>
<h1>Portcullis: ${escaped(report.target)}</h1>
<p><strong>${capital(scoreWords(report))}</strong> · ${found.join(' · ')}</p>
<p>Profile ${escaped(report.profile)}, <time>${escaped(report.created)}</time>, portcullis ${escaped(report.tool)}.</p>
${sections.join('\n')}
</body>
</html>
`;
}

function row(report: CheckReport, finding: Finding): string {
  const control = controlOf(report, finding);
  const evidence = finding.evidence.map((it) => `<li class="evidence">${escaped(it)}</li>`).join('');
  const references = (control?.references ?? []).map(escaped).join('; ');
  const parts = [
    `<strong>${escaped(finding.title)}</strong>${finding.stricter ? ' (stricter than ours; kept)' : ''}`,
    control === undefined ? '' : `<p>${escaped(control.why)}</p>`,
    evidence === '' ? '' : `<ul>${evidence}</ul>`,
    references === '' ? '' : `<p><small>${references}</small></p>`,
  ];
  const cells = [
    resultLabel(finding.result, STYLE),
    finding.severity,
    `<code>${escaped(finding.control)}</code>`,
    parts.join(''),
  ];
  return `<tr class="${finding.result}">${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function escaped(text: string): string {
  return sanitizeLine(text, 2000)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
