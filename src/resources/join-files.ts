// Rules: one file is written once a stage. Where one resource asks for a file's mode and owner and options edit its text, the
// edit carries both; what a later stage writes starts from what the earlier one left, and does not loosen it again.
import type { BaseState, Change, Primitive } from '../model/resource.ts';

type PutFile = Extract<Primitive, { kind: 'put-file' }>;
type Owner = Pick<PutFile, 'mode' | 'uid' | 'gid'>;

function putOf(change: Change): PutFile | undefined {
  const [put, ...others] = change.primitives;
  return put?.kind === 'put-file' && others.length === 0 ? put : undefined;
}

/** It leaves the bytes as they are. */
function isOwnerOnly(change: Change): boolean {
  return change.before !== null && change.before !== undefined && change.before === change.after;
}

function withOwner(change: Change, owner: Owner, base: BaseState | undefined): Change {
  return {
    ...change,
    ...(base === undefined ? {} : { base }),
    primitives: change.primitives.map((one) => (one.kind === 'put-file' ? { ...one, ...owner } : one)),
  };
}

/** The changes in their order, with edits of a file joined to the change of its mode and owner. */
export function joinFiles(changes: readonly Change[]): readonly Change[] {
  const joined: Change[] = [];
  const ownerOnly = new Map<string, { readonly change: Change; readonly owner: Owner }>();
  for (const change of changes) {
    const put = putOf(change);
    const earlier = put === undefined ? undefined : ownerOnly.get(put.path);
    if (put === undefined || earlier === undefined) {
      joined.push(change);
      if (put !== undefined && isOwnerOnly(change)) {
        const { mode, uid, gid } = put;
        ownerOnly.set(put.path, { change, owner: { mode, uid, gid } });
      }
      continue;
    }
    const { owner } = earlier;
    const at = joined.indexOf(earlier.change);
    if (at === -1 || earlier.change.step !== change.step || earlier.change.phase !== change.phase) {
      const base = change.base?.kind === 'file' ? { ...change.base, ...owner } : change.base;
      joined.push(withOwner(change, owner, base));
      continue;
    }
    joined.splice(at, 1);
    joined.push({
      ...withOwner(change, owner, earlier.change.base),
      title: `${change.title}; ${earlier.change.title}`,
      controls: [...new Set([...earlier.change.controls, ...change.controls])],
      why: [...new Set([earlier.change.why, change.why])].join(' '),
    });
  }
  return joined;
}
