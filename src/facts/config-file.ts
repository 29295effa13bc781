import { createHash } from 'node:crypto';
import { linesOf, octal, type Sections, Unreadable, whole } from './sections.ts';
import type { ConfigFile } from './values.ts';

/** What `stat -c '%a %u %g %h'` says. */
export type Stat = {
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
};

export function statOf(line: string | undefined): Stat {
  const [mode, uid, gid, nlink] = (line ?? '').split(' ');
  return { mode: octal(mode), uid: whole(uid), gid: whole(gid), nlink: whole(nlink) };
}

/** A file from its base64 text. */
export function configFile(it: { path: string; realPath: string; base64: string; stat: Stat }): ConfigFile {
  const bytes = Buffer.from(it.base64, 'base64');
  const text = bytes.toString('utf8');
  return {
    path: it.path,
    realPath: it.realPath,
    text,
    ...it.stat,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ...(Buffer.from(text, 'utf8').equals(bytes) ? {} : { inexact: true as const }),
  };
}

/** Files as contents() of contents.sh lists them: path, where a link leads, bytes; then one stat line for each. */
export function configFiles(sections: Sections, kind: string): readonly ConfigFile[] {
  const groups = sections.groups(kind);
  if (groups.length === 0) return [];
  const stats = linesOf(sections.body(`${kind}-stat`));
  if (stats.length !== groups.length)
    throw new Unreadable(`files of the "${kind}" list changed while they were read`);
  return groups.map((group, index) => {
    const path = group.body(kind);
    const realPath = group.find('real') ? group.line('real') : path;
    return configFile({ path, realPath, base64: group.body('content'), stat: statOf(stats[index]) });
  });
}
