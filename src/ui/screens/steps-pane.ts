// The left side of a room: the steps of the walk, and the score now and after the plan.
import { type Finding, WEIGHT } from '../../model/control.ts';
import { waivedCritical } from '../../model/statement.ts';
import { fitted, type Line, line, span } from '../lines.ts';
import { stepFindings } from '../machine/room-items.ts';
import type { State } from '../machine/state.ts';
import type { Area } from './area.ts';

function counted(findings: readonly Finding[]): { pass: number; all: number } {
  const judged = findings.filter((it) => ['pass', 'fail', 'unknown'].includes(it.result));
  return { pass: judged.filter((it) => it.result === 'pass').length, all: judged.length };
}

/** "sshd: only keys" is "sshd" where there is little room. */
function shortTitle(title: string): string {
  return title.split(/\s*[:—–]\s/)[0] ?? title;
}

function stepLine(state: State, index: number, width: number): Line {
  const step = state.survey?.steps[index];
  if (step === undefined) return [];
  const { pass, all } = counted(stepFindings(state, step.id));
  const here = index === state.room.step;
  const done = pass === all;
  const mark = state.skipped.has(step.id)
    ? span('– skip', 'muted')
    : all === 0
      ? span('– n/a', 'muted')
      : span(`${done ? '✓' : '●'} ${pass}/${all}`, done ? 'good' : 'warn');
  const name = `${here ? '▸' : ' '}${index + 1} ${shortTitle(step.title)}`;
  const room = Math.max(4, width - mark.text.length - 1);
  return [...fitted(line(span(name, here ? 'cursor' : 'plain')), room), mark, span(' ')];
}

/** Cells of a bar of `width`: reached, to be reached by the plan, rest. */
function bar(now: number, projected: number, width: number): Line {
  const full = Math.round((Math.max(0, Math.min(100, now)) / 100) * width);
  const next = Math.max(full, Math.round((Math.max(0, Math.min(100, projected)) / 100) * width));
  return [
    span('█'.repeat(full), 'good'),
    span('▒'.repeat(next - full), 'info'),
    span('░'.repeat(width - next), 'muted'),
  ];
}

/** A critical control that fails caps the score at 49, which deserves a word where it shows. */
function capped(state: State, now: number): boolean {
  if (Math.round(now) !== 49) return false;
  return (state.survey?.findings ?? []).some(
    (it) => it.result === 'fail' && WEIGHT[it.severity] === WEIGHT.critical,
  );
}

/** What is critical and was waived is named beside the score. */
function waivedLines(state: State, width: number): Line[] {
  const waived = waivedCritical(state.survey?.findings ?? []);
  if (waived.length === 0) return [];
  return [
    line(span(` ${width < 20 ? 'less' : 'without'} ${waived.length} critical`, 'warn')),
    ...waived.slice(0, 3).map(({ control }) => line(span(` ≈ ${control}`, 'warn'))),
    ...(waived.length > 3 ? [line(span(` ≈ and ${waived.length - 3} more`, 'warn'))] : []),
  ];
}

export function stepsPane(state: State, { width, height }: Area): readonly Line[] {
  const count = state.survey?.steps.length ?? 0;
  const now = state.plan?.score.now ?? state.survey?.score ?? 0;
  const projected = state.plan?.score.projected ?? now;
  const judged = (state.survey?.findings ?? []).some(
    ({ result }) => result !== 'notapplicable' && result !== 'notchecked',
  );
  const nothing = state.survey !== null && !judged;
  const score: Line[] = nothing
    ? [line(span(' nothing to judge', 'muted'))]
    : [
        line(
          ' score ',
          span(String(Math.round(now)), 'strong'),
          ...(projected > now ? [span(` → ${Math.round(projected)}`, 'info')] : []),
        ),
        [span(' '), ...bar(now, projected, Math.max(4, width - 2))],
        ...waivedLines(state, width),
        ...(capped(state, now)
          ? [line(span(' 49 at most while a', 'muted')), line(span(' critical one fails', 'muted'))]
          : []),
      ];
  const room = Math.max(1, height - score.length - 1);
  const first = Math.max(0, Math.min(state.room.step - Math.floor(room / 2), count - room));
  const steps = Array.from({ length: Math.min(room, count - first) }, (_, index) =>
    stepLine(state, first + index, width),
  );
  const gap = Array.from({ length: Math.max(1, height - score.length - steps.length) }, (): Line => []);
  return [...steps, ...gap, ...score].slice(0, height).map((it) => fitted(it, width));
}
