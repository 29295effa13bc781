// An answer that is a list, edited as a table. Rules: what is edited is a copy; it becomes the answer by a key of its own, and Escape
// leaves the answer as it was, after saying so once where something was changed; a row that cannot be is never taken.
import type { Offer } from '../../model/answer-table.ts';
import type { Context } from '../../model/context.ts';
import {
  isTable,
  type TableEdit,
  type TableLine,
  type TableQuestion,
  tableLines,
  withEntry,
  withoutRow,
  withRow,
} from '../../report/table-form.ts';
import type { Command } from '../keymap.ts';
import { contextOf, currentStep, shownAnswer } from './answers.ts';
import type { InputEvent } from './event.ts';
import { editField, type Field, fieldOf } from './field.ts';
import type { RoomResult } from './room.ts';
import { type RoomItem, selectedItem } from './room-items.ts';
import { movesBy } from './scroll.ts';
import type { Screen, State } from './state.ts';

export type TableScreen = Screen & { readonly name: 'table' };

/** A row being typed, or an offer being answered. */
export type TableForm =
  | {
      readonly kind: 'row';
      /** Null: a new one. */
      readonly index: number | null;
      readonly at: number;
      readonly fields: readonly Field[];
    }
  | { readonly kind: 'offer'; readonly offer: Offer; readonly choice: number };

export type TableSight = {
  readonly question: TableQuestion;
  readonly context: Context;
  readonly lines: readonly TableLine[];
  /** The line under the cursor. */
  readonly at: number;
  /** The rows are not the answer that was there. */
  readonly changed: boolean;
};

const same = (state: State): RoomResult => ({ state, replan: false });

/** The table of the question under the cursor; undefined for any other line of the room. */
export function openTable(state: State, item: RoomItem = selectedItem(state)): State | undefined {
  if (item.kind !== 'question' || !isTable(item.question)) return undefined;
  const entries = listOf(item.shown.value);
  const screen: Screen = {
    name: 'table',
    question: item.question.id,
    entries,
    row: 0,
    form: null,
    warned: false,
  };
  return { ...state, screen, entered: state.now, notice: null };
}

const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/** Everything there is to draw and to decide about. */
export function tableSight(state: State, screen: TableScreen): TableSight | undefined {
  const context = contextOf(state);
  const question = currentStep(state)?.questions.find(({ id }) => id === screen.question);
  if (context === undefined || question === undefined || !isTable(question)) return undefined;
  const lines = tableLines(question, context, screen.entries);
  const was = listOf(shownAnswer(question, context).value);
  return {
    ...{ question, context, lines },
    at: Math.max(0, Math.min(screen.row, lines.length - 1)),
    changed: JSON.stringify(was) !== JSON.stringify(screen.entries),
  };
}

/** What is wrong with the row as it is typed, and in which cell; undefined when it may be taken. */
export function formProblem(
  sight: TableSight,
  screen: TableScreen,
): Extract<TableEdit, { problem: string }> | undefined {
  if (screen.form?.kind !== 'row') return undefined;
  const edit = rowEdit(sight, screen, screen.form);
  return 'problem' in edit ? edit : undefined;
}

function rowEdit(
  { question, context }: TableSight,
  { entries }: TableScreen,
  { index, fields }: TableForm & { kind: 'row' },
): TableEdit {
  return withRow(question, { context, entries }, { cells: fields.map(({ text }) => text), index });
}

/** Commands of the table itself; the room plans again once its rows are taken. */
export function updateTable(state: State, screen: TableScreen, command: Command): RoomResult {
  const sight = tableSight(state, screen);
  if (sight === undefined) return same({ ...state, screen: { name: 'room' } });
  const to = (next: Partial<TableScreen>, notice: string | null = null): RoomResult =>
    same({ ...state, screen: { ...screen, warned: false, ...next }, notice });
  const { question, context, lines, at, changed } = sight;
  const line = lines[at];
  switch (command) {
    case 'add':
      return to({ form: rowForm(question.table.blank, null) });
    case 'change':
      if (line?.kind === 'entry') return to({ form: rowForm(line.cells, line.index) });
      return line?.kind === 'offer'
        ? to({ form: { kind: 'offer', offer: line.offer, choice: 0 } })
        : same(state);
    case 'remove': {
      if (line?.kind !== 'entry') return same(state);
      const edit = withoutRow(question, { context, entries: screen.entries }, line.index);
      return 'problem' in edit ? to({}, edit.problem) : to({ entries: edit.entries });
    }
    case 'take': {
      const room: State = { ...state, screen: { name: 'room' }, entered: state.now, notice: null };
      if (!changed) return same(room);
      const problem = question.check?.(screen.entries, context);
      if (problem !== undefined) return to({}, problem);
      const answers = new Map(state.answers).set(question.id, screen.entries);
      return { state: { ...room, answers }, replan: true };
    }
    case 'back':
      if (changed && !screen.warned)
        return to(
          { warned: true },
          'The rows are not taken yet: t takes them, Esc again leaves the answer as it was.',
        );
      return same({ ...state, screen: { name: 'room' }, entered: state.now, notice: null });
    default: {
      const by = movesBy(command, Math.max(1, state.size.rows - 12));
      return to({ row: Math.max(0, Math.min(lines.length - 1, at + by)) });
    }
  }
}

/** A paste into the table: every line of it is a row; what cannot be one is told, the others are taken in. */
function pastedRows(state: State, screen: TableScreen, text: string): State {
  const sight = tableSight(state, screen);
  if (sight === undefined) return state;
  let { entries } = screen;
  let wrong = '';
  const lines = text.split(/[\r\n]+/).flatMap((it) => (it.trim() === '' ? [] : [it.trim()]));
  let refused = 0;
  for (const entry of lines) {
    const { question, context } = sight;
    const edit: TableEdit =
      question.table.read(entry, context) === undefined
        ? { problem: 'that is no row of this table' }
        : withEntry(question, { context, entries }, { entry, index: null });
    if ('problem' in edit) {
      refused += 1;
      if (wrong === '') wrong = ` “${entry.slice(0, 40)}”: ${edit.problem}`;
    } else entries = edit.entries;
  }
  const notice = refused === 0 ? null : `${refused} of ${lines.length} lines were not taken.${wrong}`;
  return { ...state, screen: { ...screen, entries, warned: false }, notice };
}

function rowForm(cells: readonly string[], index: number | null): TableForm {
  return { kind: 'row', index, at: 0, fields: cells.map(fieldOf) };
}

/** Keys while a row is typed or an offer answered. */
export function updateTableForm(state: State, screen: TableScreen, input: InputEvent): State {
  const { form } = screen;
  if (form === null && input.type === 'paste') return pastedRows(state, screen, input.text);
  const sight = tableSight(state, screen);
  const put = (next: TableForm | null, notice: string | null = null): State => ({
    ...state,
    screen: { ...screen, form: next },
    notice,
  });
  if (sight === undefined || form === null) return put(null);
  const key = input.type === 'key' ? input.key : '';
  if (key === 'escape') return put(null);
  if (form.kind === 'offer') {
    if (key === 'enter') return offerTaken(state, { screen, sight, form });
    const by = key === 'up' ? -1 : key === 'down' ? 1 : 0;
    return put({ ...form, choice: Math.max(0, Math.min(form.offer.choices.length, form.choice + by)) });
  }
  if (key === 'enter') {
    const edit = rowEdit(sight, screen, form);
    if (!('problem' in edit)) return taken(state, screen, edit.entries);
    return put({ ...form, at: edit.column ?? form.at }, edit.problem);
  }
  const last = form.fields.length - 1;
  if (key === 'up' || key === 'shift-tab') return put({ ...form, at: Math.max(0, form.at - 1) });
  if (key === 'down' || key === 'tab') return put({ ...form, at: Math.min(last, form.at + 1) });
  const field = typed(sight, form, input);
  return field === undefined ? state : put({ ...form, fields: form.fields.with(form.at, field) });
}

/** A cell with choices is moved through them; any other is typed. */
function typed(
  { question }: TableSight,
  { at, fields }: TableForm & { kind: 'row' },
  input: InputEvent,
): Field | undefined {
  const now = fields[at];
  if (now === undefined) return undefined;
  const choices = question.table.columns[at]?.choices;
  if (choices === undefined) return editField(now, input);
  const key = input.type === 'key' ? input.key : '';
  const by = key === 'right' || key === 'space' ? 1 : key === 'left' ? -1 : 0;
  if (by === 0) return undefined;
  const next = (choices.indexOf(now.text) + by + choices.length) % choices.length;
  return fieldOf(choices[next] ?? '');
}

function offerTaken(
  state: State,
  it: {
    readonly screen: TableScreen;
    readonly sight: TableSight;
    readonly form: TableForm & { kind: 'offer' };
  },
): State {
  const { screen, sight, form } = it;
  const entry = form.offer.choices[form.choice]?.entry;
  if (entry === undefined) return { ...state, screen: { ...screen, form: null }, notice: null };
  const edit = withEntry(sight.question, { ...sight, entries: screen.entries }, { entry, index: null });
  return 'problem' in edit ? { ...state, notice: edit.problem } : taken(state, screen, edit.entries);
}

/** The rows with the one that was taken, the cursor on it. */
function taken(state: State, screen: TableScreen, entries: readonly string[]): State {
  const next: TableScreen = { ...screen, entries, form: null, warned: false };
  const index = screen.form?.kind === 'row' ? screen.form.index : null;
  const lines = tableSight(state, next)?.lines ?? [];
  const wanted = index ?? entries.length - 1;
  const row = lines.findIndex((line) => line.kind === 'entry' && line.index === wanted);
  return { ...state, screen: { ...next, row: Math.max(0, row) }, notice: null };
}
