// How far a long screen can be scrolled. The same documents and the same room as frame.ts draws.
import { guideLines } from '../guide.ts';
import type { State } from '../machine/state.ts';
import type { Document } from './area.ts';
import { explainDocument } from './explain.ts';
import { failedDocument } from './failed.ts';
import { helpDocument } from './overlays.ts';
import { reportDocument } from './report.ts';
import { revealDocument } from './reveal.ts';
import { systemDocument } from './system.ts';
import { undoDocument } from './undo.ts';

/** The long text of this state; undefined for a screen that fits itself. */
export function documentOf(state: State): Document | undefined {
  if (state.help !== null) return helpDocument;
  switch (state.screen.name) {
    case 'system':
      return systemDocument;
    case 'ready':
      return state.screen.kind === 'undo' ? undoDocument : undefined;
    case 'explain':
      return explainDocument;
    case 'report':
      return reportDocument;
    case 'reveal':
      return revealDocument;
    case 'failed':
      return failedDocument;
    default:
      return undefined;
  }
}

/** Lines of a ready screen beside its text, at most. */
const READY_LINES = 7;

/** Lines between the two rules that a document may use. */
function bodyHeight(state: State): number {
  return Math.max(1, state.size.rows - 6 - guideLines(state).length);
}

export function scrollLimit(state: State): number {
  const document = documentOf(state);
  if (document === undefined) return 0;
  // Head and word of an undo leave its text less room.
  const others = state.screen.name === 'ready' ? READY_LINES : 0;
  return Math.max(0, document(state, state.size.columns).length - bodyHeight(state) + others + 1);
}
