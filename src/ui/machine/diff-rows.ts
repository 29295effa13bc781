// A plan as rows for the diff screen. Rules: computed once when the screen opens, never while drawing; a diff that is too
// slow to compute is told by its lengths; what only a byte shows (missing last newline, carriage return) is told in words.
import { structuredPatch } from 'diff';
import type { Change, EffectiveChange } from '../../model/resource.ts';
import { cells, hardPieces, safe, wrap } from '../lines.ts';
import { CONFIDENCE, changeName, RISKS } from '../screens/words.ts';

export type DiffRow = {
  readonly kind: 'title' | 'why' | 'effective' | 'hunk' | 'context' | 'added' | 'removed' | 'note' | 'blank';
  readonly text: string;
  /** Address of the change this row belongs to. */
  readonly change: string;
  /** Goes on from the row above, which was too long. */
  readonly continued?: boolean;
};

const CONTEXT_LINES = 3;
const TIMEOUT = 250;

/** Cells before the text of a row. */
const MARGIN = 3;

function lineCount(text: string | null | undefined): number {
  if (text == null || text === '') return 0;
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

function visibleReturn(line: string): string {
  return line.endsWith('\r') ? `${line.slice(0, -1)} (ends in a carriage return)` : line;
}

function patchRows(change: Change): DiffRow[] {
  if (change.before === undefined && change.after === undefined) return [];
  const row = (kind: DiffRow['kind'], text: string): DiffRow => ({ kind, text, change: change.address });
  const before = change.before ?? '';
  const after = change.after ?? '';
  const patch = structuredPatch('a', 'b', before, after, undefined, undefined, {
    context: CONTEXT_LINES,
    timeout: TIMEOUT,
  });
  if (patch === undefined) {
    return [
      row('note', `files differ entirely: ${lineCount(change.before)} → ${lineCount(change.after)} lines`),
    ];
  }
  const whole =
    change.before == null
      ? row('hunk', `new file, ${lineCount(change.after)} lines`)
      : change.after == null
        ? row('hunk', `the file is removed, ${lineCount(change.before)} lines`)
        : undefined;
  return patch.hunks.flatMap((hunk) => [
    whole ?? row('hunk', `from line ${hunk.oldStart}`),
    ...hunk.lines.map((line) => {
      const text = visibleReturn(line.slice(1));
      if (line.startsWith('+')) return row('added', text);
      if (line.startsWith('-')) return row('removed', text);
      if (line.startsWith('\\')) return row('note', 'no newline at the end of the file');
      return row('context', text);
    }),
  ]);
}

export function effectiveText(it: EffectiveChange): string {
  return `${it.name}: ${it.before || '(nothing)'} → ${it.after || '(nothing)'}`;
}

/** A row in as many rows as it needs: prose breaks between words, lines of a file wherever the width ends. */
function broken(row: DiffRow, width: number): DiffRow[] {
  const text = safe(row.text);
  const room = Math.max(8, width - MARGIN);
  if (cells(text) <= room) return [{ ...row, text }];
  const isLine = row.kind === 'added' || row.kind === 'removed' || row.kind === 'context';
  const pieces = isLine ? hardPieces(text, room) : wrap(text, room);
  return pieces.map((piece, index) => ({ ...row, text: piece, continued: index > 0 }));
}

/** Rows of all changes, in plan order; a folded change keeps its title only. */
export function diffRows(
  changes: readonly Change[],
  how: { readonly folded: ReadonlySet<string>; readonly width: number },
): DiffRow[] {
  const rows = changes.flatMap((change, index): DiffRow[] => {
    const row = (kind: DiffRow['kind'], text: string): DiffRow => ({ kind, text, change: change.address });
    const title = row(
      'title',
      `${index + 1}/${changes.length} ${change.action} ${changeName(change.address)}`,
    );
    if (how.folded.has(change.address)) return [title];
    const late = change.phase === 'contract' ? ', only after the new way is proved' : '';
    return [
      title,
      row('why', change.why),
      row('note', `${RISKS[change.risk]}; ${CONFIDENCE[change.confidence]}${late}`),
      ...change.effective.map((it) => row('effective', effectiveText(it))),
      ...patchRows(change),
      ...(index < changes.length - 1 ? [row('blank', '')] : []),
    ];
  });
  return rows.flatMap((row) => broken(row, how.width));
}
