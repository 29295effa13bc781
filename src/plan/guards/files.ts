// What the configuration names has to be there: sshd -t accepts a configuration without it and breaks later.
import type { Refusal } from '../../model/plan.ts';
import { valuesIn } from '../../resources/sshd.ts';
import { type Guard, type GuardInput, mine, plannedFile, shown, stoodBefore } from './guard.ts';

/** What a missing file does, by keyword. `always`: refused even if the line stood there before us. */
const HARM: Readonly<Record<string, { readonly what: string; readonly always: boolean }>> = {
  pamservicename: { what: 'PAM then refuses every login', always: true },
  forcecommand: { what: 'every login ends at once', always: true },
  trustedusercakeys: { what: 'every login with a certificate is refused', always: false },
  subsystem: { what: 'file transfer (sftp, scp) stops working', always: false },
  authorizedkeyscommand: { what: 'keys it would find are refused', always: false },
  authorizedprincipalscommand: { what: 'certificates are refused', always: false },
  chrootdirectory: { what: 'the logins it is for are refused', always: false },
  hostkey: { what: 'clients that pinned this key do not recognise the host', always: false },
};

export const filesGuard: Guard = {
  id: 'guard.files',
  refuse(input) {
    const refusals: Refusal[] = [];
    for (const { keyword, path, exists } of input.stage.named) {
      const harm = HARM[keyword];
      if (exists || harm === undefined || plannedFile(input, path)) continue;
      if (keyword === 'pamservicename' && mine(input, 'usepam') === 'no') continue;
      if (!harm.always && wasThere(input, keyword, path)) continue;
      refusals.push({
        guard: 'guard.files',
        message: `${keyword} names ${shown(path)}, which is not there: ${harm.what}`,
        remedy: `put the file there first, or take the line out`,
      });
    }
    for (const { path, exists } of input.stage.includes) {
      if (exists || plannedFile(input, path) || includedBefore(input, path)) continue;
      refusals.push({
        guard: 'guard.files',
        message: `Include names ${shown(path)}, which is not there: what it should say would not hold`,
        remedy: 'put the file there first, or take the line out',
      });
    }
    return refusals;
  },
};

/** The line stood on the host before: broken already, and not by us. It is told as a note. */
export function wasThere(input: GuardInput, keyword: string, path: string): boolean {
  const values = valuesIn(input.stage.general, keyword) ?? [];
  return values.some((value) => value.includes(path) && stoodBefore(input, keyword, value));
}

function includedBefore(input: GuardInput, path: string): boolean {
  const { sshd } = input.context.readings;
  if (sshd.kind !== 'known') return false;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return sshd.value.files.some(
    (file) =>
      /^\s*include\b/im.test(file.text) && includeLines(file.text).some((line) => line.includes(name)),
  );
}

function includeLines(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => /^\s*include\b/i.test(line));
}
