// One secret-bearing file from its sections, and the secrets in it. Rules: a link is followed and both names are told; a file that is too
// large, no UTF-8 or not readable by its editor holds no secret for us, with the reason; messages hold no values.
import { findValue } from '../editors/secret-value.ts';
import type { SecretEntry } from '../model/secret-entry.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { digestOfText, keyedDigest, measureSecret } from './secret-measure.ts';
import type { SecretCopy, SecretFile, SecretSeen } from './secret-values.ts';
import { octal, type Sections, whole, wordsOf } from './sections.ts';

/** With its text and those of its copies, which must not leave the look. */
export type ReadFile = Omit<SecretFile, 'copies'> & {
  readonly text: string;
  readonly copied: readonly (Omit<SecretCopy, 'holds'> & { readonly text: string })[];
};

const LIMIT = 262_144;
/** Shorter values occur by chance. */
const SHORTEST = 4;

export function fileOf(group: Sections, key: Uint8Array): ReadFile {
  const path = plain(group.all[0]?.args[0]);
  const kind = group.line('file').trim();
  const nothing = {
    path,
    realPath: path,
    ...{ mode: '0000', uid: 0, gid: 0, owner: '', group: '', changed: 0, nlink: 1, digest: '', text: '' },
    ...{ copied: [], git: null },
  };
  if (kind === 'missing') return { ...nothing, status: 'missing', reason: 'it is not there' };
  if (kind !== 'file') {
    const folder = sanitizeLine(plain(group.find('folder')?.args[0]), 120);
    const reason =
      kind === 'loose'
        ? `a link leads to it from ${folder}, which others than root may change; declare the path of the file itself`
        : kind === 'dangling'
          ? 'it is a link that leads nowhere'
          : 'it is not a regular file';
    return { ...nothing, status: 'unreadable', reason };
  }
  const [mode, uid, gid, nlink, changed, owner = '', groupName = ''] = wordsOf(group.body('stat'));
  const bytes = Buffer.from(group.body('content'), 'base64');
  const text = bytes.toString('utf8');
  const exact = Buffer.from(text, 'utf8').equals(bytes);
  const reason = bytes.length > LIMIT ? 'it is larger than 256 KiB' : exact ? '' : 'it is not UTF-8 text';
  const git = group.find('git');
  return {
    ...nothing,
    realPath: group.line('real'),
    status: reason === '' ? 'file' : 'unreadable',
    reason,
    mode: octal(mode),
    uid: whole(uid),
    gid: whole(gid),
    nlink: whole(nlink),
    changed: whole(changed),
    owner,
    group: groupName,
    text: reason === '' ? text : '',
    digest: digestOfText(key, text),
    git: git === undefined ? null : { root: plain(git.args[0]), tracked: git.body.trim() === 'yes' },
    copied: group.groups('copy').map((copy) => {
      const [copyMode, copyUid, copyGid, copyOwner = ''] = wordsOf(copy.body('copy'));
      const content = Buffer.from(copy.body('copied'), 'base64').toString('utf8');
      return {
        path: plain(copy.all[0]?.args[0]),
        mode: octal(copyMode),
        owner: copyOwner,
        uid: whole(copyUid),
        gid: whole(copyGid),
        text: content,
      };
    }),
  };
}

function plain(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8');
}

/** What is seen of one secret, and its value for those who compare; empty where there is none. */
export function seenIn(
  file: ReadFile | undefined,
  entry: SecretEntry,
  how: { readonly key: Uint8Array; readonly bySystemd: ReadonlySet<string> },
): { readonly seen: SecretSeen; readonly text: string } {
  const nothing = { entry, reason: '', measure: null, digest: '', lines: 0 };
  const without = (seen: Partial<SecretSeen> & Pick<SecretSeen, 'status'>) => ({
    seen: { ...nothing, ...seen },
    text: '',
  });
  if (file === undefined || file.status === 'unreadable')
    return without({ status: 'unreadable', reason: `${entry.path}: ${file?.reason ?? 'nobody looked'}` });
  if (file.status === 'missing') return without({ status: 'missing', reason: `${entry.path} is not there` });
  const { key } = how;
  const bySystemd = how.bySystemd.has(file.path) || how.bySystemd.has(file.realPath);
  const found = findValue(file.text, { ...entry, bySystemd });
  if (found.kind === 'unreadable') {
    const { line, column, what } = found.problem;
    const place = line === 0 ? '' : `:${line}:${column}`;
    return without({ status: 'unreadable', reason: sanitizeLine(`${entry.path}${place}: ${what}`, 200) });
  }
  if (found.kind === 'missing')
    return without({ status: 'missing', reason: `no key ${entry.key} in ${entry.path}` });
  const { lines, text } = found;
  if (found.kind === 'template') return without({ status: 'template', lines });
  if (text === '') return without({ status: 'empty', lines });
  const names = [entry.name, entry.key, entry.role?.name ?? ''];
  return {
    seen: {
      ...nothing,
      status: 'set',
      lines,
      measure: measureSecret(text, names),
      digest: keyedDigest(key, text),
    },
    text,
  };
}

/** Names of the values that a text holds. */
export function heldIn(text: string, values: ReadonlyMap<string, string>): readonly string[] {
  return [...values].filter(([, one]) => one.length >= SHORTEST && text.includes(one)).map(([name]) => name);
}
