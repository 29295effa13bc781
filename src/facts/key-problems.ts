// Rules: sshd's own (auth_secure_path, StrictModes): the file and every folder above it, up to the home, belong to root or to
// the user and nobody else may write there; and the user must be able to read it, whatever StrictModes says. Debian's sshd
// lets a group write when that group has the user as its only member.
import { sanitizeLine } from '../text/sanitize.ts';
import { whole } from './sections.ts';

export type PathStat = {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
};

export type KeyOwner = {
  readonly name: string;
  readonly uid: number;
  /** True when the group has this user as its only member (and Debian's rule holds). */
  readonly aloneIn: (gid: number) => boolean;
};

/** "644 0 0 1 120 regular file": mode, owner, group, links, size, kind; for the file first, then each folder above it. */
export function chainOf(
  real: string,
  text: string,
): readonly (PathStat & { nlink: number; size: number; kind: string })[] {
  let path = real;
  return text
    .trim()
    .split('\n')
    .map((line, index) => {
      if (index > 0) path = path.replace(/\/[^/]*$/s, '') || '/';
      const [mode = '', uid, gid, nlink, size, ...kind] = line.split(' ');
      return {
        path,
        mode: Number.parseInt(mode, 8),
        uid: whole(uid),
        gid: whole(gid),
        nlink: whole(nlink),
        size: whole(size),
        kind: kind.join(' '),
      };
    });
}

/** What StrictModes refuses, in words; empty when nothing. */
export function strictProblems(chain: readonly PathStat[], owner: KeyOwner): readonly string[] {
  return chain.flatMap(({ path, mode, uid, gid }) => {
    const name = sanitizeLine(path);
    const octal = `0${(mode & 0o7777).toString(8).padStart(3, '0')}`;
    if (uid !== 0 && uid !== owner.uid)
      return [`${name} belongs to uid ${uid}, not to ${sanitizeLine(owner.name)} or root`];
    if (mode & 0o002) return [`${name} has mode ${octal}: everybody may write to it`];
    if (mode & 0o020 && !owner.aloneIn(gid)) return [`${name} has mode ${octal}: its group may write to it`];
    return [];
  });
}
