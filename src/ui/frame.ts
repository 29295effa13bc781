// The whole screen as lines. Rules: exactly rows − 1 lines of exactly `columns` cells; the mode is on top of every screen;
// while something is armed the time until the host takes it back is there too, whatever is shown below.

import { guardedText, lockedUntil } from '../model/lockdown.ts';
import { guideLines } from './guide.ts';
import type { Command } from './keymap.ts';
import {
  cells,
  ends,
  fitted,
  hanging,
  type Line,
  line,
  position,
  rule,
  type Span,
  span,
  windowed,
} from './lines.ts';
import { armed, type Locked, leaseLeft, type State } from './machine/state.ts';
import { footerBindings, placeOf, tooSmall } from './places.ts';
import { applyingView, decideView } from './screens/apply.ts';
import type { Area, View } from './screens/area.ts';
import { connectView, discoverView } from './screens/connect.ts';
import { diffView } from './screens/diff.ts';
import { historyView } from './screens/history.ts';
import { leavingView } from './screens/leaving.ts';
import { lockdownView } from './screens/lockdown.ts';
import { askView, smallView } from './screens/overlays.ts';
import { readyView } from './screens/ready.ts';
import { roomView } from './screens/room.ts';
import { documentOf } from './screens/scroll-limit.ts';
import { statementView } from './screens/statement.ts';
import { tableView } from './screens/table.ts';
import { targetView } from './screens/target.ts';
import { viewView } from './screens/view.ts';

/** A long text with its position; the screen keeps the first line to show. */
const documentView: View = (state, { width, height }) => {
  const document = documentOf(state);
  if (document === undefined) return [];
  const all = document(state, width);
  const top = state.help?.top ?? ('top' in state.screen ? state.screen.top : 0);
  if (all.length <= height) return windowed(all, 0, height);
  const where = position(all.length, top, height - 1);
  return [...windowed(all, top, height - 1), line(span(` ${where}, ↑↓ to read on`, 'muted'))];
};

const VIEWS: Record<State['screen']['name'], View> = {
  target: targetView,
  connect: connectView,
  discover: discoverView,
  room: roomView,
  explain: documentView,
  system: documentView,
  view: viewView,
  table: tableView,
  diff: diffView,
  ready: readyView,
  history: historyView,
  lockdown: lockdownView,
  statement: statementView,
  applying: applyingView,
  decide: decideView,
  report: documentView,
  reveal: documentView,
  failed: documentView,
};

function viewOf(state: State): View {
  const place = placeOf(state);
  if (place === 'leaving') return leavingView;
  if (place === 'ask') return askView;
  return place === 'help' ? documentView : VIEWS[state.screen.name];
}

function systemName(state: State): string {
  const os = state.survey?.context.readings.os;
  return os?.kind === 'known' ? os.value.prettyName.replace(/ GNU\/Linux|\s*\(.*\)/g, '') : '';
}

function band(state: State): Line {
  const mode =
    state.mode === 'dry-run'
      ? span(' ○ DRY RUN ', 'dry')
      : span(armed(state) ? ' ● LIVE, ARMED ' : ' ● LIVE ', 'live');
  const profile = state.survey?.context.profile.id ?? '';
  const parts = [state.target, systemName(state), profile].filter((it) => it !== '');
  return ends(
    [span(' portcullis', 'strong'), ...parts.map((it) => span(`  ${it}`))],
    state.lockdown === null ? [mode] : [mode, span(' '), span(' ■ LOCKDOWN ', 'locked')],
    state.size.columns,
  );
}

function lockdownWords({ record, loaded }: Locked): string {
  if (!loaded) return 'LOCKDOWN NOT IN FORCE: the kernel does not have its rules; L unlocks';
  return `LOCKED DOWN ${lockedUntil(record)}: ${guardedText(record)}`;
}

function underBand(state: State): Line {
  const width = state.size.columns;
  if (armed(state)) {
    const left = leaseLeft(state);
    const lease = left === undefined ? 'lease running' : `lease ${left} s`;
    return rule(width, `ARMED, ${lease}: the host takes it back by itself`, 'armed');
  }
  if (state.lockdown !== null) return rule(width, lockdownWords(state.lockdown), 'locked');
  if (state.mode === 'dry-run')
    return rule(width, 'DRY RUN: the host is read, nothing is changed', 'dry', '┄');
  return rule(width);
}

/** Stays in the footer however narrow the window is. */
const ALWAYS_SHOWN: readonly Command[] = ['back', 'help', 'quit', 'leave-now'];

/** At most two rows; what is wanted least goes first where there is no room, never the way out. */
function footer(state: State): Line[] {
  let keys = footerBindings(state);
  for (;;) {
    const rows = footerRows(keys, state.size.columns);
    const last = keys.findLastIndex(({ binding }) => !ALWAYS_SHOWN.includes(binding.command));
    if (rows.length <= 2 || last < 0) return rows.slice(0, 2);
    keys = keys.toSpliced(last, 1);
  }
}

function footerRows(keys: ReturnType<typeof footerBindings>, width: number): Line[] {
  const rows: Span[][] = [[span(' ')]];
  let used = 1;
  for (const { binding, off } of keys) {
    const text = `${binding.show} ${binding.label}`;
    const size = cells(text) + 2 + (off === undefined ? 0 : 2);
    if (used + size > width) {
      rows.push([span(' ')]);
      used = 1;
    }
    // Off is told by brackets, not by colour alone.
    rows.at(-1)?.push(off === undefined ? span(text) : span(`(${text})`, 'muted'), span('  '));
    used += size;
  }
  return rows;
}

function noticeLines(state: State): Line[] {
  if (state.notice === null) return [];
  return hanging(line(span(' ! ', 'warn')), state.notice, state.size.columns - 1, 'warn').slice(0, 3);
}

export function frame(state: State): readonly Line[] {
  const { columns } = state.size;
  const height = Math.max(1, state.size.rows - 1);
  if (tooSmall(state)) {
    const area = { width: columns, height };
    // Leaving is asked for in any window; the lease comes first there too.
    const asked = state.leaving === null ? [] : leavingView(state, area).filter((it) => it.length > 0);
    return windowed([...smallView(state, area), ...asked], 0, height).map((it) => fitted(it, columns));
  }
  const bottom = [rule(columns), ...footer(state)];
  const notice = [...noticeLines(state), ...guideLines(state)];
  const area: Area = { width: columns, height: Math.max(1, height - 2 - bottom.length - notice.length) };
  const body = windowed(viewOf(state)(state, area), 0, area.height);
  return [band(state), underBand(state), ...body, ...notice, ...bottom]
    .slice(0, height)
    .map((it) => fitted(it, columns));
}
