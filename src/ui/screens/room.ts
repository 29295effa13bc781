// The step room: steps on the left; on the right a list to walk over, and below it all about the line the cursor is on.
import { ends, fitted, type Line, line, position, rule, span, windowed } from '../lines.ts';
import { currentStep } from '../machine/answers.ts';
import { type RoomItem, roomItems, selectedItem, stepChanges, stepFindings } from '../machine/room-items.ts';
import type { State } from '../machine/state.ts';
import type { Area, View } from './area.ts';
import { itemDetail } from './item-detail.ts';
import { itemLine } from './item-line.ts';
import { stepsPane } from './steps-pane.ts';
import { count, RISKS } from './words.ts';

type Row = { readonly line: Line; readonly item?: number };

const HEADINGS: Partial<Record<RoomItem['kind'], (state: State) => string>> = {
  refusal: () => 'Refused: nothing of this plan will be applied',
  question: () => 'Questions',
  finding: (state) => {
    const findings = stepFindings(state, currentStep(state)?.id ?? '');
    const of = (result: string) => findings.filter((it) => it.result === result).length;
    const told = (result: string, word = result) => (of(result) > 0 ? `, ${of(result)} ${word}` : '');
    const rest = `${told('unknown')}${told('waived')}${told('notchecked', 'attest?')}`;
    return `Findings: ${of('pass')} pass, ${of('fail')} fail${rest}`;
  },
  note: () => 'Read before you apply',
  change: (state) => `Changes: ${changeSummary(state)}`,
};

/** "1 file, 1 reload; may lock out → armed, 90 s lease" */
function changeSummary(state: State): string {
  const changes = stepChanges(state, currentStep(state)?.id ?? '').filter((it) => it.action !== 'none');
  if (changes.length === 0) return 'none';
  const of = (...kinds: readonly string[]) =>
    changes.filter(({ address }) => kinds.includes(address.replace(/:.*$/, ''))).length;
  const [packages, units, tables] = [of('package'), of('unit', 'restart'), of('nft-table', 'ufw')];
  const files = changes.length - packages - units - tables;
  const what = [
    ...(packages > 0 ? [count(packages, 'package')] : []),
    ...(files > 0 ? [count(files, 'file')] : []),
    ...(tables > 0 ? [count(tables, 'table of rules', 'tables of rules')] : []),
    ...(units > 0 ? [count(units, 'service')] : []),
  ].join(', ');
  const worst = changes.some((it) => it.risk === 'lockout')
    ? `${RISKS.lockout} → armed, ${state.lease} s lease`
    : changes.some((it) => it.risk === 'service')
      ? RISKS.service
      : RISKS.none;
  return `${what}; ${worst}`;
}

function rows(state: State, width: number): Row[] {
  const items = roomItems(state);
  const selected = Math.min(state.room.row, items.length - 1);
  return items.flatMap((item, index) => {
    const previous = items[index - 1];
    const heading = HEADINGS[item.kind];
    const own: Row = { line: itemLine(item, { selected: index === selected, width }), item: index };
    if (heading === undefined || previous?.kind === item.kind) return [own];
    return [{ line: line(span(` ${heading(state)}`, 'strong')) }, own];
  });
}

/** `room`: cells; the title of the step does not give way to what is being planned. */
function planState(state: State, room: number): string {
  if (state.planning !== 'idle') {
    const long = `planning: ${state.planDetail}`;
    return state.planDetail === '' || long.length > room ? 'planning…' : long;
  }
  if (state.skipped.has(currentStep(state)?.id ?? '')) return 'this step is skipped';
  return '';
}

/** Window over the list that keeps the cursor, and the heading above it, in sight. */
function windowTop(all: readonly Row[], selected: number, height: number): number {
  const at = all.findIndex((row) => row.item === selected);
  if (at < height - 1) return 0;
  return Math.min(Math.max(0, all.length - height), at - Math.floor(height / 2));
}

function rightPane(state: State, { width, height }: Area): readonly Line[] {
  const step = currentStep(state);
  if (step === undefined) return [line(' This profile has no steps.')];
  const doing = planState(state, Math.floor(width / 2));
  const title = ends(
    line(span(` ${step.title}`, 'strong')),
    line(span(doing && `  ${doing}`, 'info')),
    width,
  );
  const detail = itemDetail(state, selectedItem(state), width - 1);
  const usual = Math.max(4, Math.min(12, Math.floor((height - 2) * 0.45)));
  // What is being typed, and what is wrong with it, must be seen whole; so must what a step is about, the first time.
  const whole = state.edit !== null || (state.guide && selectedItem(state).kind === 'about');
  const detailHeight = whole ? Math.max(usual, Math.min(detail.length, height - 5)) : usual;
  const listHeight = Math.max(1, height - detailHeight - 2);
  const all = rows(state, width);
  const selected = Math.min(state.room.row, roomItems(state).length - 1);
  const top = windowTop(all, selected, listHeight);
  const list = windowed(
    all.map((row) => row.line),
    top,
    listHeight,
  );
  const where = position(all.length, top, listHeight);
  const more = line(span(state.edit === null ? '… x shows all of it' : '…', 'muted'));
  const cut = detail.length > detailHeight;
  const shown = cut ? [...detail.slice(0, detailHeight - 1), more] : windowed(detail, 0, detailHeight);
  return [title, ...list, rule(width, where), ...shown.map((it) => [span(' '), ...it])];
}

export const roomView: View = (state, { width, height }) => {
  const left = width >= 100 ? 28 : width >= 76 ? 22 : 17;
  const pane = stepsPane(state, { width: left, height });
  const right = rightPane(state, { width: width - left - 1, height });
  return Array.from({ length: height }, (_, index) => [
    ...fitted(pane[index] ?? [], left),
    span('│', 'muted'),
    ...fitted(right[index] ?? [], width - left - 1),
  ]);
};
