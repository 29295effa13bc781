// What the account database says: groups with their members, and how a password stands.
import { linesOf, type Section, type Sections } from './sections.ts';
import type { AccountFact, AgingFact } from './values.ts';

type Shadow = {
  readonly password: AccountFact['password'];
  readonly accountExpired: boolean;
  readonly passwordExpired: boolean;
  /** Days since 1970. */
  readonly changed: number | null;
  readonly expires: number | null;
};

export type Group = {
  readonly name: string;
  readonly gid: number;
  /** Named in the group's own line. */
  readonly named: readonly string[];
  /** Those, and everybody whose first group it is. */
  readonly members: readonly string[];
};

/** `primary`: name, uid and gid of every account. */
export function groupsOf(sections: Sections, primary: readonly string[][]): readonly Group[] {
  return linesOf(sections.body('group')).flatMap((line) => {
    const [name = '', , gid = '', list = ''] = line.split(':');
    if (!/^\d{1,10}$/.test(gid)) return [];
    const named = list.split(',').filter((member) => member !== '');
    const first = primary.filter(([, , own]) => own === gid).map(([member = '']) => member);
    return [{ name, gid: Number(gid), named, members: [...new Set([...first, ...named])] }];
  });
}

/** Nobody but the account is in the group, as Debian's sshd allows for a group-writable home. */
export function isAlone(
  account: { readonly name: string; readonly uid: number },
  {
    gid,
    groups,
    primary,
  }: { readonly gid: number; readonly groups: readonly Group[]; readonly primary: readonly string[][] },
): boolean {
  const group = groups.find((it) => it.gid === gid);
  const others = primary.filter(([, uid, own]) => own === String(gid) && uid !== String(account.uid));
  const named = group?.named.filter((member) => member !== account.name) ?? [];
  return group !== undefined && others.length === 0 && named.length === 0 && group.members.length > 0;
}

/** "name:class:changed:max:inactive:expires", days since 1970; as pam_unix decides on them. */
export function shadowOf(line: string, today: number): readonly [string, Shadow] {
  const [name = '', kind, changed = '', max = '', , expires = ''] = line.split(':');
  const password = kind === 'set' || kind === 'locked' || kind === 'empty' ? kind : 'none';
  const aged =
    changed !== '' && max !== '' && Number(changed) <= today && today - Number(changed) > Number(max);
  return [
    name,
    {
      password,
      accountExpired: expires !== '' && today >= Number(expires),
      passwordExpired: Number(changed || '1') === 0 || aged,
      changed: dayOf(changed),
      expires: dayOf(expires),
    },
  ];
}

/** What is told of every account, whoever could come in as it. */
export function agingOf(shadows: ReadonlyMap<string, Shadow>): Readonly<Record<string, AgingFact>> {
  return Object.fromEntries(
    [...shadows].map(([name, { password, changed, expires }]) => [name, { password, changed, expires }]),
  );
}

function dayOf(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** Seconds since 1970. */
export function lastLogin(section: Section | undefined): number | null {
  const seconds = Number(section?.body.trim() ?? '');
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : null;
}
