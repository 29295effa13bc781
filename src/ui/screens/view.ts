// Any table of any step: what it shows, how far the look from outside is, what to do now, the rows, and below them all about the row
// under the cursor.
import type { StepView } from '../../model/view.ts';
import { hanging, type Line, line, position, rule, span, windowed, wrap, wrapped } from '../lines.ts';
import type { State } from '../machine/state.ts';
import { asksOutside, shownView, viewsOf } from '../machine/view.ts';
import type { Area, View } from './area.ts';
import { cellSpans, detailLines, LEFT, rowLines, widthsOf } from './view-table.ts';
import { count, seconds } from './words.ts';

/** What is shown, how far the look from outside is, and what to do now; on a low screen what to do comes before what it is. */
function aboutLines(state: State, view: StepView, { width, height }: Area): Line[] {
  const most = Math.max(1, Math.floor(height / 6));
  const low = height < LOW;
  const about = low && view.next !== undefined ? [] : cutLines(wrap(view.about, width - 3), most);
  const next = view.next === undefined ? [] : hanging(line(span(' → ', 'info')), view.next, width - 3);
  return [
    ...about.map((text) => line(span(` ${text}`, 'muted'))),
    ...knockLines(state, width),
    ...cutTail(next, low ? 2 : most),
  ];
}

/** The first lines; the last one says that there was more. */
function cutTail(lines: readonly Line[], most: number): readonly Line[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), [...(lines[most - 1] ?? []), span('…')]];
}

/** A body with fewer lines keeps them for rows. */
const LOW = 13;

function cutLines(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `${(lines[most - 1] ?? '').slice(0, -1)}…`];
}

function knockLines(state: State, width: number): Line[] {
  const { outside } = state;
  if (outside === null || outside.kind === 'seen' || !asksOutside(state)) return [];
  if (outside.kind === 'failed')
    return hanging(
      line(span(' ! ', 'warn')),
      `Nobody could knock from here: ${outside.reason} (r tries again)`,
      width - 1,
    );
  const { done, total, begun } = outside;
  const far = total === 0 ? 'looking for the way' : `${done} of ${count(total, 'port')}`;
  return [line(span(' ● ', 'info'), `Knocking from here: ${far}, ${seconds(state.now - begun)}`)];
}

export const viewView: View = (state, { width, height }) => {
  if (state.screen.name !== 'view') return [];
  const shown = shownView(state, state.screen);
  if (shown === undefined) return [line(' This step has no tables any more.')];
  const { view, at } = shown;
  const { length } = viewsOf(state);
  const title = line(
    span(` ${view.title}`, 'strong'),
    span(length > 1 ? `  table ${state.screen.table + 1} of ${length}` : '', 'muted'),
  );
  const head = [title, ...aboutLines(state, view, { width, height })];
  if (view.rows.length === 0) return [...head, [], ...wrapped(view.empty, width - 2, 'plain', 1)];
  const widths = widthsOf(view, width - LEFT - 1);
  const columns = line(span(' '.repeat(LEFT)), ...cellSpans(view.columns, widths, () => 'muted'));
  const detail = detailLines(shown, widths, width - 2).map((it): Line => [span(' '), ...it]);
  const room = height - head.length - 2;
  const forDetail = Math.min(
    detail.length,
    Math.max(3, room - Math.min(view.rows.length, Math.ceil(room / 2))),
  );
  const forRows = Math.max(1, room - forDetail);
  const top = Math.max(0, Math.min(view.rows.length - forRows, at - Math.floor(forRows / 2)));
  const told =
    detail.length > forDetail
      ? [...detail.slice(0, forDetail - 1), line(span(' … portcullis check --view tells all of it', 'muted'))]
      : detail;
  return [
    ...head,
    columns,
    ...windowed(rowLines(view, at, widths), top, forRows),
    rule(width, position(view.rows.length, top, forRows)),
    ...told,
  ];
};
