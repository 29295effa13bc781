// Accounts as they are. Rules: who is root by another name is called root; what nobody used is advice, never an act of ours.
import type { Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import { knownValue } from '../../src/model/outcome.ts';
import { keepsSudo } from './proofs.ts';
import { hasAllSudo, isOpen, isPerson, judged, peopleOf, ROOT_GROUPS, shown } from './state.ts';

const STALE_DAYS = 90;
const DAY = 86_400;

const uidZero: Control = {
  id: 'rbac.uid-0',
  title: 'Only root is root',
  severity: 'critical',
  why: 'A second account with uid 0 is root under a name that no rule about root knows.',
  references: ['CIS Debian 13 7.2.1', 'CIS Debian 13 5.4.2.1'],
  reads: '/etc/passwd',
  mayBreak: 'Nothing is changed: give the account a number of its own, or remove it.',
  judge: (context) =>
    judged(context, (_accounts, { passwd }) => ({
      wrong: passwd
        .filter(({ name, uid }) => uid === 0 && name !== 'root')
        .map(({ name }) => `${shown(name)} has uid 0`),
      right: 'root alone has uid 0',
    })),
};

function emptyOnes(context: Context): readonly string[] {
  const aging = Object.entries(knownValue(context.readings.accounts)?.aging ?? {});
  return aging.filter(([, { password }]) => password === 'empty').map(([name]) => name);
}

const emptyPasswords: Control = {
  id: 'rbac.empty-passwords',
  title: 'No account is open without a password',
  severity: 'critical',
  why: 'Whoever reaches a console, su, or a service that asks for a password, is in.',
  references: ['CIS Debian 13 7.2.2'],
  reads: 'whether the password field of /etc/shadow is empty; the field itself never leaves the host',
  mayBreak: 'Whoever came in without a password: "passwd NAME" gives the account one.',
  judge: (context) =>
    judged(context, () => ({
      wrong: emptyOnes(context).map((name) => `${shown(name)} has an empty password`),
      right: 'every account has a password, or none that could match',
    })),
  remedy: (context) =>
    peopleOf(context)?.canAdd === true
      ? emptyOnes(context).map((name) => ({ kind: 'account', name, groups: [], closePassword: true }))
      : [],
  proofs: keepsSudo,
};

const rootGroups: Control = {
  id: 'rbac.root-groups',
  title: 'Who is root through a group is an administrator anyway',
  severity: 'high',
  why: 'Membership in docker, lxd or disk is root without sudo: no password, no log, no rule.',
  references: ['Docker: Docker daemon attack surface', 'CIS Docker 1.1.2'],
  reads: 'members of docker, lxd, incus-admin, libvirt, disk and shadow',
  mayBreak:
    'Nothing is changed: "gpasswd -d NAME GROUP" takes somebody out; sudo rules for single commands replace it.',
  judge: (context) =>
    judged(context, ({ accounts, groups }) => {
      const isAdmin = (name: string) =>
        accounts.some((one) => one.name === name && (one.uid === 0 || hasAllSudo(one)));
      const wrong = Object.entries(ROOT_GROUPS).flatMap(([group, how]) =>
        (groups[group] ?? [])
          .filter((name) => !isAdmin(name))
          .map((name) => `${shown(name)} is root: a member of ${group} ${how}`),
      );
      return { wrong, right: 'nobody but administrators is in such a group' };
    }),
};

/** Accounts of people with a way in that nobody is known to have used for long. */
export function staleAccounts(
  context: Context,
): readonly { readonly name: string; readonly words: string }[] {
  const accounts = knownValue(context.readings.accounts);
  const now = knownValue(context.readings.boot)?.epochSeconds;
  if (accounts === undefined || now === undefined) return [];
  const recent = new Set((knownValue(context.readings.sshd)?.recentLogins ?? []).map(({ user }) => user));
  const before = now - STALE_DAYS * DAY;
  return accounts.accounts.flatMap((account) => {
    const { name, lastLogin } = account;
    if (!isPerson(context, account) || !isOpen(account) || recent.has(name)) return [];
    if (name === context.connection.user) return [];
    const changed = accounts.aging?.[name]?.changed ?? null;
    if (lastLogin !== null)
      return lastLogin < before
        ? [{ name, words: `last came in ${Math.floor((now - lastLogin) / DAY)} days ago` }]
        : [];
    if (changed === null || changed * DAY >= before) return [];
    return [{ name, words: 'no login of it is on record' }];
  });
}

const stale: Control = {
  id: 'rbac.stale-accounts',
  title: 'Every way in is used by somebody',
  severity: 'low',
  why: 'An account that nobody uses is one that nobody misses when another does.',
  references: ['CIS Debian 13 5.4.1.5'],
  reads: 'last logins (lastlog, the journal of 30 days), and when passwords were set',
  mayBreak:
    'Nothing is changed: "chage -E 0 NAME" closes an account and keeps its files; "chage -E -1 NAME" opens it again.',
  judge: (context) =>
    judged(context, () => ({
      wrong: staleAccounts(context).map(({ name, words }) => `${shown(name)}: ${words}`),
      right: `no person's account has been idle for more than ${STALE_DAYS} days`,
    })),
};

export const accountControls: readonly Control[] = [uidZero, emptyPasswords, rootGroups, stale];
