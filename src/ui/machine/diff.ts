// The diff screen: scrolling, folding and searching over rows that were computed when it opened.
import { guideLines } from '../guide.ts';
import type { Command } from '../keymap.ts';
import { diffRows } from './diff-rows.ts';
import { type DiffSearch, matchesOf, unfoldedRows } from './diff-search.ts';
import type { InputEvent } from './event.ts';
import { editField, emptyField } from './field.ts';
import type { Screen, State } from './state.ts';

type Diff = Screen & { name: 'diff' };

/** Rows of the body that hold diff lines; one line is the position. */
export function diffHeight(state: State): number {
  return Math.max(1, state.size.rows - 7 - guideLines(state).length);
}

/** Opens it with nothing folded. */
export function openDiff(state: State): Screen {
  const all = rowsOf(state);
  return { name: 'diff', top: 0, all, rows: all, folded: new Set(), search: null };
}

function rowsOf(state: State): Diff['all'] {
  return diffRows(state.plan?.changes ?? [], { width: state.size.columns });
}

function clamp(state: State, screen: Diff, top: number): Diff {
  return { ...screen, top: Math.max(0, Math.min(screen.rows.length - diffHeight(state), top)) };
}

function titleAt(screen: Diff, from: number, by: 1 | -1): number {
  for (let index = from + by; index >= 0 && index < screen.rows.length; index += by) {
    const row = screen.rows[index];
    if (row?.kind === 'title' && !row.continued) return index;
  }
  return from;
}

function withFolded(screen: Diff, folded: ReadonlySet<string>): Diff {
  return { ...screen, folded, rows: unfoldedRows(screen.all, folded) };
}

function folded(state: State, screen: Diff): Diff {
  const address = screen.rows[screen.top]?.change;
  if (address === undefined) return screen;
  const next = new Set(screen.folded);
  if (!next.delete(address)) next.add(address);
  const turned = withFolded(screen, next);
  return clamp(
    state,
    turned,
    turned.rows.findIndex((row) => row.change === address),
  );
}

/** Lines of a diff that were broken to the old width are broken again; stays at the change that was on top. */
export function resizedDiff(state: State): State {
  const { screen } = state;
  return screen.name === 'diff' ? { ...state, screen: broken(state, screen) } : state;
}

function broken(state: State, screen: Diff): Diff {
  const all = rowsOf(state);
  const found = screen.search === null ? null : matchesOf(all, screen.search.field.text);
  const search =
    screen.search === null || found === null
      ? null
      : // The same lines match, wherever they are broken.
        { ...screen.search, matches: found, at: Math.min(screen.search.at, found.length - 1) };
  const resized = withFolded({ ...screen, all, search }, screen.folded);
  const address = screen.rows[screen.top]?.change;
  const first = screen.rows.findIndex((row) => row.change === address);
  const top = resized.rows.findIndex((row) => row.change === address) + Math.max(0, screen.top - first);
  return clamp(state, resized, top);
}

/** Lines above a match that stay in sight. */
const ABOVE = 2;

/** Shows one match, unfolding what hides it. */
function goTo(state: State, screen: Diff, search: DiffSearch): Diff {
  const row = screen.all[search.matches[search.at] ?? -1];
  if (row === undefined) return { ...screen, search };
  const open = new Set(screen.folded);
  const hidden = row.kind !== 'title' && open.delete(row.change);
  const shown = hidden ? withFolded({ ...screen, search }, open) : { ...screen, search };
  return clamp(state, shown, shown.rows.indexOf(row) - ABOVE);
}

/** The first match at or below the top of the screen, else the first of all. */
function nearest(screen: Diff, matches: readonly number[], top: number): number {
  const row = screen.rows[top];
  const from = row === undefined ? 0 : screen.all.indexOf(row);
  return matches.length === 0
    ? -1
    : Math.max(
        0,
        matches.findIndex((it) => it >= from),
      );
}

function beginSearch(screen: Diff): Diff {
  const from = { top: screen.top, folded: screen.folded };
  return { ...screen, search: { field: emptyField, typing: true, matches: [], at: -1, from } };
}

/** Text of the search as it is typed; Enter takes it, Escape leaves as if nothing had been looked for. */
export function updateSearch(state: State, screen: Diff, input: InputEvent): State {
  const { search } = screen;
  if (search === null) return state;
  const put = (next: Diff): State => ({ ...state, screen: next, notice: null });
  if (input.type === 'key' && input.key === 'escape')
    return put({ ...withFolded(screen, search.from.folded), top: search.from.top, search: null });
  if (input.type === 'key' && input.key === 'enter') {
    if (search.field.text.trim() === '') return put({ ...screen, search: null });
    if (search.matches.length > 0) return put({ ...screen, search: { ...search, typing: false } });
    return { ...state, notice: 'Nothing in the diff says that. Type something else; Esc leaves the search.' };
  }
  const field = editField(search.field, input);
  if (field === undefined) return state;
  // From where the search began: a longer text may stand further up than the shorter one did.
  const start = { ...withFolded(screen, search.from.folded), top: search.from.top };
  const matches = matchesOf(screen.all, field.text);
  const next = { ...search, field, matches, at: nearest(start, matches, start.top) };
  return put(goTo(state, start, next));
}

function moved(state: State, screen: Diff, by: 1 | -1): Diff {
  const { search } = screen;
  if (search === null || search.matches.length === 0) return screen;
  const { length } = search.matches;
  return goTo(state, screen, { ...search, at: (search.at + by + length) % length });
}

export function updateDiff(state: State, screen: Diff, command: Command): State {
  const page = diffHeight(state);
  const to = (top: number): State => ({ ...state, screen: clamp(state, screen, top) });
  switch (command) {
    case 'up':
      return to(screen.top - 1);
    case 'down':
      return to(screen.top + 1);
    case 'page-up':
      return to(screen.top - page);
    case 'page-down':
      return to(screen.top + page);
    case 'top':
      return to(0);
    case 'bottom':
      return to(screen.rows.length);
    case 'next-change':
      return { ...state, screen: { ...screen, top: titleAt(screen, screen.top, 1) } };
    case 'previous-change':
      return { ...state, screen: { ...screen, top: titleAt(screen, screen.top, -1) } };
    case 'fold':
      return { ...state, screen: folded(state, screen) };
    case 'search':
      return { ...state, screen: beginSearch(screen) };
    case 'next-match':
      return { ...state, screen: moved(state, screen, 1) };
    case 'previous-match':
      return { ...state, screen: moved(state, screen, -1) };
    case 'leave-search':
      return { ...state, screen: { ...screen, search: null } };
    default:
      return state;
  }
}
