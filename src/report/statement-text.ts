// What was attested and waived on one host, as a page: first what holds, what has run out, and what is still to be said.
import type { Finding, Step } from '../model/control.ts';
import { type Statement, statementWords, waivedCritical } from '../model/statement.ts';
import { wrap } from '../text/wrap.ts';
import { paint, plural, resultLabel, resultPaint, type Style, safe } from './style.ts';

export type Said = {
  readonly target: string;
  readonly findings: readonly Finding[];
  readonly steps: readonly Step[];
  readonly statements: readonly Statement[];
};

/** Every statement about the host, with what became of its control, and the questions that nobody answered. */
export function statementsText(said: Said, style: Style): string {
  const { target, findings, statements } = said;
  const about = statements.map((one) => statementLines(one, { ...said, style }));
  const open = findings.filter(({ result }) => result === 'notchecked');
  const lines = [
    paint(
      `${safe(target, style)}: ${statements.length === 0 ? 'nothing was attested or waived' : plural(statements.length, 'statement')}`,
      'strong',
      style,
    ),
    ...about.flat(),
    ...criticalLines(findings, style),
    ...(open.length === 0 ? [] : ['', paint('To attest', 'strong', style)]),
    ...open.flatMap((finding) => openLines(finding, { ...said, style })),
    ...(open.length === 0
      ? []
      : [
          '',
          ...wrap(`Say it: portcullis attest ${safe(target, style)} CONTROL --reason TEXT`, {
            width: style.columns,
          }),
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

type How = Said & { readonly style: Style };

function statementLines(statement: Statement, { findings, style }: How): readonly string[] {
  const finding = findings.find(({ control }) => control === statement.control);
  const label =
    finding === undefined
      ? 'not judged by this profile'
      : paint(resultLabel(finding.result, style), resultPaint(finding.result), style);
  const needless = finding?.result === 'pass' ? ['It passes by now: nothing has to be said about it.'] : [];
  return [
    `  ${safe(statement.control, style)}  ${finding?.severity ?? ''}  ${label}`,
    ...[statementWords(statement), ...needless].flatMap((text) => indented(text, style)),
  ];
}

function openLines({ control, severity }: Finding, { steps, style }: How): readonly string[] {
  const question = steps.flatMap((step) => step.controls).find(({ id }) => id === control)?.attest?.question;
  return [`  ${safe(control, style)}  ${severity}`, ...indented(question ?? '', style)];
}

/** A waiver of what is critical is never small print. */
export function criticalLines(findings: readonly Finding[], style: Style): readonly string[] {
  return waivedCritical(findings).flatMap(({ control, title }) =>
    wrap(
      safe(`! WAIVED AND CRITICAL: ${control}: ${title}. It is left as it is, and out of the score.`, style),
      {
        width: style.columns,
        indent: '  ',
        first: '',
      },
    ).map((line) => paint(line, 'warn', style)),
  );
}

function indented(text: string, style: Style): readonly string[] {
  return wrap(safe(text, style), { width: style.columns, indent: '      ' });
}
