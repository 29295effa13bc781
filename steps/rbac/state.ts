// What the controls of this room look at, and the words for what could not be read.
import type { PeopleFact } from '../../src/facts/people-values.ts';
import type { AccountFact, AccountsFact } from '../../src/facts/values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Verdict } from '../../src/model/control.ts';
import { knownValue } from '../../src/model/outcome.ts';
import { sanitizeLine } from '../../src/text/sanitize.ts';

export function peopleOf(context: Context): PeopleFact | undefined {
  return knownValue(context.readings.people);
}

export function accountsOf(context: Context): readonly AccountFact[] {
  return knownValue(context.readings.accounts)?.accounts ?? [];
}

/** sudo is there, or nobody could tell. */
export function sudoMayBeThere(context: Context): boolean {
  return peopleOf(context)?.sudo !== null;
}

/** Fails with what is wrong, passes with what is right; unknown with the reason where the facts it rests on are not known. */
export function judged(
  context: Context,
  look: (accounts: AccountsFact, people: PeopleFact) => { wrong: readonly string[]; right: string },
): Verdict {
  const { accounts, people } = context.readings;
  for (const reading of [accounts, people]) {
    if (reading.kind === 'unknown') return { result: 'unknown', evidence: [reading.reason] };
  }
  if (accounts.kind !== 'known' || people.kind !== 'known')
    return { result: 'unknown', evidence: ['the accounts of this host were not read'] };
  const { wrong, right } = look(accounts.value, people.value);
  return wrong.length > 0 ? { result: 'fail', evidence: wrong } : { result: 'pass', evidence: [right] };
}

/** An account that a person could use: not root, not of a service. */
export function isPerson(context: Context, account: Pick<AccountFact, 'uid' | 'shellUsable'>): boolean {
  const uids = peopleOf(context)?.uids ?? { min: 1000, max: 60_000 };
  return account.uid >= uids.min && account.uid <= uids.max && account.shellUsable;
}

/** Somebody can still come in as this account. */
export function isOpen(account: AccountFact): boolean {
  const usable = account.keys.some((key) => key.problem === undefined);
  const password = account.password === 'set' || account.password === 'empty';
  return account.shellUsable && !account.accountExpired && (usable || password);
}

export function hasAllSudo(account: AccountFact): boolean {
  return account.sudo === 'all-nopasswd' || account.sudo === 'all-password';
}

/** Groups whose members are root in all but name, and why. */
export const ROOT_GROUPS: Readonly<Record<string, string>> = {
  docker: 'starts a container with the whole disk inside, and is root in it',
  lxd: 'starts a container with the whole disk inside, and is root in it',
  'incus-admin': 'starts a container with the whole disk inside, and is root in it',
  libvirt: 'starts a machine with any file of the host as its disk',
  disk: 'reads and writes the disks below every file',
  shadow: 'reads the hashes of all passwords',
};

/** Our file of roles among sudo's rules. */
export const RULES = '/etc/sudoers.d/zz-portcullis-roles';

/** What it says; undefined where it is not. */
export function rulesFile(context: Context): string | undefined {
  return (peopleOf(context)?.looked.files ?? []).find(({ path }) => path === RULES)?.text;
}

export const shown = (text: string): string => sanitizeLine(text, 60);

/** Days since 1970 as a date; "never" for null, "no day" for what is none. */
export function dateOf(day: number | null): string {
  if (day === null) return 'never';
  const date = new Date(day * 86_400_000);
  return Number.isNaN(date.getTime()) ? 'no day' : date.toISOString().slice(0, 10);
}
