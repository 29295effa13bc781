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

/** The long text of this state; undefined for a screen that fits itself. */
export function documentOf(state: State): Document | undefined {
  if (state.help !== null) return helpDocument;
  switch (state.screen.name) {
    case 'system':
      return systemDocument;
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

/** Lines between the two rules that a document may use. */
function bodyHeight(state: State): number {
  return Math.max(1, state.size.rows - 6 - guideLines(state).length);
}

export function scrollLimit(state: State): number {
  const document = documentOf(state);
  if (document === undefined) return 0;
  return Math.max(0, document(state, state.size.columns).length - bodyHeight(state) + 1);
}
