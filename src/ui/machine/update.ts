// update(state, event) → [state, effects]. Rules: pure; a dry run never produces an apply, undo or roll-back effect; "keep"
// is an effect only while armed and only by the word; what a key means is decided by the place that reads it.
import type { Command } from '../keymap.ts';
import { bindingFor, leavingNeedsWord, placeOf } from '../places.ts';
import { planRequest } from './answers.ts';
import { asked, updateAsk, updateDecide, updateLeaving, updateReady, updateTarget } from './dialogs.ts';
import { openDiff, updateDiff, updateSearch } from './diff.ts';
import { updateEdit } from './edit.ts';
import type { Effect } from './effect.ts';
import type { InputEvent, UiEvent } from './event.ts';
import { emptyField, fieldOf } from './field.ts';
import {
  chosenToUndo,
  historyRead,
  openHistory,
  openJournalRow,
  openUndo,
  sidesRead,
  updateHistory,
} from './history.ts';
import { askToLeave, interrupt, leave, suspend } from './leave.ts';
import { lockedIn, openLockdown, updateLockdown } from './lockdown.ts';
import { extendOpen, openRead, readyScreen, runOfOpen } from './open.ts';
import { resized } from './resized.ts';
import { closeReveal, openReveal } from './reveal.ts';
import { firstRoom, type RoomResult, updateRoom } from './room.ts';
import { onSameItem } from './room-items.ts';
import { foldSession, startRun } from './run.ts';
import { scrolled } from './scroll.ts';
import { armed, GUARD, initialState, type Screen, type Start, type State, type WorkKind } from './state.ts';
import { notSaid, openStatement, updateStatement } from './statement.ts';
import { openTable, updateTable, updateTableForm } from './table.ts';
import { withUndoRows } from './undo-rows.ts';
import { knock, knockFailed, openView, updateView } from './view.ts';

export type Result = readonly [State, readonly Effect[]];

const none: readonly Effect[] = [];

/** Where a wizard starts. */
export function start(options: Start): Result {
  const state = initialState(options);
  return [state, options.target === '' ? none : [{ type: 'connect', target: options.target }]];
}

function show(state: State, screen: Screen): State {
  return { ...state, screen, entered: state.now, notice: null, help: null };
}

/** One plan at a time: a second wish waits until the first is answered. */
function replan(state: State): Result {
  if (state.planning !== 'idle') return [{ ...state, planning: 'again' }, none];
  const request = planRequest(state);
  if (request.steps?.length === 0) return [{ ...state, plan: null }, none];
  return [{ ...state, planning: 'running', planDetail: '' }, [{ type: 'plan', request }]];
}

function afterRoom(result: RoomResult): Result {
  return result.replan ? replan(result.state) : [result.state, none];
}

function begin(state: State, kind: WorkKind): Result {
  if (state.mode === 'dry-run') return [{ ...state, notice: 'This is a dry run: nothing is changed.' }, none];
  if (kind === 'apply' && state.plan?.applyable !== true) return [state, none];
  const open = kind === 'keep-open' || kind === 'roll-back-open';
  const run = open ? runOfOpen(state, kind) : startRun(kind, state.now);
  const started: State = { ...state, run, summary: null };
  const shown = show(started, { name: 'applying' });
  if (kind === 'undo') {
    const transactions = (chosenToUndo(state) ?? []).map(({ id }) => id);
    return [shown, [{ type: 'undo', transactions }]];
  }
  if (open) return [shown, [{ type: kind }]];
  return state.plan === null ? [state, none] : [shown, [{ type: 'apply', plan: state.plan }]];
}

function look(state: State): Result {
  const fresh: State = {
    ...state,
    run: null,
    unfinished: null,
    plan: null,
    planning: 'idle',
    discovered: [],
    discovering: { done: 0, total: 0, fact: '' },
    startedAt: state.now,
  };
  return [show(fresh, { name: 'discover' }), [{ type: 'discover' }]];
}

function retry(state: State): Result {
  if (state.screen.name !== 'failed') return [state, none];
  switch (state.screen.during) {
    case 'connect': {
      const again = show({ ...state, stages: [], startedAt: state.now }, { name: 'connect' });
      return [again, [{ type: 'connect', target: state.target }]];
    }
    case 'plan':
      return replan(show(state, { name: 'room' }));
    case 'history':
      return openHistory(state);
    default:
      // After an apply that failed, the host is read again before anything else can be started.
      return look(state);
  }
}

function runCommand(state: State, command: Command): Result {
  const { screen } = state;
  switch (command) {
    case 'help':
      return [{ ...state, help: { top: 0 } }, none];
    case 'guide':
      return [{ ...state, guide: !state.guide }, [{ type: 'remember-guide', on: !state.guide }]];
    case 'quit':
      return leavingNeedsWord(state) ? askToLeave(state) : leave(state);
    case 'retry':
      return retry(state);
    case 'again':
      return look(state);
    case 'apply':
      return [show(state, readyScreen('apply')), none];
    case 'undo':
      return openUndo(state);
    case 'history':
      return openHistory(state);
    case 'open-row':
      return screen.name === 'history' ? openJournalRow(state, screen) : [state, none];
    case 'lockdown':
      return [openLockdown(state), none];
    case 'open-transaction':
      return [show(state, readyScreen('open')), [{ type: 'read-open' }]];
    case 'view':
      return openView({ ...state, notice: null, help: null });
    case 'knock':
      return knock(state);
    case 'attest':
    case 'waive':
      return [openStatement(state, command), none];
    case 'reveal':
      return [state, [{ type: 'reveal' }]];
    case 'system':
      return [show(state, { name: 'system', top: 0 }), none];
    case 'explain':
      return [show(state, { name: 'explain', top: 0 }), none];
    case 'diff':
      return [show(state, openDiff(state)), none];
    case 'back':
      if (state.help !== null) return [{ ...state, help: null, entered: state.now }, none];
      if (screen.name === 'table') return afterRoom(updateTable(state, screen, command));
      if (screen.name === 'reveal') return closeReveal(state, screen);
      // Nothing was read yet: what is wrong may be the name, so it can be mended.
      if (state.survey === null)
        return [show(state, { name: 'target', word: fieldOf(state.target), row: -1 }), none];
      if (screen.name === 'ready' && screen.from !== null)
        return [show(state, { name: 'history', row: screen.from }), none];
      return [show({ ...state, edit: null }, { name: 'room' }), none];
    default:
      break;
  }
  if (state.help !== null) return [scrolled(state, command), none];
  if (screen.name === 'diff') return [updateDiff(state, screen, command), none];
  if (screen.name === 'history') return [updateHistory(state, screen, command), none];
  if (screen.name === 'view') return [updateView(state, screen, command), none];
  if (screen.name === 'table') return afterRoom(updateTable(state, screen, command));
  const table = screen.name === 'room' && command === 'change' ? openTable(state) : undefined;
  if (table !== undefined) return [table, none];
  return screen.name === 'room' ? afterRoom(updateRoom(state, command)) : [scrolled(state, command), none];
}

function updateInput(state: State, input: InputEvent): Result {
  if (input.type === 'key' && input.key === 'ctrl-c') return interrupt(state);
  const place = placeOf(state);
  // Before any dialog: it would take the key for text that inserts nothing.
  if (input.type === 'key' && bindingFor(place, input.key)?.command === 'suspend')
    return suspend(state, place);
  const { screen } = state;
  const confirming =
    place === 'lockdown' || place === 'ready' || place === 'decide' || place === 'ask' || place === 'leaving';
  // Going back is always safe; declining a connection is not what a key held too long should do.
  const back = place !== 'ask' && input.type === 'key' && input.key === 'escape';
  if (confirming && !back && state.now - state.entered < GUARD) return [state, none];

  if (place === 'leaving') {
    const next = updateLeaving(state, input);
    return next === 'leave' ? leave(state) : [next, none];
  }
  if (place === 'ask') return updateAsk(state, input);
  if (screen.name === 'lockdown' && place === 'lockdown') return updateLockdown(state, screen, input);
  if (screen.name === 'statement' && place === 'statement') return updateStatement(state, screen, input);
  if (screen.name === 'table' && place !== 'help' && (place !== 'table' || input.type === 'paste'))
    return [updateTableForm(state, screen, input), none];
  if (screen.name === 'diff' && place === 'search') return [updateSearch(state, screen, input), none];
  if (place === 'edit' || place === 'choose' || place === 'pick') return afterRoom(updateEdit(state, input));

  const binding = input.type === 'key' ? bindingFor(place, input.key) : undefined;
  const command = binding?.command;
  if (screen.name === 'target' && place === 'target' && command !== 'quit')
    return updateTarget(state, screen, input);
  if (screen.name === 'decide' && place === 'decide' && command !== 'help')
    return updateDecide(state, screen, input);
  if (screen.name === 'ready' && place === 'ready' && (command === undefined || command === 'submit')) {
    const next = updateReady(state, screen, input);
    if (next === 'extend-open') return extendOpen(state);
    return typeof next === 'string' ? begin(state, next) : [next, none];
  }
  if (binding === undefined) return [state, none];
  const off = binding.disabled?.(state);
  if (off !== undefined) return [{ ...state, notice: `“${binding.label}” is off: ${off}.` }, none];
  return runCommand({ ...state, notice: null }, binding.command);
}

function survey(state: State, event: UiEvent & { type: 'surveyed' }): Result {
  const ids = event.survey.steps.map((step) => step.id);
  const unwanted = state.wanted.length === 0 ? [] : ids.filter((id) => !state.wanted.includes(id));
  const room =
    state.survey !== null && state.room.step < ids.length
      ? state.room
      : firstRoom(event.survey, state.wanted);
  const skipped = state.survey === null ? new Set(unwanted) : state.skipped;
  const lockdown = lockedIn(event.survey);
  const read: State = { ...state, survey: event.survey, room, skipped, lockdown, outside: null };
  // Who comes the first time is told what was found, before the first room.
  const welcome = state.guide && state.survey === null;
  if (read.unfinished !== null && read.mode === 'live') return replan(show(read, readyScreen('open')));
  return replan(show(read, welcome ? { name: 'system', top: 0 } : { name: 'room' }));
}

function updateWork(state: State, event: UiEvent): Result {
  switch (event.type) {
    case 'opened':
      if (state.survey !== null || state.answers.size > 0) return [state, none];
      return [{ ...state, answers: event.answers, without: event.without, wanted: event.steps }, none];
    case 'connect-done':
      return [show({ ...state, startedAt: state.now }, { name: 'discover' }), [{ type: 'discover' }]];
    case 'surveyed':
      return survey(state, event);
    case 'declared':
      return replan(show(onSameItem(state, { ...state, survey: event.survey }), { name: 'room' }));
    case 'looked-outside': {
      const { outside } = state;
      if (outside?.kind !== 'knocking' || outside.begun !== event.begun) return [state, none];
      return [{ ...state, outside: { kind: 'seen', sight: event.sight } }, none];
    }
    case 'plan-made': {
      const next = onSameItem(state, { ...state, plan: event.plan, planning: 'idle', planDetail: '' });
      return state.planning === 'again' ? replan(next) : [next, none];
    }
    case 'history-read':
      return historyRead(state, event.transactions);
    case 'open-read':
      return openRead(state, event) ?? look(state);
    case 'sides-read':
      return [withUndoRows(sidesRead(state, event.sides)), none];
    case 'decision-asked':
      // Nothing is armed: nothing can be kept, so the only safe word is ours.
      if (!armed(state)) return [state, [{ type: 'decide', decision: 'roll-back' }]];
      return [show(state, { name: 'decide', word: emptyField }), none];
    case 'finished': {
      const done: State = { ...state, summary: event.summary, unfinished: null, leaving: null };
      return [show(done, { name: 'report', top: 0 }), none];
    }
    case 'revealed':
      return openReveal(state, event.secrets);
    case 'failed': {
      if (event.during === 'look-outside' && event.problem.kind !== 'bug')
        return [knockFailed(state, event.problem), none];
      if (event.during === 'declare' && event.problem.kind === 'user')
        return [notSaid(state, event.problem), none];
      const screen: Screen = { name: 'failed', during: event.during, problem: event.problem, top: 0 };
      return [show({ ...state, planning: 'idle', asks: [], answer: emptyField, edit: null }, screen), none];
    }
    default:
      return [state, none];
  }
}

/** The deciding screen goes when there is nothing left to decide: the lease ended, or the host took it back. */
function settled(state: State): State {
  if (state.screen.name !== 'decide' || armed(state)) return state;
  const notice = 'There is nothing left to decide: the change is no longer armed.';
  return { ...show(state, { name: 'applying' }), notice };
}

export function update(before: State, event: UiEvent): Result {
  const state: State = event.at > before.now ? { ...before, now: event.at } : before;
  switch (event.type) {
    case 'key':
    case 'paste':
      return updateInput(state, event);
    case 'resized':
      return [resized(state, event), none];
    case 'session':
      return [settled(foldSession(state, event.event, state.now)), none];
    case 'asked':
      return [asked(state, event.question), none];
    default:
      return updateWork(state, event);
  }
}
