// What a resource kind is given and what it gives back. A diff is pure: the readings of the context in, changes out.
import { createHash } from 'node:crypto';
import type { ConfigFile, Looked } from '../facts/values.ts';
import type { Context } from '../model/context.ts';
import type { Reading } from '../model/outcome.ts';
import type { BaseState, Change, Resource } from '../model/resource.ts';

/** A resource and who asked for it. */
export type Wanted<R extends Resource = Resource> = {
  readonly resource: R;
  readonly step: string;
  /** Control id. */
  readonly control: string;
  readonly why: string;
};

export type ResourceDiff = {
  /** In the order in which they must happen. "Nothing to do" is a change with action "none" and the reason as title. */
  readonly changes: readonly Change[];
  /** New contents by sha256 (lower-case hex), base64. */
  readonly contents: Readonly<Record<string, string>>;
  /** What a person should know before approving; hostile text is not yet sanitised. */
  readonly notes: readonly string[];
  /** What could not be told; a plan with any of these is not complete. */
  readonly unknown: readonly string[];
};

export const NO_DIFF: ResourceDiff = { changes: [], contents: {}, notes: [], unknown: [] };

export function mergeDiffs(diffs: readonly ResourceDiff[]): ResourceDiff {
  return {
    changes: diffs.flatMap((diff) => diff.changes),
    contents: Object.assign({}, ...diffs.map((diff) => diff.contents)),
    notes: [...new Set(diffs.flatMap((diff) => diff.notes))],
    unknown: [...new Set(diffs.flatMap((diff) => diff.unknown))],
  };
}

/** Lower-case hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The text stands for the bytes exactly, so that writing it back changes nothing else. */
export function isExact(file: ConfigFile): boolean {
  return sha256(file.text) === file.sha256;
}

export function baseOf(file: ConfigFile | undefined): BaseState {
  if (file === undefined) return { kind: 'absent' };
  return { kind: 'file', sha256: file.sha256, mode: fourDigits(file.mode), uid: file.uid, gid: file.gid };
}

/** "644" and "0644" are one mode. */
export function fourDigits(mode: string): string {
  return mode.padStart(4, '0');
}

/** What the facts looked at on their way. */
export function lookedOf(context: Pick<Context, 'readings'>): readonly Looked[] {
  const readings: readonly Reading<unknown>[] = Object.values(context.readings);
  return readings.flatMap((reading) => {
    if (reading.kind !== 'known' || typeof reading.value !== 'object' || reading.value === null) return [];
    const { looked } = reading.value as { readonly looked?: Looked };
    return looked === undefined ? [] : [looked];
  });
}

/** Every file whose whole text is among the readings. */
export function knownFiles(context: Pick<Context, 'readings'>): readonly ConfigFile[] {
  const { sshd, accounts } = context.readings;
  return [
    ...lookedOf(context).flatMap(({ files }) => files ?? []),
    ...(sshd.kind === 'known'
      ? [...sshd.value.files, ...sshd.value.socket.dropIns, ...(sshd.value.banners ?? [])]
      : []),
    ...(accounts.kind === 'known'
      ? accounts.value.accounts.flatMap((account) => account.keyFiles ?? [])
      : []),
  ];
}

/** Folders that are read as a whole: what is not among the readings is not there. */
const READ_WHOLE = [
  /^\/etc\/ssh\/sshd_config\.d\/[^/]+\.conf$/,
  /^\/etc\/systemd\/system\/ssh\.socket\.d\/[^/]+\.conf$/,
];

/** The file as it was read, or a sure absence, or undefined when nobody looked. */
export function lookUp(context: Context, path: string): ConfigFile | 'absent' | undefined {
  const found = knownFiles(context).find((file) => file.path === path || file.realPath === path);
  if (found !== undefined) return found;
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  if (lookedOf(context).some(({ places }) => places?.some((place) => place === path || place === folder)))
    return 'absent';
  const { sshd } = context.readings;
  if (sshd.kind !== 'known') return undefined;
  const banner = sshd.value.banners !== undefined && path === '/etc/issue.net';
  return banner || READ_WHOLE.some((pattern) => pattern.test(path)) ? 'absent' : undefined;
}

/** Mode and owner of a file whose bytes stay on the host. */
export type Unread = {
  readonly path: string;
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
};

/** A private key or a host key's public half, as it was seen without being read; undefined when nobody looked. */
export function lookAtUnread(context: Context, path: string): Unread | undefined {
  const copy =
    context.secrets?.kind === 'known'
      ? [
          ...context.secrets.value.files.flatMap(({ copies }) => copies),
          ...context.secrets.value.composed,
        ].find((it) => it.path === path)
      : undefined;
  if (copy !== undefined) return { path, mode: copy.mode, uid: copy.uid, gid: copy.gid };
  const { sshd } = context.readings;
  const found = lookedOf(context).flatMap(
    ({ unread }) => unread?.filter((one) => one.path === path) ?? [],
  )[0];
  if (found !== undefined) return { path, mode: found.mode, uid: found.uid, gid: found.gid };
  if (sshd.kind !== 'known') return undefined;
  for (const key of sshd.value.hostKeys) {
    if (key.path === path) return { path, mode: key.mode, uid: key.uid, gid: key.gid };
    if (key.publicHalf !== undefined && `${key.path}.pub` === path) return { path, ...key.publicHalf };
  }
  return undefined;
}
