// A table that is an answer, as both wizards edit it: its lines, and what becomes of the answer when a row is added, changed or removed.
// Rules: nothing is taken that the question would refuse; a row that holds whatever is answered stays; the answer is replaced, never changed.
import type { AnswerTable, Offer } from '../model/answer-table.ts';
import type { Context } from '../model/context.ts';
import type { Question } from '../model/control.ts';

export type TableQuestion = Question & { readonly table: AnswerTable };

export type TableLine =
  | { readonly kind: 'pinned'; readonly cells: readonly string[]; readonly why: string }
  | {
      readonly kind: 'entry';
      readonly index: number;
      readonly entry: string;
      readonly cells: readonly string[];
    }
  | { readonly kind: 'offer'; readonly offer: Offer };

/** What became of an edit: the new answer, or why not; `column`: which cell it is about, where one is. */
export type TableEdit =
  | { readonly entries: readonly string[] }
  | { readonly problem: string; readonly column?: number };

/** A question that is edited as a table. */
export function isTable(question: Question): question is TableQuestion {
  return question.table !== undefined && question.type === 'list';
}

/** Pinned rows, the answer's own, then what is offered. */
export function tableLines(
  { table }: TableQuestion,
  context: Context,
  entries: readonly string[],
): readonly TableLine[] {
  const blank = table.columns.map(() => '');
  return [
    ...(table.pinned?.(context) ?? []).map((it) => ({ kind: 'pinned', ...it }) as const),
    ...entries.map((entry, index): TableLine => {
      const cells = table.read(entry, context) ?? [entry, ...blank.slice(1)];
      return { kind: 'entry', index, entry, cells };
    }),
    ...(table.offers?.(context, entries) ?? []).map((offer) => ({ kind: 'offer', offer }) as const),
  ];
}

type Editing = { readonly context: Context; readonly entries: readonly string[] };

/** The answer with a row as typed: instead of the one at `index`, or as a new one behind all. */
export function withRow(
  question: TableQuestion,
  { context, entries }: Editing,
  row: { readonly cells: readonly string[]; readonly index: number | null },
): TableEdit {
  const strange = question.table.columns.findIndex(
    ({ choices }, at) => choices !== undefined && !choices.includes(row.cells[at] ?? ''),
  );
  if (strange >= 0) {
    const { title = '', choices = [] } = question.table.columns[strange] ?? {};
    return { column: strange, problem: `${title} is one of: ${choices.join(', ')}` };
  }
  const written = question.table.write(row.cells, context);
  if (!('entry' in written)) return written;
  return withEntry(question, { context, entries }, { entry: written.entry, index: row.index });
}

/** The same with an entry that is ready. */
export function withEntry(
  question: TableQuestion,
  { context, entries }: Editing,
  { entry, index }: { readonly entry: string; readonly index: number | null },
): TableEdit {
  const next = index === null ? [...entries, entry] : entries.with(index, entry);
  return checked(question, next, context);
}

export function withoutRow(question: TableQuestion, { context, entries }: Editing, index: number): TableEdit {
  return checked(question, entries.toSpliced(index, 1), context);
}

function checked(question: TableQuestion, entries: readonly string[], context: Context): TableEdit {
  const problem = question.check?.(entries, context);
  return problem === undefined ? { entries } : { problem };
}
