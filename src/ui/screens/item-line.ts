// One line of the room's list.
import { cells, cut, fitted, type Line, line, padEnd, safe, span } from '../lines.ts';
import { answerText } from '../machine/answers.ts';
import type { RoomItem } from '../machine/room-items.ts';
import { changeMark, changeName, idleWords, resultMark, SEVERITIES } from './words.ts';

function questionLine(item: RoomItem & { kind: 'question' }, width: number): Line {
  const value = safe(answerText(item.shown.value)) || '(nothing)';
  const room = Math.max(8, Math.floor(width * 0.4));
  const shown = cut(value, room);
  const prompt = padEnd(safe(item.question.prompt), Math.max(4, width - cells(shown) - 2));
  return [span(`${prompt}  `), span(shown, item.shown.own ? 'info' : 'strong')];
}

const BOXES = { on: '[x] ', off: '[ ] ', none: '    ' } as const;

function findingLine(item: RoomItem & { kind: 'finding' }, width: number): Line {
  const { finding, toggle } = item;
  const severity = ['fail', 'unknown'].includes(finding.result) ? SEVERITIES[finding.severity] : '';
  const kept = finding.stricter ? 'stricter' : severity;
  const head = line(BOXES[toggle], resultMark(finding.result));
  const room = Math.max(8, width - 15 - (kept === '' ? 0 : cells(kept) + 1));
  return [
    ...head,
    span(padEnd(safe(finding.title), room)),
    ...(kept === '' ? [] : [span(` ${kept}`, 'muted')]),
  ];
}

function body(item: RoomItem, width: number): Line {
  switch (item.kind) {
    case 'about':
      return line('About this step');
    case 'question':
      return questionLine(item, width);
    case 'refusal':
      return line(span('✗ ', 'bad'), item.refusal.message);
    case 'finding':
      return findingLine(item, width);
    case 'idle':
      return line('    ', resultMark('notapplicable'), span(idleWords(item.findings.length), 'muted'));
    case 'note':
      return line(span('! ', 'warn'), item.text);
    case 'change':
      return line(
        '    ',
        changeMark(item.change.action),
        ` ${changeName(item.change.address)}`,
        span(`  ${item.change.title}`, 'muted'),
      );
  }
}

export function itemLine(item: RoomItem, how: { readonly selected: boolean; readonly width: number }): Line {
  const mark = how.selected ? span(' ▸ ', 'cursor') : span('   ');
  const content = body(item, how.width - 4);
  const tinted = how.selected
    ? content.map((it) => (it.tone === 'plain' ? { ...it, tone: 'cursor' as const } : it))
    : content;
  return fitted([mark, ...tinted], how.width);
}
