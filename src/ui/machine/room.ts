// The step room: what keys do to its rows.
import type { Survey } from '../../model/session.ts';
import type { Command } from '../keymap.ts';
import { answerText, contextOf, currentStep } from './answers.ts';
import { emptyField, fieldOf } from './field.ts';
import { isPicked } from './pick.ts';
import { type RoomItem, roomItems, selectedItem } from './room-items.ts';
import type { Edit, Room, State } from './state.ts';

function moved(state: State, by: number): State {
  const last = roomItems(state).length - 1;
  const from = Math.min(state.room.row, last);
  return { ...state, room: { ...state.room, row: Math.max(0, Math.min(last, from + by)) } };
}

function toStep(state: State, by: number): State {
  const count = state.survey?.steps.length ?? 0;
  const step = Math.max(0, Math.min(count - 1, state.room.step + by));
  return step === state.room.step ? state : { ...state, room: { step, row: 0 } };
}

/** The editor for a question; booleans have none, they flip. */
function openEdit(item: RoomItem, state: State): Edit | undefined {
  const context = contextOf(state);
  if (item.kind !== 'question' || context === undefined) return undefined;
  const { question, shown } = item;
  const choices = question.type === 'choice' ? (question.choices?.(context) ?? []) : [];
  if (isPicked(question)) {
    const picked = Array.isArray(shown.value) ? shown.value.map(String) : [];
    return { question: question.id, field: emptyField, choice: 0, picked };
  }
  const marked = choices.findIndex((choice) => choice.value === shown.value);
  return {
    question: question.id,
    field: fieldOf(answerText(shown.value)),
    choice: Math.max(0, marked),
    picked: null,
  };
}

export type RoomResult = { readonly state: State; readonly replan: boolean };

const same = (state: State): RoomResult => ({ state, replan: false });

function flipped(state: State, item: RoomItem): RoomResult {
  const context = contextOf(state);
  if (item.kind === 'question' && item.question.type === 'boolean' && context !== undefined) {
    const value = item.shown.value !== true;
    const problem = item.question.check?.(value, context);
    if (problem !== undefined) return same({ ...state, notice: problem });
    return {
      state: { ...state, answers: new Map(state.answers).set(item.question.id, value) },
      replan: true,
    };
  }
  if (item.kind === 'finding' && item.toggle !== 'none') {
    const without = new Set(state.without);
    if (!without.delete(item.finding.control)) without.add(item.finding.control);
    return { state: { ...state, without }, replan: true };
  }
  return same(state);
}

/** Commands that stay inside the room; what opens another screen is decided in update.ts. */
export function updateRoom(state: State, command: Command): RoomResult {
  const page = Math.max(1, state.size.rows - 14);
  const item = selectedItem(state);
  switch (command) {
    case 'up':
      return same(moved(state, -1));
    case 'down':
      return same(moved(state, 1));
    case 'page-up':
      return same(moved(state, -page));
    case 'page-down':
      return same(moved(state, page));
    case 'top':
      return same(moved(state, -10_000));
    case 'bottom':
      return same(moved(state, 10_000));
    case 'next-step':
      return same(toStep(state, 1));
    case 'previous-step':
      return same(toStep(state, -1));
    case 'toggle':
      return flipped(state, item);
    case 'change':
      if (item.kind === 'question' && item.question.type === 'boolean') return flipped(state, item);
      return same({ ...state, edit: openEdit(item, state) ?? null });
    case 'skip': {
      const step = currentStep(state);
      if (step === undefined) return same(state);
      const skipped = new Set(state.skipped);
      if (!skipped.delete(step.id)) skipped.add(step.id);
      return { state: { ...state, skipped }, replan: true };
    }
    default:
      return same(state);
  }
}

/** Whoever named steps begins in the first of them, everybody else in the first with something to judge. */
export function firstRoom(survey: Survey, wanted: readonly string[]): Room {
  const judged = new Set(
    survey.findings.filter(({ result }) => result !== 'notapplicable').map(({ step }) => step),
  );
  const begins = survey.steps.findIndex(({ id }) =>
    wanted.length > 0 ? wanted.includes(id) : judged.has(id),
  );
  return { step: Math.max(0, begins), row: 0 };
}
