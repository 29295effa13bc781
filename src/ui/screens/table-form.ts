// A row as it is typed, cell by cell, with what is wrong with it; and the choice that a ready row offers.
import { hanging, type Line, line, padEnd, span, wrapped } from '../lines.ts';
import { formProblem, type TableForm, type TableScreen, type TableSight } from '../machine/table.ts';
import { withCursor } from './connect.ts';

export function offerLines({ offer, choice }: TableForm & { kind: 'offer' }, width: number): Line[] {
  const labels = [...offer.choices.map(({ label }) => label), offer.leave];
  return [
    ...wrapped(`${offer.text}:`, width, 'strong'),
    ...labels.flatMap((label, index) => {
      const here = index === choice;
      return hanging(line(span(here ? '▸ ' : '  ', 'cursor')), label, width, here ? 'cursor' : 'plain');
    }),
  ];
}

export function formLines(sight: TableSight, screen: TableScreen, width: number): Line[] {
  const { form } = screen;
  if (form?.kind !== 'row') return [];
  const { columns } = sight.question.table;
  const label = Math.max(...columns.map(({ title }) => title.length)) + 2;
  const problem = formProblem(sight, screen);
  const fields = columns.map(({ title, choices }, index) => {
    const here = index === form.at;
    const { text, cursor } = form.fields[index] ?? { text: '', cursor: 0 };
    const typing = choices === undefined ? withCursor(text, cursor) : `< ${text} >`;
    const room = Math.max(8, width - label - 4);
    const points = Array.from(here ? typing : text);
    const shown = points.length > room ? `…${points.slice(1 - room).join('')}` : points.join('');
    return line(
      span(here ? '▸ ' : '  ', 'cursor'),
      span(padEnd(title, label), here ? 'strong' : 'plain'),
      span(shown, here ? 'cursor' : 'plain'),
    );
  });
  const now = columns[form.at];
  const help = now?.choices === undefined ? (now?.help ?? '') : `${now.help} (Space: another one)`;
  // A cell that nobody filled yet is no error.
  const empty = problem?.column !== undefined && form.fields[problem.column]?.text === '';
  const wrong =
    problem === undefined
      ? []
      : empty
        ? hanging(line(span('· ', 'muted')), problem.problem, width, 'muted')
        : hanging(line(span('✗ ', 'bad')), problem.problem, width, 'bad');
  return [...fields, ...hanging(line(span('  ')), help, width, 'muted'), ...wrong];
}
