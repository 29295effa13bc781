// Several of a list: what is typed narrows it, Space takes a line in or leaves it out, a paste brings in all of its words. Rules: what
// is in and no choice of the step stays and is shown first; nothing that the question refuses is taken.
import type { Question } from '../../model/control.ts';
import { contextOf } from './answers.ts';
import type { InputEvent } from './event.ts';
import { editField, emptyField } from './field.ts';
import type { RoomResult } from './room.ts';
import { selectedItem } from './room-items.ts';
import type { Edit, State } from './state.ts';

export type PickRow = { readonly value: string; readonly label: string; readonly on: boolean };

/** Whether this question is answered by picking. */
export function isPicked(question: Question): boolean {
  return question.type === 'list' && question.choices !== undefined && question.table === undefined;
}

/** The lines that match what is typed; what no line is called like can be taken in as the last one. */
export function pickRows(state: State, edit: Edit): readonly PickRow[] {
  const context = contextOf(state);
  const item = selectedItem(state);
  if (edit.picked === null || context === undefined || item.kind !== 'question') return [];
  const choices = item.question.choices?.(context) ?? [];
  const named = new Set(choices.map(({ value }) => value));
  const own = edit.picked.filter((value) => !named.has(value)).map((value) => ({ value, label: '' }));
  const picked = new Set(edit.picked);
  const wanted = edit.field.text.trim();
  const rows = [...own, ...choices]
    .filter(({ value, label }) => `${value} ${label}`.toLowerCase().includes(wanted.toLowerCase()))
    .map(({ value, label }) => ({ value, label, on: picked.has(value) }));
  const fresh = wanted !== '' && !rows.some(({ value }) => value === wanted);
  return fresh ? [...rows, { value: wanted, label: 'not in the list; Space adds it', on: false }] : rows;
}

/** What is wrong with what is picked so far. */
export function pickProblem(state: State, edit: Edit): string | undefined {
  const context = contextOf(state);
  const item = selectedItem(state);
  if (edit.picked === null || context === undefined || item.kind !== 'question') return undefined;
  return item.question.check?.(edit.picked, context);
}

export function updatePick(state: State, edit: Edit, input: InputEvent): RoomResult {
  const put = (next: Partial<Edit>): RoomResult => ({
    state: { ...state, edit: { ...edit, ...next }, notice: null },
    replan: false,
  });
  const picked = edit.picked ?? [];
  if (input.type === 'paste') {
    const words = input.text.split(/[\s,]+/).filter((word) => word !== '');
    return put({ picked: [...new Set([...picked, ...words])], field: emptyField, choice: 0 });
  }
  const rows = pickRows(state, edit);
  const here = Math.max(0, Math.min(rows.length - 1, edit.choice));
  switch (input.key) {
    case 'enter':
      return taken(state, edit, picked);
    case 'escape':
      return { state: { ...state, edit: null, notice: null }, replan: false };
    case 'up':
      return put({ choice: Math.max(0, here - 1) });
    case 'down':
      return put({ choice: Math.min(rows.length - 1, here + 1) });
    case 'space': {
      const row = rows[here];
      if (row === undefined) return put({});
      const next = row.on ? picked.filter((value) => value !== row.value) : [...picked, row.value];
      const after: Edit = { ...edit, picked: next, field: emptyField };
      const at = pickRows({ ...state, edit: after }, after).findIndex(({ value }) => value === row.value);
      return put({ ...after, choice: at < 0 ? here : at });
    }
    default: {
      const field = editField(edit.field, input);
      return field === undefined ? put({}) : put({ field, choice: 0 });
    }
  }
}

function taken(state: State, edit: Edit, picked: readonly string[]): RoomResult {
  // What is wrong stands under the list already.
  if (pickProblem(state, edit) !== undefined) return { state: { ...state, notice: null }, replan: false };
  const answers = new Map(state.answers).set(edit.question, picked);
  return { state: { ...state, answers, edit: null, notice: null }, replan: true };
}
