// First-time mode: a strip of plain words between the screen and its keys. Rules: only whole sentences, as many as there is
// room for; nothing while a notice stands there or something lies over the screen that explains itself.
import { isRisky } from '../model/context.ts';
import { GUIDE, type GuideSpot } from '../report/guide-text.ts';
import { hanging, type Line, line, rule, span } from './lines.ts';
import { contextOf } from './machine/answers.ts';
import { nothingToConfirm } from './machine/dialogs.ts';
import { type RoomItem, selectedItem } from './machine/room-items.ts';
import type { State } from './machine/state.ts';
import { placeOf, tooSmall } from './places.ts';

function findingSpot({ finding, toggle }: RoomItem & { kind: 'finding' }): GuideSpot {
  switch (finding.result) {
    case 'fail':
      if (toggle === 'none') return 'fails, yours';
      return toggle === 'on' ? 'fails, in the plan' : 'fails, left out';
    case 'unknown':
    case 'notchecked':
    case 'waived':
      return finding.result;
    default:
      return 'right';
  }
}

function roomSpot(state: State): GuideSpot {
  const item = selectedItem(state);
  if (item.kind === 'about') return stepCount(state) > 1 ? 'about' : 'about the only step';
  if (item.kind === 'finding') return findingSpot(item);
  if (item.kind !== 'question') return item.kind;
  const context = contextOf(state);
  return context !== undefined && isRisky(item.question, context) ? 'risky question' : 'question';
}

function spotOf(state: State): GuideSpot | undefined {
  const place = placeOf(state);
  switch (place) {
    case 'target':
    case 'connect':
    case 'discover':
    case 'view':
    case 'diff':
    case 'applying':
    case 'decide':
    case 'failed':
    case 'system':
    case 'history':
    case 'statement':
    case 'table':
      return place;
    case 'room':
      return roomSpot(state);
    case 'ready':
      if (state.screen.name !== 'ready' || nothingToConfirm(state)) return undefined;
      // What a small window has room for says the same already.
      if (state.size.rows < 20) return undefined;
      return state.screen.kind === 'apply' ? 'ready' : state.screen.kind === 'undo' ? 'undo' : 'open';
    case 'lockdown':
      return state.lockdown === null ? 'lockdown' : 'unlock';
    case 'report':
      return state.summary?.outcome === 'committed' ? 'kept' : 'ended';
    default:
      return undefined;
  }
}

function stepCount(state: State): number {
  return state.survey?.steps.length ?? 0;
}

/** Where in the walk: told with the step itself. */
function walkWords(state: State, spot: GuideSpot): readonly string[] {
  return spot === 'about' ? [`Step ${state.room.step + 1} of ${stepCount(state)}.`] : [];
}

/** The strip with its rule; empty outside first-time mode and where nothing is to be said. */
export function guideLines(state: State): Line[] {
  if (!state.guide || state.notice !== null || tooSmall(state)) return [];
  const spot = spotOf(state);
  if (spot === undefined) return [];
  const { rows, columns } = state.size;
  const most = rows < 20 ? 2 : 3;
  let shown: Line[] = [];
  let text = '';
  for (const sentence of [...walkWords(state, spot), ...GUIDE[spot]]) {
    text = text === '' ? sentence : `${text} ${sentence}`;
    const lines = hanging(line(span(' i ', 'info')), text, columns - 1, 'info');
    if (lines.length > most) break;
    shown = lines;
  }
  return rows < 20 ? shown : [rule(columns, '', 'muted', '┄'), ...shown];
}
