// What the cursor can stand on in a step room, in the order of the screen.
import type { Control, Finding, FindingResult, Question } from '../../model/control.ts';
import type { Refusal } from '../../model/plan.ts';
import type { Change } from '../../model/resource.ts';
import { contextOf, currentStep, type Shown, shownAnswer, visibleQuestions } from './answers.ts';
import type { State } from './state.ts';

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
  /** Controls that have nothing to judge on this host. */
  | { readonly kind: 'idle'; readonly findings: readonly Finding[] }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'change'; readonly change: Change };

const ORDER: Record<FindingResult, number> = {
  fail: 0,
  unknown: 1,
  waived: 2,
  notchecked: 3,
  pass: 4,
  attested: 5,
  notapplicable: 6,
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
  const applying = findings.filter((it) => it.result !== 'notapplicable');
  const idle = findings.filter((it) => it.result === 'notapplicable');
  return [
    { kind: 'about' },
    ...(state.plan?.refusals ?? []).map((refusal) => ({ kind: 'refusal', refusal }) as const),
    ...visibleQuestions(step, context).map(
      (question) => ({ kind: 'question', question, shown: shownAnswer(question, context) }) as const,
    ),
    ...applying.map((finding) => {
      const control = controls.get(finding.control);
      // A remedy may be empty here: another's firewall is judged and left as it is.
      const can = finding.result === 'fail' && (control?.remedy?.(context) ?? []).length > 0;
      const toggle = can ? (state.without.has(finding.control) ? 'off' : 'on') : 'none';
      return { kind: 'finding', finding, control, toggle } as const;
    }),
    ...(idle.length === 0 ? [] : [{ kind: 'idle', findings: idle } as const]),
    ...(state.plan?.notes ?? []).map((text) => ({ kind: 'note', text }) as const),
    ...stepChanges(state, step.id).map((change) => ({ kind: 'change', change }) as const),
  ];
}

export function selectedItem(state: State): RoomItem {
  const items = roomItems(state);
  return items[Math.min(state.room.row, items.length - 1)] ?? { kind: 'about' };
}

function keyOf(item: RoomItem): string {
  switch (item.kind) {
    case 'question':
      return `question ${item.question.id}`;
    case 'refusal':
      return `refusal ${item.refusal.guard} ${item.refusal.message}`;
    case 'finding':
      return `finding ${item.finding.control}`;
    case 'note':
      return `note ${item.text}`;
    case 'change':
      return `change ${item.change.address}`;
    default:
      return item.kind;
  }
}

/** `after` with the cursor on the line where it was in `before`, while that line is still there: others come and go above it. */
export function onSameItem(before: State, after: State): State {
  const was = keyOf(selectedItem(before));
  const row = roomItems(after).findIndex((item) => keyOf(item) === was);
  return row < 0 ? after : { ...after, room: { ...after.room, row } };
}
