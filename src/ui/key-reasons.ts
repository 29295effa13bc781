// Why a command cannot be used now, in words for whoever pressed its key; undefined where it can.
import { journalRow } from './machine/history.ts';
import { selectedItem } from './machine/room-items.ts';
import { armed, type State, working } from './machine/state.ts';
import { statementDisabled } from './machine/statement.ts';
import { tableSight } from './machine/table.ts';
import { asksOutside, viewsOf } from './machine/view.ts';

export function applyDisabled(state: State): string | undefined {
  if (state.mode === 'dry-run') return 'this is a dry run, nothing is changed';
  if (state.unfinished !== null) return 'a transaction is still open on the host; press o to see it';
  if (state.survey?.context.connection.root === 'none') return 'there is no way to root on this login';
  if (state.planning !== 'idle') return 'the plan is being made';
  if (state.plan === null) return 'there is no plan: every step is skipped';
  if (state.plan.refusals.length > 0) return 'the plan is refused; the reason is in the list';
  if (state.plan.changes.every((change) => change.action === 'none')) return 'there is nothing to change';
  if (!state.plan.complete) return 'the plan is incomplete: some facts could not be read';
  if (!state.plan.applyable) return 'the plan cannot be applied';
  return undefined;
}

export function undoDisabled(state: State): string | undefined {
  if (state.mode === 'dry-run') return 'this is a dry run, nothing is changed';
  if (state.unfinished !== null) return 'a transaction is still open on the host; press o to see it';
  return undefined;
}

export function revealDisabled(state: State): string | undefined {
  const names = state.summary?.newSecrets;
  if (names === undefined) return 'this run made no new secrets';
  return names.length === 0 ? 'they were shown; they stand in their files on the host' : undefined;
}

export function diffDisabled(state: State): string | undefined {
  if (state.planning !== 'idle') return 'the plan is being made';
  return state.plan === null || state.plan.changes.length === 0 ? 'there are no changes' : undefined;
}

export function changeDisabled(state: State): string | undefined {
  return selectedItem(state).kind === 'question' ? undefined : 'only a question can be changed';
}

export function toggleDisabled(state: State): string | undefined {
  const item = selectedItem(state);
  if (item.kind === 'question' && item.question.type === 'boolean') return undefined;
  if (item.kind !== 'finding') return 'only a finding can be switched on or off';
  return item.toggle === 'none' ? 'this finding has nothing to change' : undefined;
}

/** Why a change is never left to itself by stopping; undefined when stopping harms nothing. */
export function suspendDisabled(state: State): string | undefined {
  if (!working(state) && !armed(state)) return undefined;
  return 'a change is under way, and a stopped Portcullis renews no lease: the host would take it back';
}

export function viewDisabled(state: State): string | undefined {
  return viewsOf(state).length === 0 ? 'this step has no tables' : undefined;
}

export function otherStepDisabled(state: State): string | undefined {
  return (state.survey?.steps.length ?? 0) < 2 ? 'there is one step' : undefined;
}

export function otherViewDisabled(state: State): string | undefined {
  return viewsOf(state).length < 2 ? 'this step has one table' : undefined;
}

export function knockDisabled(state: State): string | undefined {
  if (!asksOutside(state)) return 'nothing in this table is seen from outside';
  return state.outside?.kind === 'knocking' ? 'it is under way' : undefined;
}

function lineUnderCursor(state: State) {
  if (state.screen.name !== 'table') return undefined;
  const sight = tableSight(state, state.screen);
  return sight?.lines[sight.at];
}

export function rowDisabled(state: State): string | undefined {
  const line = lineUnderCursor(state);
  if (line === undefined) return 'there is no row yet; a adds one';
  return line.kind === 'pinned' ? line.why : undefined;
}

export function removeDisabled(state: State): string | undefined {
  const line = lineUnderCursor(state);
  return line?.kind === 'offer' ? 'this row is not in the answer' : rowDisabled(state);
}

export function attestDisabled(state: State): string | undefined {
  return statementDisabled('attest', state);
}

export function waiveDisabled(state: State): string | undefined {
  return statementDisabled('waive', state);
}

export function openRowDisabled(state: State): string | undefined {
  if (state.unfinished !== null)
    return 'a transaction is still open on the host; press o in the step to see it';
  if (state.history === null) return 'the journal of the host is still being read';
  return (journalRow(state)?.stands.length ?? 0) === 0 ? 'nothing of it is left to undo' : undefined;
}
