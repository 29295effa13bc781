// The last screen before something starts: what will happen, what protects the operator, and the word that starts it.
import { stagesOf } from '../../model/stage.ts';
import { hanging, type Line, line, span } from '../lines.ts';
import { nothingToConfirm } from '../machine/dialogs.ts';
import { openLeft } from '../machine/open.ts';
import type { State } from '../machine/state.ts';
import { EXTEND_WORD, KEEP_WORD, READY_WORD, ROLL_BACK_WORD } from '../machine/words.ts';
import type { View } from './area.ts';
import { withCursor } from './connect.ts';
import { stageLists } from './ready-stages.ts';
import { undoLines } from './undo.ts';
import { count, STATES, transactionTime } from './words.ts';

function applyLines(state: State, width: number, height: number): Line[] {
  const changes = (state.plan?.changes ?? []).filter((it) => it.action !== 'none');
  const risky = changes.some((it) => it.risk === 'lockout');
  const packages = changes.some((it) => it.phase === 'packages');
  const stages = state.plan === null ? [] : stagesOf(state.plan);
  const notes = (state.plan?.notes ?? []).map((note) => hanging(line(span(' ! ', 'warn')), note, width));
  const point = (number: number, text: string) => hanging(line(span(` ${number} `, 'info')), text, width);
  const armed = point(
    1,
    `The host keeps a checkpoint and arms its own timer: without your word it takes everything back after ${state.lease} s.${packages ? ' Packages come first and need no word: a new login that works keeps them.' : ''}`,
  );
  const rest = [
    point(
      2,
      risky
        ? 'This may lock out: a new login is made before you are asked to keep it.'
        : 'A new login is made before you are asked to keep it.',
    ),
    point(3, 'A recovery card is saved first; it works without Portcullis.'),
  ];
  const points: Line[] = [...notes, armed, ...rest].flat();
  const many = stages.length > 1 ? `, in ${stages.length} stages` : '';
  const title = line(span(` Apply ${count(changes.length, 'change')} to ${state.target}${many}?`, 'strong'));
  const lists = stageLists(stages, width);
  const airy = [title, [], ...(lists[0] ?? []), [], ...points];
  if (airy.length <= height) return airy;
  const room = Math.max(1, height - 1 - points.length);
  const list = lists.find((it) => it.length <= room);
  if (list !== undefined) return [title, ...list, ...points];
  // What each stage is about is always in sight, and what protects; then what is to be known, as far as there is room.
  if (stages.length > 1) {
    const known: Line[] = [title, ...(lists.at(-1) ?? []).slice(0, -1), ...armed];
    for (const one of [...notes, ...rest]) if (known.length + one.length < height) known.push(...one);
    return [
      ...known.slice(0, height - 1),
      line(span('   … Esc goes back to the step, where all of it stands', 'muted')),
    ];
  }
  const all = lists[0] ?? [];
  const more = all.length - (room - 1);
  return [
    title,
    ...all.slice(0, room - 1),
    line(span(`   … and ${more} more: d in the step shows all`, 'muted')),
    ...points,
  ];
}

function openLines(state: State, width: number): Line[] {
  const open = state.unfinished;
  if (open === null) return [line(' No transaction is open.')];
  const left = openLeft(state);
  const when =
    left === undefined
      ? 'Its time is over: the host takes it back.'
      : `If nobody says anything the host takes it back by itself within ${left} s.`;
  const choice = (word: string, text: string): Line[] =>
    hanging(line(span(`   ${word.padEnd(11)}`, 'strong')), text, width);
  return [
    line(span(' A transaction is open on the host', 'strong')),
    line(`   ${open.step}  ${STATES[open.state].toLowerCase()}  by ${open.operator}`),
    line(span(`   ${transactionTime(open)} UTC  ${open.id}`, 'muted')),
    ...hanging(line(' '), `It was left by an earlier visit, or is somebody else’s. ${when}`, width),
    ...choice(KEEP_WORD, 'prove it over a new login, then keep it; from the machine that began it'),
    ...choice(ROLL_BACK_WORD, 'have it taken back now'),
    ...choice(EXTEND_WORD, 'give it its time once more, 15 minutes in all; nothing else changes'),
  ];
}

export const readyView: View = (state, { width, height }) => {
  if (state.screen.name !== 'ready') return [];
  const { kind, word } = state.screen;
  const input: Line[] = [
    kind === 'open'
      ? line(' Type one of the words and press Enter. Esc goes back.')
      : line(' Type ', span(READY_WORD[kind], 'strong'), ' and press Enter to start. Esc goes back.'),
    line(span(' > ', 'cursor'), withCursor(word.text, word.cursor)),
  ];
  const room = Math.max(1, height - input.length);
  if (nothingToConfirm(state)) return undoLines(state, width, height).slice(0, height);
  const lines =
    kind === 'apply'
      ? applyLines(state, width, room)
      : kind === 'undo'
        ? undoLines(state, width, room)
        : openLines(state, width);
  const gap: Line[] = lines.length < room ? [[]] : [];
  return [...lines.slice(0, room), ...gap, ...input];
};
