// Editing one answer in place. Rules: an answer that the question refuses is never taken; a paste fills, Enter takes.
import { contextOf, parseAnswer } from './answers.ts';
import type { InputEvent } from './event.ts';
import { editField } from './field.ts';
import { pickProblem, updatePick } from './pick.ts';
import type { RoomResult } from './room.ts';
import { selectedItem } from './room-items.ts';
import type { Edit, State } from './state.ts';

const same = (state: State): RoomResult => ({ state, replan: false });

/** What is wrong with what is typed so far; undefined when it may be taken. */
export function editProblem(state: State): string | undefined {
  const item = selectedItem(state);
  const context = contextOf(state);
  if (state.edit === null || context === undefined || item.kind !== 'question') return undefined;
  if (state.edit.picked !== null) return pickProblem(state, state.edit);
  const parsed = parseAnswer(item.question, state.edit.field.text, context);
  return parsed.ok ? undefined : parsed.problem;
}

function taken(state: State, edit: Edit): RoomResult {
  const item = selectedItem(state);
  const context = contextOf(state);
  if (item.kind !== 'question' || context === undefined) return same({ ...state, edit: null });
  const choices = item.question.type === 'choice' ? (item.question.choices?.(context) ?? []) : [];
  const text = item.question.type === 'choice' ? (choices[edit.choice]?.value ?? '') : edit.field.text;
  const parsed = parseAnswer(item.question, text, context);
  // What is wrong with what is typed stands under it already.
  if (!parsed.ok) return same({ ...state, notice: item.question.type === 'choice' ? parsed.problem : null });
  const answers = new Map(state.answers).set(edit.question, parsed.value);
  return { state: { ...state, answers, edit: null, notice: null }, replan: true };
}

function chosen(state: State, edit: Edit, by: number): State {
  const item = selectedItem(state);
  const context = contextOf(state);
  if (item.kind !== 'question' || context === undefined) return state;
  const last = (item.question.choices?.(context).length ?? 1) - 1;
  return { ...state, edit: { ...edit, choice: Math.max(0, Math.min(last, edit.choice + by)) } };
}

export function updateEdit(state: State, input: InputEvent): RoomResult {
  const { edit } = state;
  if (edit === null) return same(state);
  if (edit.picked !== null) return updatePick(state, edit, input);
  if (input.type === 'key') {
    if (input.key === 'enter') return taken(state, edit);
    if (input.key === 'escape') return same({ ...state, edit: null, notice: null });
    if (input.key === 'up') return same(chosen(state, edit, -1));
    if (input.key === 'down') return same(chosen(state, edit, 1));
  }
  const text =
    input.type === 'paste' ? { ...input, text: input.text.trim().replace(/[\r\n]+/g, ', ') } : input;
  const field = editField(edit.field, text);
  return same(field === undefined ? state : { ...state, edit: { ...edit, field }, notice: null });
}
