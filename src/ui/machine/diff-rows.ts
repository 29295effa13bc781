// A plan as rows for the diff screen. Rules: computed once when the screen opens, never while drawing; a diff that is too
// slow to compute is told by its lengths; what only a byte shows (missing last newline, carriage return) is told in words.
import { structuredPatch } from 'diff';
import type { Change } from '../../model/resource.ts';

export type DiffRow = {
  readonly kind: 'title' | 'why' | 'effective' | 'hunk' | 'context' | 'added' | 'removed' | 'note' | 'blank';
  readonly text: string;
  /** Address of the change this row belongs to. */
  readonly change: string;
};

const CONTEXT_LINES = 3;
const TIMEOUT = 250;

const RISK = { none: 'no risk', service: 'service reloads', lockout: 'may lock out' } as const;

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

/** Rows of all changes, in plan order; a folded change keeps its title only. */
export function diffRows(changes: readonly Change[], folded: ReadonlySet<string>): DiffRow[] {
  return changes.flatMap((change, index) => {
    const row = (kind: DiffRow['kind'], text: string): DiffRow => ({ kind, text, change: change.address });
    const closed = folded.has(change.address);
    const title = row('title', `${index + 1} of ${changes.length}  ${change.action} ${change.address}`);
    if (closed) return [title];
    return [
      title,
      row('why', change.why),
      row('note', `${RISK[change.risk]} · ${change.confidence} · ${change.phase}`),
      ...change.effective.map((it) => row('effective', `${it.name}: ${it.before} → ${it.after}`)),
      ...patchRows(change),
      ...(index < changes.length - 1 ? [row('blank', '')] : []),
    ];
  });
}
