// What an undo would do as lines of the screen. Rules: compared once when the host has answered, broken into lines once for each width,
// never while drawing: how long the files of a host are is not ours to say.
import { type ThreeWayRow, threeWayRows } from '../../report/three-way.ts';
import { hanging, type Line, line, linePieces, safe, span } from '../lines.ts';
import type { Tone } from '../theme.ts';
import { chosenToUndo } from './history.ts';
import type { State } from './state.ts';

export type UndoRows = {
  readonly rows: readonly ThreeWayRow[];
  readonly width: number;
  readonly lines: readonly Line[];
};

/** Cells before the text of a line: a margin, three marks, a gap. */
const MARGIN = 6;

/** A line that only one hand has stands out; what all have is quiet. */
function toneOf(mark: string): Tone {
  if (mark.startsWith('B') && !mark.endsWith('N')) return 'removed';
  return mark.startsWith('·') && mark.endsWith('N') ? 'added' : 'plain';
}

function rowLines({ kind, text, mark = '' }: ThreeWayRow, width: number): Line[] {
  switch (kind) {
    case 'title':
      return [line(span(` ${text}`, 'strong'))];
    case 'object':
      return hanging(line('  '), text, width, 'strong');
    case 'warn':
      return hanging(line(span('  ! ', 'warn')), text, width, 'warn');
    case 'fact':
      return hanging(line('    '), text, width, 'muted');
    case 'fold':
      return [line(span(`    … ${text}`, 'muted'))];
    case 'line': {
      const pieces = linePieces(safe(text), Math.max(8, width - MARGIN - 1));
      return pieces.map((piece, index) =>
        line(span(index === 0 ? `  ${mark} ` : '    ↳ ', 'info'), span(piece, toneOf(mark))),
      );
    }
    case 'blank':
      return [[]];
  }
}

/** The host's answer is there: its rows, and their lines. */
export function withUndoRows(state: State): State {
  const chosen = chosenToUndo(state);
  if (chosen === undefined || state.sides === null) return state;
  return broken(state, threeWayRows(state.sides, chosen));
}

/** Another width: the same rows in other lines. */
export function resizedUndo(state: State): State {
  return state.undo === null || state.undo.width === state.size.columns
    ? state
    : broken(state, state.undo.rows);
}

function broken(state: State, rows: readonly ThreeWayRow[]): State {
  const width = state.size.columns;
  return { ...state, undo: { rows, width, lines: rows.flatMap((row) => rowLines(row, width - 1)) } };
}
