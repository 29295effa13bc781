// All about one line of the room: below the list in short, on the explain screen in full (the same lines).
import type { Change } from '../../model/resource.ts';
import { hanging, type Line, line, span, wrapped } from '../lines.ts';
import { answerText, contextOf, currentStep } from '../machine/answers.ts';
import { editProblem } from '../machine/edit.ts';
import type { RoomItem } from '../machine/room.ts';
import type { Edit, State } from '../machine/state.ts';
import { withCursor } from './connect.ts';
import { RISKS, resultMark, SEVERITIES } from './words.ts';

function labelled(label: string, text: string, width: number): Line[] {
  return text === '' ? [] : hanging(line(span(label.padEnd(10), 'muted')), text, width);
}

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

function editLines(state: State, item: RoomItem & { kind: 'question' }, edit: Edit, width: number): Line[] {
  const head = wrapped(item.question.prompt, width, 'strong');
  const proposed = labelled('proposed', `${answerText(item.shown.proposal)}: ${item.shown.reason}`, width);
  if (item.question.type === 'choice')
    return [...head, ...choiceLines(state, item, edit, width), ...proposed];
  const problem = editProblem(state);
  // A long answer shows its end, where the typing happens.
  const shown = withCursor(edit.field.text, edit.field.cursor);
  const room = width - 3;
  const tail = shown.length > room ? `…${shown.slice(-(room - 1))}` : shown;
  return [
    ...head,
    line(span('> ', 'cursor'), span(tail)),
    ...(problem === undefined ? [] : hanging(line(span('✗ ', 'bad')), problem, width, 'bad')),
    ...(item.question.type === 'list' ? [line(span('Several: separate them with commas.', 'muted'))] : []),
    ...proposed,
  ];
}

function questionDetail(item: RoomItem & { kind: 'question' }, width: number): Line[] {
  const { question, shown } = item;
  const yours = shown.own ? 'your answer' : 'proposed';
  return [
    ...wrapped(question.prompt, width, 'strong'),
    ...labelled(yours, answerText(shown.value) || '(nothing)', width),
    ...labelled(
      shown.own ? 'proposed' : 'because',
      shown.own ? `${answerText(shown.proposal)}: ${shown.reason}` : shown.reason,
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

export function changeDetail(change: Change, width: number): Line[] {
  return [
    ...wrapped(change.title, width, 'strong'),
    ...labelled('what', `${change.action} ${change.address}`, width),
    ...labelled('why', change.why, width),
    ...labelled('risk', RISKS[change.risk], width),
    ...labelled('preview', change.confidence, width),
    ...labelled('asked by', change.controls.join(', '), width),
    ...change.effective.flatMap((it) => labelled('effect', `${it.name}: ${it.before} → ${it.after}`, width)),
  ];
}

function findingDetail(state: State, item: RoomItem & { kind: 'finding' }, width: number): Line[] {
  const { finding, control } = item;
  const changes = (state.plan?.changes ?? []).filter((change) => change.controls.includes(finding.control));
  const without = item.toggle === 'off' ? ['You left it out: Space takes it in again.'] : [];
  return [
    [
      resultMark(finding.result),
      ...line(span(SEVERITIES[finding.severity], 'muted'), span(`  ${finding.control}`, 'muted')),
    ],
    ...wrapped(finding.title, width, 'strong'),
    ...finding.evidence.flatMap((it) => labelled('seen', it, width)),
    ...(finding.stricter
      ? labelled('kept', 'Yours is stricter than what Portcullis would set; it stays.', width)
      : []),
    ...without.flatMap((it) => labelled('plan', it, width)),
    ...labelled('why', control?.why ?? '', width),
    ...changes.flatMap((change) => labelled('change', change.title, width)),
    ...labelled('may break', control?.mayBreak ?? '', width),
    ...labelled('reads', control?.reads ?? '', width),
    ...labelled('sources', control?.references.join('; ') ?? '', width),
  ];
}

export function itemDetail(state: State, item: RoomItem, width: number): readonly Line[] {
  switch (item.kind) {
    case 'about': {
      const step = currentStep(state);
      return [...labelled('what', step?.what ?? '', width), ...labelled('why', step?.why ?? '', width)];
    }
    case 'question':
      return state.edit === null ? questionDetail(item, width) : editLines(state, item, state.edit, width);
    case 'refusal':
      return [
        ...hanging(line(span('✗ ', 'bad')), item.refusal.message, width, 'strong'),
        ...labelled('instead', item.refusal.remedy, width),
        ...labelled('guard', item.refusal.guard, width),
      ];
    case 'finding':
      return findingDetail(state, item, width);
    case 'note':
      return wrapped(item.text, width);
    case 'change':
      return changeDetail(item.change, width);
  }
}
