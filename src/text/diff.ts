// Rules: a diff is data for every view (terminal, lines, JSON); the texts are cut into hunks as they are and made safe for the
// eye here, once. What the eye cannot see is said in words: a carriage return at a line's end, a missing last newline. Two texts
// that would take too long to compare are shown as whole removal and addition counts, never half.
import { structuredPatch } from 'diff';
import { sanitize } from './sanitize.ts';

export type DiffLine = {
  readonly kind: 'same' | 'added' | 'removed';
  /** Sanitised, no newline. */
  readonly text: string;
  /** 1-based line in the text before (same, removed) and after (same, added). */
  readonly before: number | null;
  readonly after: number | null;
  /** What cannot be seen: "ends with a carriage return", "no newline at the end of the file". */
  readonly remarks: readonly string[];
};

export type DiffHunk = {
  readonly beforeStart: number;
  readonly beforeLines: number;
  readonly afterStart: number;
  readonly afterLines: number;
  readonly lines: readonly DiffLine[];
};

export type DiffView = {
  readonly hunks: readonly DiffHunk[];
  readonly added: number;
  readonly removed: number;
  /** The texts were not compared line by line: `added` and `removed` count all their lines and there are no hunks. */
  readonly tooLarge: boolean;
};

const TIMEOUT_MILLISECONDS = 2_000;
const CONTEXT_LINES = 3;
const NO_NEWLINE = 'no newline at the end of the file';
const CARRIAGE_RETURN = 'ends with a carriage return';

/** Compares two texts line by line; null or undefined is "no file". */
export function diffLines(
  before: string | null | undefined,
  after: string | null | undefined,
  options: { readonly context?: number; readonly timeout?: number } = {},
): DiffView {
  const [old, fresh] = [before ?? '', after ?? ''];
  const patch = structuredPatch('before', 'after', old, fresh, undefined, undefined, {
    context: options.context ?? CONTEXT_LINES,
    timeout: options.timeout ?? TIMEOUT_MILLISECONDS,
  });
  if (patch === undefined) {
    return { hunks: [], added: countLines(fresh), removed: countLines(old), tooLarge: true };
  }
  const hunks = patch.hunks.map(
    (hunk): DiffHunk => ({
      beforeStart: hunk.oldStart,
      beforeLines: hunk.oldLines,
      afterStart: hunk.newStart,
      afterLines: hunk.newLines,
      lines: linesOf(hunk),
    }),
  );
  const count = (kind: DiffLine['kind']): number =>
    hunks.reduce((sum, hunk) => sum + hunk.lines.filter((line) => line.kind === kind).length, 0);
  return { hunks, added: count('added'), removed: count('removed'), tooLarge: false };
}

/** The unified form, safe to print. Empty when nothing differs. */
export function renderUnified(
  view: DiffView,
  names: { readonly before: string; readonly after: string },
): string {
  const head = [`--- ${sanitize(names.before)}`, `+++ ${sanitize(names.after)}`];
  if (view.tooLarge) {
    return `${[...head, `(too large to compare: ${view.removed} lines become ${view.added})`].join('\n')}\n`;
  }
  if (view.hunks.length === 0) return '';
  const body = view.hunks.flatMap((hunk) => [
    `@@ -${range(hunk.beforeStart, hunk.beforeLines)} +${range(hunk.afterStart, hunk.afterLines)} @@`,
    ...hunk.lines.flatMap((line) => [
      `${line.kind === 'same' ? ' ' : line.kind === 'added' ? '+' : '-'}${line.text}${said(line)}`,
      ...(line.remarks.includes(NO_NEWLINE) ? [`\\ ${NO_NEWLINE}`] : []),
    ]),
  ]);
  return `${[...head, ...body].join('\n')}\n`;
}

function said(line: DiffLine): string {
  const remarks = line.remarks.filter((remark) => remark !== NO_NEWLINE);
  return remarks.length === 0 ? '' : `  (${remarks.join(', ')})`;
}

function range(start: number, lines: number): string {
  return lines === 1 ? String(start) : `${start},${lines}`;
}

function countLines(text: string): number {
  return text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

function linesOf(hunk: {
  oldStart: number;
  newStart: number;
  lines: readonly string[];
}): readonly DiffLine[] {
  const lines: DiffLine[] = [];
  let [before, after] = [hunk.oldStart, hunk.newStart];
  for (const raw of hunk.lines) {
    const last = lines.at(-1);
    if (raw.startsWith('\\')) {
      if (last !== undefined) lines[lines.length - 1] = { ...last, remarks: [...last.remarks, NO_NEWLINE] };
      continue;
    }
    const kind = raw.startsWith('+') ? 'added' : raw.startsWith('-') ? 'removed' : 'same';
    const body = raw.slice(1);
    const carriage = body.endsWith('\r');
    lines.push({
      kind,
      text: sanitize(carriage ? body.slice(0, -1) : body).replaceAll('\n', '\\n'),
      before: kind === 'added' ? null : before,
      after: kind === 'removed' ? null : after,
      remarks: carriage ? [CARRIAGE_RETURN] : [],
    });
    if (kind !== 'added') before += 1;
    if (kind !== 'removed') after += 1;
  }
  return lines;
}
