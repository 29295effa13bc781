// All about one line of the room: below the list in short, on the explain screen in full (the same lines).
import { edgeWords, type Finding } from '../../model/control.ts';
import type { Change } from '../../model/resource.ts';
import { statementWords } from '../../model/statement.ts';
import { MANY_CONTROLS } from '../../text/short-list.ts';
import { hanging, type Line, line, span, wrapped } from '../lines.ts';
import { currentStep } from '../machine/answers.ts';
import { effectiveTexts } from '../machine/diff-rows.ts';
import type { RoomItem } from '../machine/room-items.ts';
import type { State } from '../machine/state.ts';
import { labelled } from './labelled.ts';
import { editLines, questionDetail } from './question-detail.ts';
import { changeName, confidenceOf, idleWords, RISKS, resultMark, SEVERITIES } from './words.ts';

function changeDetail(change: Change, width: number): Line[] {
  const why = labelled('why', change.why, width);
  // The reasons of many controls are longer than all the rest.
  const many = change.controls.length > MANY_CONTROLS;
  return [
    ...wrapped(change.title, width, 'strong'),
    ...labelled(
      'what',
      `${change.action} ${change.action === 'install' ? changeName(change.address) : change.address}`,
      width,
    ),
    ...(many ? [] : why),
    ...labelled('risk', RISKS[change.risk], width),
    ...labelled('preview', confidenceOf(change), width),
    ...labelled('asked by', change.controls.join(', '), width),
    ...change.effective.flatMap(effectiveTexts).flatMap((it) => labelled('effect', it, width)),
    ...(many ? why : []),
  ];
}

/** What was read, what was said, and what only the operator can tell: each under its own name. */
function evidenceLines({ result, evidence, statement }: Finding, width: number): Line[] {
  const said = statement === undefined ? undefined : statementWords(statement);
  const asked = ['notchecked', 'attested'].includes(result);
  return [
    ...evidence.flatMap((it) => labelled(it === said ? 'said' : asked ? 'asked' : 'seen', it, width)),
    ...(result === 'notchecked'
      ? labelled('do', 'Only you can tell: t records that it is so, w that it may stay open.', width)
      : []),
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
    ...evidenceLines(finding, width),
    ...(finding.stricter
      ? labelled('kept', 'Yours is stricter than what Portcullis would set; it stays.', width)
      : []),
    ...without.flatMap((it) => labelled('plan', it, width)),
    ...labelled('why', control?.why ?? '', width),
    ...changes.flatMap((change) =>
      labelled('change', `${changeName(change.address)}: ${change.title}`, width),
    ),
    ...labelled('may break', control?.mayBreak ?? '', width),
    ...labelled('reads', control?.reads ?? '', width),
    ...labelled('sources', control?.references.join('; ') ?? '', width),
  ];
}

export function itemDetail(state: State, item: RoomItem, width: number): readonly Line[] {
  switch (item.kind) {
    case 'about': {
      const step = currentStep(state);
      return [
        ...(state.guide ? (step?.words ?? []) : []).flatMap(({ word, means }) =>
          labelled(word, means, width),
        ),
        ...labelled('what', step?.what ?? '', width),
        ...labelled('why', step?.why ?? '', width),
        ...(step?.after ?? []).flatMap((edge) => labelled('after', edgeWords(edge), width)),
      ];
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
    case 'idle':
      return [
        ...wrapped(idleWords(item.findings.length), width, 'strong'),
        ...item.findings.flatMap(({ control, title }) => labelled('', `${title} (${control})`, width)),
      ];
    case 'note':
      return wrapped(item.text, width);
    case 'change':
      return changeDetail(item.change, width);
  }
}
