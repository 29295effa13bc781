// The step room: rows to walk over, and what keys do to them.
import type { Control, Finding, FindingResult, Question } from '../../model/control.ts';
import type { Refusal } from '../../model/plan.ts';
import type { Change } from '../../model/resource.ts';
import type { Command } from '../keymap.ts';
import { answerText, contextOf, currentStep, type Shown, shownAnswer, visibleQuestions } from './answers.ts';
import { fieldOf } from './field.ts';
import type { Edit, State } from './state.ts';

export type RoomItem =
  | { readonly kind: 'about' }
  | { readonly kind: 'question'; readonly question: Question; readonly shown: Shown }
  | { readonly kind: 'refusal'; readonly refusal: Refusal }
  | {
      readonly kind: 'finding';
      readonly finding: Finding;
      readonly control: Control | undefined;
      /** Whether its remedy is in the plan; "none" when there is nothing to toggle. */
      readonly toggle: 'on' | 'off' | 'none';
    }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'change'; readonly change: Change };

const ORDER: Record<FindingResult, number> = {
  fail: 0,
  unknown: 1,
  pass: 2,
  attested: 3,
  waived: 4,
  notapplicable: 5,
};
const SEVERITY = { critical: 0, high: 1, medium: 2, low: 3 } as const;

export function stepFindings(state: State, step: string): readonly Finding[] {
  return (state.survey?.findings ?? []).filter((finding) => finding.step === step);
}

export function stepChanges(state: State, step: string): readonly Change[] {
  return (state.plan?.changes ?? []).filter((change) => change.step === step);
}

/** Everything the cursor can stand on in this room, in the order of the screen. */
export function roomItems(state: State): readonly RoomItem[] {
  const step = currentStep(state);
  const context = contextOf(state);
  if (step === undefined || context === undefined) return [{ kind: 'about' }];
  const controls = new Map(step.controls.map((control) => [control.id, control]));
  const findings = [...stepFindings(state, step.id)].sort(
    (a, b) => ORDER[a.result] - ORDER[b.result] || SEVERITY[a.severity] - SEVERITY[b.severity],
  );
  return [
    { kind: 'about' },
    ...(state.plan?.refusals ?? []).map((refusal) => ({ kind: 'refusal', refusal }) as const),
    ...visibleQuestions(step, context).map(
      (question) => ({ kind: 'question', question, shown: shownAnswer(question, context) }) as const,
    ),
    ...findings.map((finding) => {
      const control = controls.get(finding.control);
      const can = finding.result === 'fail' && control?.remedy !== undefined;
      const toggle = can ? (state.without.has(finding.control) ? 'off' : 'on') : 'none';
      return { kind: 'finding', finding, control, toggle } as const;
    }),
    ...(state.plan?.notes ?? []).map((text) => ({ kind: 'note', text }) as const),
    ...stepChanges(state, step.id).map((change) => ({ kind: 'change', change }) as const),
  ];
}

export function selectedItem(state: State): RoomItem {
  const items = roomItems(state);
  return items[Math.min(state.room.row, items.length - 1)] ?? { kind: 'about' };
}

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
export function openEdit(item: RoomItem, state: State): Edit | undefined {
  const context = contextOf(state);
  if (item.kind !== 'question' || context === undefined) return undefined;
  const { question, shown } = item;
  const choices = question.type === 'choice' ? (question.choices?.(context) ?? []) : [];
  const marked = choices.findIndex((choice) => choice.value === shown.value);
  return {
    question: question.id,
    field: fieldOf(answerText(shown.value)),
    choice: Math.max(0, marked),
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
