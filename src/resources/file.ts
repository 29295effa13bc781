// Rules: a file is compared by bytes, mode and owner; what is right already is not written. A link stays: the file it leads to
// is edited. A path is absolute and literal.
import type { Context } from '../model/context.ts';
import type { Change, FileResource, Primitive } from '../model/resource.ts';
import { isSudoers } from './sudoers.ts';
import {
  baseOf,
  fourDigits,
  isExact,
  lookAtUnread,
  lookUp,
  NO_DIFF,
  type ResourceDiff,
  sha256,
  type Unread,
  type Wanted,
} from './wanted.ts';

export function diffFile(wanted: Wanted<FileResource>, context: Context): ResourceDiff {
  const { resource } = wanted;
  checkPath(resource.path);
  const found = lookUp(context, resource.path);
  const unread = found === undefined ? lookAtUnread(context, resource.path) : undefined;
  if (unread !== undefined && resource.content === undefined) return diffMode(wanted, unread);
  if (found === undefined) {
    return {
      ...NO_DIFF,
      unknown: [`nobody looked at ${resource.path}, so what would change there is not known`],
    };
  }
  const fact = found === 'absent' ? undefined : found;
  const path = fact?.realPath ?? resource.path;
  const common = {
    address: `file:${path}`,
    step: wanted.step,
    controls: [wanted.control],
    why: wanted.why,
    phase: 'expand',
    confidence: 'predicted',
    effective: [],
    base: baseOf(fact),
  } as const;
  const nothing = (title: string): ResourceDiff => ({
    ...NO_DIFF,
    changes: [{ ...common, action: 'none', title: `nothing to do: ${title}`, risk: 'none', primitives: [] }],
  });

  if (resource.content === null) {
    if (fact === undefined) return nothing('the file is not there');
    const change: Change = {
      ...common,
      action: 'remove',
      title: 'removed',
      risk: riskOf(path),
      before: fact.text,
      after: null,
      primitives: [{ kind: 'remove-file', path }, ...checked(path)],
    };
    return { ...NO_DIFF, changes: [change] };
  }
  if (resource.content === undefined && fact === undefined) return nothing('the file is not there');
  if (resource.content === undefined && fact !== undefined && !isExact(fact)) {
    return {
      ...NO_DIFF,
      unknown: [`${path} is not plain UTF-8 text, so it cannot be written again without loss`],
    };
  }
  const text = resource.content ?? fact?.text ?? '';
  const owner = {
    mode: fourDigits(resource.mode ?? fact?.mode ?? '0644'),
    uid: resource.uid ?? fact?.uid ?? 0,
    gid: resource.gid ?? fact?.gid ?? 0,
  };
  const same =
    fact !== undefined &&
    sha256(text) === fact.sha256 &&
    owner.mode === fourDigits(fact.mode) &&
    owner.uid === fact.uid &&
    owner.gid === fact.gid;
  if (same) return nothing('content, mode and owner are as wanted');
  const hash = sha256(text);
  const change: Change = {
    ...common,
    action: fact === undefined ? 'create' : 'update',
    title:
      fact !== undefined && hash === fact.sha256
        ? modeTitle({ ...fact, mode: fourDigits(fact.mode) }, owner)
        : `mode ${owner.mode}, owner ${owner.uid}:${owner.gid}`,
    risk: riskOf(path),
    before: fact?.text ?? null,
    after: text,
    primitives: [{ kind: 'put-file', path, sha256: hash, ...owner }, ...checked(path)],
  };
  const links = fact !== undefined && fact.nlink > 1;
  return {
    ...NO_DIFF,
    changes: [change],
    contents: { [hash]: Buffer.from(text).toString('base64') },
    notes: links
      ? [`${path} has ${fact.nlink} hard-linked names; the others keep the content of before`]
      : [],
  };
}

/** Mode and owner alone, for a file whose bytes nobody reads (a private key). */
function diffMode(wanted: Wanted<FileResource>, { path, mode, uid, gid }: Unread): ResourceDiff {
  const { resource } = wanted;
  const now = { mode: fourDigits(mode), uid, gid };
  const owner = {
    mode: fourDigits(resource.mode ?? mode),
    uid: resource.uid ?? uid,
    gid: resource.gid ?? gid,
  };
  const same = owner.mode === now.mode && owner.uid === uid && owner.gid === gid;
  const change: Change = {
    address: `file:${path}`,
    action: same ? 'none' : 'update',
    title: same ? 'nothing to do: mode and owner are as wanted' : modeTitle(now, owner),
    step: wanted.step,
    controls: [wanted.control],
    why: wanted.why,
    risk: same ? 'none' : riskOf(path),
    phase: 'expand',
    confidence: 'predicted',
    effective: [],
    base: { kind: 'mode', ...now },
    primitives: same ? [] : [{ kind: 'set-mode', path, ...owner }],
  };
  return { ...NO_DIFF, changes: [change] };
}

/** What sshd and sudo read decides who gets in, and who gets to root. */
function riskOf(path: string): Change['risk'] {
  return path.startsWith('/etc/ssh/') || isSudoers(path) ? 'lockout' : 'service';
}

/** A fault in one file can take sudo from everybody, so visudo looks at all of them before they stay. */
function checked(path: string): readonly Primitive[] {
  return isSudoers(path) ? [{ kind: 'validate', checker: 'visudo' }] : [];
}

type Owner = { readonly mode: string; readonly uid: number; readonly gid: number };

function modeTitle(now: Owner, owner: Owner): string {
  return `mode ${now.mode} to ${owner.mode}, owner ${now.uid}:${now.gid} to ${owner.uid}:${owner.gid}`;
}

function checkPath(path: string): void {
  if (!path.startsWith('/') || path.split('/').includes('..') || /[\u0000-\u001f\u007f*?[\]]/.test(path)) {
    throw new RangeError(`${path}: a path must be absolute and literal`);
  }
}
