// All about one question, and its editor.
import { cells, fitted, hanging, type Line, line, padEnd, position, safe, span, wrapped } from '../lines.ts';
import { answerText, contextOf } from '../machine/answers.ts';
import { editProblem } from '../machine/edit.ts';
import { pickRows } from '../machine/pick.ts';
import type { RoomItem } from '../machine/room-items.ts';
import type { Edit, State } from '../machine/state.ts';
import { withCursor } from './connect.ts';
import { labelled } from './labelled.ts';

function choiceLines(state: State, item: RoomItem & { kind: 'question' }, edit: Edit, width: number): Line[] {
  const context = contextOf(state);
  if (context === undefined) return [];
  return (item.question.choices?.(context) ?? []).flatMap((choice, index) =>
    hanging(
      line(span(index === edit.choice ? '▸ ' : '  ', 'cursor')),
      choice.label,
      width,
      index === edit.choice ? 'cursor' : 'plain',
    ),
  );
}

/** What narrows the list, and a window of it with the marked line in sight. */
function pickLines(state: State, edit: Edit, width: number): Line[] {
  const rows = pickRows(state, edit);
  const most = state.size.rows < 20 ? 2 : state.size.rows < 34 ? 5 : 12;
  const here = Math.max(0, Math.min(rows.length - 1, edit.choice));
  const top = Math.max(0, Math.min(here - Math.floor(most / 2), rows.length - most));
  const where = position(rows.length, top, most);
  const longest = Math.min(24, Math.max(0, ...rows.map(({ value }) => cells(safe(value)))));
  return [
    line(
      span('> ', 'cursor'),
      withCursor(edit.field.text, edit.field.cursor),
      span(`  ${edit.field.text === '' ? 'type to search' : ''}${where === '' ? '' : `  ${where}`}`, 'muted'),
    ),
    ...rows.slice(top, top + most).map(({ value, label, on }, index) => {
      const marked = top + index === here;
      return fitted(
        line(
          span(marked ? '▸ ' : '  ', 'cursor'),
          on ? '[x] ' : '[ ] ',
          span(padEnd(safe(value), longest), marked ? 'cursor' : 'plain'),
          span(`  ${label}`, 'muted'),
        ),
        width,
      );
    }),
  ];
}

/** The open editor: the question, what is typed, what is wrong with it. */
export function editLines(
  state: State,
  item: RoomItem & { kind: 'question' },
  edit: Edit,
  width: number,
): Line[] {
  const head = wrapped(item.question.prompt, width, 'strong');
  const proposed = labelled(
    'proposed',
    `${answerText(item.shown.proposal) || '(nothing)'}: ${item.shown.reason}`,
    width,
  );
  if (item.question.type === 'choice')
    return [...head, ...choiceLines(state, item, edit, width), ...proposed];
  const problem = editProblem(state);
  const told = problem === undefined ? [] : hanging(line(span('✗ ', 'bad')), problem, width, 'bad');
  if (edit.picked !== null) return [...head, ...told, ...pickLines(state, edit, width), ...proposed];
  // A long answer shows its end, where the typing happens.
  const shown = withCursor(edit.field.text, edit.field.cursor);
  const room = width - 3;
  const tail = shown.length > room ? `…${shown.slice(-(room - 1))}` : shown;
  return [
    ...head,
    line(span('> ', 'cursor'), span(tail)),
    ...told,
    ...(item.question.type === 'list' ? [line(span('Several: separate them with commas.', 'muted'))] : []),
    ...proposed,
  ];
}

export function questionDetail(item: RoomItem & { kind: 'question' }, width: number): Line[] {
  const { question, shown } = item;
  const yours = shown.own ? 'yours' : 'proposed';
  return [
    ...wrapped(question.prompt, width, 'strong'),
    ...labelled(yours, answerText(shown.value) || '(nothing)', width),
    ...labelled(
      shown.own ? 'proposed' : 'because',
      shown.own ? `${answerText(shown.proposal) || '(nothing)'}: ${shown.reason}` : shown.reason,
      width,
    ),
    ...wrapped(question.help, width, 'plain'),
    ...labelled(
      'flag',
      `--set ${question.id}=${Array.isArray(shown.value) ? shown.value.join(',') : String(shown.value)}`,
      width,
    ),
  ];
}
