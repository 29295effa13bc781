// A plan as rows for the diff screen. Rules: computed once when the screen opens, never while drawing; a diff that is too
// slow to compute is told by its lengths; what only a byte shows (missing last newline, carriage return) is told in words.
import { structuredPatch } from 'diff';
import type { Change, EffectiveChange } from '../../model/resource.ts';
import { listChange, MANY_CONTROLS } from '../../text/short-list.ts';
import { cells, linePieces, safe, wrap } from '../lines.ts';
import { changeName, confidenceOf, count, RISKS } from '../screens/words.ts';

export type DiffRow = {
  readonly kind: 'title' | 'why' | 'effective' | 'hunk' | 'context' | 'added' | 'removed' | 'note' | 'blank';
  readonly text: string;
  /** Address of the change this row belongs to. */
  readonly change: string;
  /** Goes on from the row above, which was too long. */
  readonly continued?: boolean;
};

const LATE: Record<Change['phase'], string> = {
  packages: '; before everything else, in a transaction of its own',
  expand: '',
  contract: ', only after the new way is proved',
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
    change.action === 'install'
      ? row(
          'hunk',
          `${count(lineCount(change.after), 'package')}: name, version, architecture, size to fetch`,
        )
      : change.before == null
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

function effectiveText(it: EffectiveChange): string {
  return `${it.name}: ${it.before || '(nothing)'} → ${it.after || '(nothing)'}`;
}

/** A long list by what goes and what comes, anything else by the value before and after. */
export function effectiveTexts(it: EffectiveChange): readonly string[] {
  const list = listChange(it.before, it.after);
  if (list === undefined) return [effectiveText(it)];
  const { gone, come, order } = list;
  return [
    ...(gone.length === 0 ? [] : [`${it.name} without ${gone.join(', ')}`]),
    ...(come.length === 0 ? [] : [`${it.name} with ${come.join(', ')}`]),
    ...(order.length === 0 ? [] : [`${it.name} in another order: ${order.join(', ')}`]),
  ];
}

/** One reason is said; many are counted, so that what is set comes first. */
function reason(change: Change): string {
  const { controls, effective, why } = change;
  if (controls.length <= MANY_CONTROLS) return why;
  const options = effective.length === 0 ? '' : `${count(effective.length, 'option')} `;
  return `${options}for ${controls.length} controls; x in the step explains them`;
}

/** A row in as many rows as it needs: prose breaks between words, lines of a file too, but keep every sign. */
function broken(row: DiffRow, width: number): DiffRow[] {
  const text = safe(row.text);
  // What goes on in effect is set in further.
  const room = Math.max(8, width - MARGIN - (row.kind === 'effective' ? 2 : 0));
  if (cells(text) <= room) return [{ ...row, text }];
  const isLine = row.kind === 'added' || row.kind === 'removed' || row.kind === 'context';
  const pieces = isLine ? linePieces(text, room) : wrap(text, room);
  return pieces.map((piece, index) => ({ ...row, text: piece, continued: index > 0 }));
}

/** Rows of all changes, in plan order. */
export function diffRows(changes: readonly Change[], how: { readonly width: number }): DiffRow[] {
  const rows = changes.flatMap((change, index): DiffRow[] => {
    const row = (kind: DiffRow['kind'], text: string): DiffRow => ({ kind, text, change: change.address });
    const title = row(
      'title',
      `${index + 1}/${changes.length} ${change.action} ${changeName(change.address)}`,
    );
    const patch = patchRows(change);
    const told = change.effective.length + patch.length > 0;
    const late = LATE[change.phase];
    return [
      title,
      row('why', reason(change)),
      ...(told && change.action !== 'install' ? [] : [row('effective', change.title)]),
      ...change.effective.flatMap(effectiveTexts).map((it) => row('effective', it)),
      row('note', `${RISKS[change.risk]}; ${confidenceOf(change)}${late}`),
      ...patch,
      ...(index < changes.length - 1 ? [row('blank', '')] : []),
    ];
  });
  return rows.flatMap((row) => broken(row, how.width));
}
