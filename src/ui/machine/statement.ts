// Attesting and waiving in the room: a reason, a last day, Enter. Rules: only what can be said of the line under the cursor is asked;
// Escape goes back with nothing said; an emptied reason takes back what was said; what cannot be is told and stays typed.
import { cannotState, type StatementKind, usualDays } from '../../model/statement.ts';
import { isReason } from '../../text/reason.ts';
import type { Effect } from './effect.ts';
import type { InputEvent, Problem } from './event.ts';
import { editField, fieldOf } from './field.ts';
import { type RoomItem, selectedItem } from './room-items.ts';
import type { Screen, State } from './state.ts';

type Result = readonly [State, readonly Effect[]];
export type StatementScreen = Screen & { readonly name: 'statement' };

const none: readonly Effect[] = [];

/** Why this cannot be said of the line under the cursor; undefined when it can. */
export function statementDisabled(kind: StatementKind, state: State): string | undefined {
  const item = selectedItem(state);
  if (item.kind !== 'finding') return 'only a finding can be attested or waived';
  const problem = cannotState(kind, item.control, item.finding);
  if (problem !== undefined) return problem;
  return state.mode === 'dry-run' ? 'this is a dry run, nothing is recorded' : undefined;
}

export function openStatement(state: State, kind: StatementKind): State {
  const item = selectedItem(state);
  if (item.kind !== 'finding') return state;
  const { finding, control } = item;
  const said = finding.statement?.kind === kind ? finding.statement.reason : '';
  const screen: Screen = {
    ...{ name: 'statement', kind, control: finding.control, at: 'reason' },
    ...{ reason: fieldOf(said), until: fieldOf(`${usualDays(kind, control)}d`) },
  };
  return { ...state, screen, entered: state.now, notice: null, help: null };
}

/** The finding that is spoken about. */
export function spokenOf(
  state: State,
  { control }: StatementScreen,
): (RoomItem & { readonly kind: 'finding' }) | undefined {
  const item = selectedItem(state);
  return item.kind === 'finding' && item.finding.control === control ? item : undefined;
}

export function updateStatement(state: State, screen: StatementScreen, input: InputEvent): Result {
  const key = input.type === 'key' ? input.key : '';
  const to = (next: Partial<StatementScreen>): State => ({
    ...state,
    screen: { ...screen, ...next },
    notice: null,
  });
  if (key === 'escape')
    return [{ ...state, screen: { name: 'room' }, entered: state.now, notice: null }, none];
  if (key === 'enter') return entered(state, screen);
  if (['up', 'shift-tab', 'down', 'tab'].includes(key))
    return [to({ at: key === 'up' || key === 'shift-tab' ? 'reason' : 'until' }), none];
  const field = editField(screen[screen.at], input);
  return [field === undefined ? state : to({ [screen.at]: field }), none];
}

function entered(state: State, screen: StatementScreen): Result {
  const { kind, control } = screen;
  const reason = screen.reason.text.trim();
  if (reason === '' && spokenOf(state, screen)?.finding.statement !== undefined)
    return [state, [{ type: 'withdraw', control }]];
  if (!isReason(reason)) {
    const notice = 'A reason is needed: one line of at most 200 characters, kept for whoever asks later.';
    return [{ ...state, screen: { ...screen, at: 'reason' }, notice }, none];
  }
  if (screen.at === 'reason') return [{ ...state, screen: { ...screen, at: 'until' }, notice: null }, none];
  const until = screen.until.text.trim();
  const end = until === '' ? {} : { until };
  return [state, [{ type: 'declare', request: { kind, control, reason, ...end } }]];
}

/** What cannot be said is told over what was typed. */
export function notSaid(state: State, { message, hints }: Problem): State {
  const notice = [`${message.charAt(0).toUpperCase()}${message.slice(1)}.`, ...hints].join(' ');
  return { ...state, notice };
}
