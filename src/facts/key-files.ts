// The key files of one account: what stands in them, and what sshd would not take about them.
import { sanitizeLine } from '../text/sanitize.ts';
import { readAuthorizedKeys } from './authorized-keys.ts';
import { configFile } from './config-file.ts';
import { chainOf, type KeyOwner, strictProblems } from './key-problems.ts';
import { octal, type Sections } from './sections.ts';
import type { ConfigFile, KeyFact } from './values.ts';

type KeyFile = {
  readonly path: string;
  readonly file: ConfigFile | undefined;
  readonly keys: readonly KeyFact[];
  readonly problems: readonly string[];
};

export function keyFiles(details: Sections, owner: KeyOwner, strict: boolean): readonly KeyFile[] {
  return details.groups('key').map((group): KeyFile => {
    const path = group.body('key');
    const real = group.find('real')?.body;
    const shown = sanitizeLine(path);
    const nothing = { path, file: undefined, keys: [] };
    if (real === undefined) return { ...nothing, problems: [] };
    if (real === '') return { ...nothing, problems: [`${shown} leads nowhere`] };
    const chain = chainOf(real, group.body('chain'));
    const [own] = chain;
    if (own === undefined || !own.kind.startsWith('regular'))
      return { ...nothing, problems: [`${shown} is not a file`] };
    const base64 = group.body('content').replace(/\s/g, '');
    const unread = base64 === '' && own.size > 0;
    const stat = { mode: octal(own.mode.toString(8)), uid: own.uid, gid: own.gid, nlink: own.nlink };
    const file = configFile({ path, realPath: real, base64, stat });
    const problems = [
      ...(unread ? [`${shown} cannot be read by ${sanitizeLine(owner.name)}`] : []),
      ...(strict ? strictProblems(chain, owner) : []),
    ];
    const [problem] = problems;
    const keys = readAuthorizedKeys(path, file.text).map((key) =>
      problem === undefined ? key : { ...key, problem },
    );
    // A cut or unread file is not the whole text, so it is not offered for editing.
    const whole = !unread && Buffer.byteLength(base64, 'base64') === own.size;
    return { path, file: whole ? file : undefined, keys, problems };
  });
}
