import { type Line, line, span, wrapped } from '../lines.ts';
import { selectedItem } from '../machine/room-items.ts';
import type { Document } from './area.ts';
import { itemDetail } from './item-detail.ts';

const UNDO =
  'Before anything is changed the host keeps a checkpoint and arms its own timer: without your word it puts back every byte by itself. A kept run is undone with u, or with: portcullis rollback';

/** Everything about the line under the cursor. */
export const explainDocument: Document = (state, width) => {
  const item = selectedItem(state);
  const text = (words: string): readonly Line[] => wrapped(words, width - 2);
  const undo =
    item.kind === 'finding' || item.kind === 'change'
      ? [[], line(span('How it is undone', 'strong')), ...text(UNDO)]
      : [];
  const all = [...itemDetail({ ...state, edit: null }, item, width - 2), ...undo];
  return [[], ...all.map((it): Line => [span(' '), ...it])];
};
