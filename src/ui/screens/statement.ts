// Attesting or waiving: what it is about, what saying so means, and two answers.
import { statementWords } from '../../model/statement.ts';
import { hanging, type Line, line, span, wrapped } from '../lines.ts';
import { type StatementScreen, spokenOf } from '../machine/statement.ts';
import type { View } from './area.ts';
import { inputLine } from './input-line.ts';
import { labelled } from './labelled.ts';
import { SEVERITIES } from './words.ts';

const MEANS: Readonly<Record<StatementScreen['kind'], string>> = {
  attest:
    'It counts as attested, never as passed, and stays out of the score. After the last day it is asked again.',
  waive:
    'It is left as it is: no plan touches it, and it is out of the score. Every report says so, with your reason. After the last day it counts again.',
};

export const statementView: View = (state, { width, height }) => {
  if (state.screen.name !== 'statement') return [];
  const { screen } = state;
  const item = spokenOf(state, screen);
  if (item === undefined) return [line(' This control is not judged any more. Esc goes back.')];
  const { finding, control } = item;
  const said = finding.statement === undefined ? '' : statementWords(finding.statement);
  const attest = screen.kind === 'attest';
  const critical = !attest && finding.severity === 'critical';
  const told = [
    ...(attest
      ? wrapped(control?.attest?.question ?? '', width - 2)
      : [
          ...labelled('control', `${finding.control}, ${SEVERITIES[finding.severity]}`, width - 2),
          ...finding.evidence
            .filter((it) => it !== said)
            .slice(0, 3)
            .flatMap((it) => labelled('seen', it, width - 2)),
        ]),
    ...labelled('said', said, width - 2),
    ...labelled('means', MEANS[screen.kind], width - 2),
    ...(critical
      ? hanging(
          line(span('! ', 'bad')),
          'It is critical: its name stands beside every score.',
          width - 2,
          'bad',
        )
      : []),
  ].map((it): Line => [span(' '), ...it]);
  const again = finding.statement === undefined ? '' : '; empty takes back what was said';
  const form: Line[] = [
    inputLine(
      {
        label: 'Reason',
        help: `${attest ? 'what was done, by whom' : 'why it may stay so'}${again}`,
        here: screen.at === 'reason',
        field: screen.reason,
      },
      width,
    ),
    inputLine(
      {
        label: 'Until',
        help: 'a day as 2027-05-21, or 180d from now',
        here: screen.at === 'until',
        field: screen.until,
      },
      width,
    ),
  ];
  const title = wrapped(`${attest ? 'Attest' : 'Waive'}: ${finding.title}`, width - 2, 'strong', 1);
  const airy: Line[] = [...title, [], ...told, [], ...form];
  if (airy.length <= height) return airy;
  // What is typed is always in sight; what it means gives way last.
  const room = Math.max(0, height - title.length - form.length);
  return [...title, ...told.slice(Math.max(0, told.length - room)), ...form].slice(-height);
};
