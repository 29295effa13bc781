// What an undo would do, three ways, object by object; the word that begins it stands below.
import { THREE_WAY_LEGEND } from '../../report/three-way.ts';
import { hanging, type Line, line, position, span, windowed } from '../lines.ts';
import { chosenToUndo } from '../machine/history.ts';
import type { State } from '../machine/state.ts';
import { count, transactionTime } from './words.ts';

/** The whole of it, to be scrolled. */
export function undoDocument({ undo }: State): readonly Line[] {
  return undo?.lines ?? [];
}

function headLines(state: State, width: number): Line[] {
  const chosen = chosenToUndo(state) ?? [];
  const [first] = chosen;
  const what = chosen.length === 1 ? (first?.step ?? '') : count(chosen.length, 'transaction');
  const edited = (state.sides ?? [])
    .flatMap(({ objects }) => objects)
    .filter(({ fate, later }) => fate === 'left' && later === null).length;
  return [
    line(
      span(` Undo ${what} on ${state.target}?`, 'strong'),
      span(first === undefined ? '' : `  of ${transactionTime(first)} by ${first.operator}`, 'muted'),
    ),
    ...(edited === 0
      ? []
      : hanging(
          line(span(' ! ', 'warn')),
          `${count(edited, 'file')} changed since by somebody else: left as it is now.`,
          width - 1,
          'warn',
        )),
  ];
}

/** In at most `height` lines: what it is about, then as much of the three ways as there is room for. */
export function undoLines(state: State, width: number, height: number): Line[] {
  const chosen = chosenToUndo(state);
  if (chosen === undefined) return [line(span(' Reading the journal of the host', 'strong'))];
  if (chosen.length === 0)
    return [
      line(span(' There is nothing to undo.', 'strong')),
      ...hanging(
        line(' '),
        'Nothing of it was kept, or all of it was undone since; h in the step shows the journal.',
        width,
      ),
    ];
  if (state.sides === null)
    return [
      ...headLines(state, width),
      line(span(' ● ', 'info'), 'Asking the host what it was, what was written and what it is now'),
    ];
  const head = headLines(state, width);
  const all = undoDocument(state);
  const after = hanging(
    line(' '),
    'A transaction of its own: armed, proved, and kept only by your word.',
    width,
    'muted',
  );
  const tail = height < 14 ? [] : after;
  const room = Math.max(1, height - head.length - 1 - tail.length);
  const top = state.screen.name === 'ready' ? state.screen.top : 0;
  const where = position(all.length, top, room);
  const legend = line(
    span(` ${THREE_WAY_LEGEND}`, 'muted'),
    span(where === '' ? '' : `; ${where}, ↑↓ to read on`, 'info'),
  );
  return [...head, legend, ...windowed(all, top, Math.min(room, all.length)), ...tail];
}
