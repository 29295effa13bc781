// Person × right, as the host tells it. Rules: root and everybody who could come in or is named has a row; what makes a row bad is a
// finding of a control too.
import type { AccountFact } from '../../src/facts/values.ts';
import type { Context } from '../../src/model/context.ts';
import { knownValue } from '../../src/model/outcome.ts';
import type { StepView, ViewRow } from '../../src/model/view.ts';
import { staleAccounts } from './accounts.ts';
import { keyFault, sharedKeys } from './keys.ts';
import { GROUP_OF, ROLES } from './person.ts';
import { accountsOf, dateOf, hasAllSudo, isOpen, ROOT_GROUPS, shown } from './state.ts';

const COLUMNS = ['Account', 'Role', 'Comes in', 'sudo', 'Root by', 'Keys', 'Last seen', 'Ends'];
const SUDO: Readonly<Record<AccountFact['sudo'], string>> = {
  'all-nopasswd': 'all, no password',
  'all-password': 'all, with password',
  some: 'some commands',
  none: 'nothing',
  unknown: 'not told',
};

export function matrix(context: Context): StepView {
  const accounts = accountsOf(context);
  const shared = sharedKeys(accounts);
  const stale = new Map(staleAccounts(context).map(({ name, words }) => [name, words]));
  const { readings } = context;
  return {
    id: 'rbac.matrix',
    title: 'Who may do what',
    about:
      'Every account that somebody could come in as, what sudo lists for it, and what its groups and keys come to.',
    columns: COLUMNS,
    rows: accounts
      .filter((one) => one.uid === 0 || isOpen(one) || one.sudo !== 'none')
      .map((one) => rowOf(one, { context, shared, stale: stale.get(one.name) })),
    empty:
      readings.accounts.kind === 'unknown'
        ? `Nobody can be shown: ${readings.accounts.reason}.`
        : 'Nobody can come in.',
    legend: {
      good: 'one person, an own key, rights as they should be',
      bad: 'more rights than it shows, or a way in that others share',
      unknown: 'sudo could not say',
      neutral: 'comes in, administers nothing',
    },
  };
}

type Around = {
  readonly context: Context;
  readonly shared: ReadonlyMap<string, readonly string[]>;
  readonly stale: string | undefined;
};

function rowOf(account: AccountFact, { context, shared, stale }: Around): ViewRow {
  const groups = account.groups.filter((name) => name in ROOT_GROUPS);
  const isRoot = account.uid === 0;
  const admin = isRoot || hasAllSudo(account);
  const common = account.keys.filter(({ fingerprint }) => shared.has(fingerprint));
  const notes = [
    ...(isRoot && account.name !== 'root' ? ['It is root under another name.'] : []),
    ...(account.password === 'empty' ? ['It has an empty password.'] : []),
    ...(!isRoot && account.sudo === 'all-nopasswd' ? ['It becomes root without a password.'] : []),
    ...(admin ? [] : groups.map((name) => `It is root: a member of ${name} ${ROOT_GROUPS[name]}.`)),
    ...common.map(
      ({ fingerprint }) =>
        `Its key ${shown(fingerprint)} opens ${(shared.get(fingerprint) ?? [])
          .filter((name) => name !== account.name)
          .map(shown)
          .join(', ')} too.`,
    ),
    ...account.keys.flatMap((key) => {
      const fault = keyFault(key);
      return fault === undefined ? [] : [`The key in line ${key.line} of ${shown(key.file)}: ${fault}.`];
    }),
    ...(stale === undefined ? [] : [`It looks forgotten: ${stale}.`]),
  ];
  const bad = notes.length > 0;
  return {
    state: bad ? 'bad' : account.sudo === 'unknown' ? 'unknown' : admin ? 'good' : 'neutral',
    cells: [
      account.name,
      roleOf(account),
      comesIn(account),
      isRoot ? 'is root' : SUDO[account.sudo],
      [...(isRoot ? ['itself'] : hasAllSudo(account) ? ['sudo'] : []), ...groups].join(', ') || 'not at all',
      keysOf(account),
      lastSeen(account, context),
      dateOf(knownValue(context.readings.accounts)?.aging?.[account.name]?.expires ?? null),
    ],
    notes: bad ? notes : account.sudo === 'unknown' ? ['sudo did not say what it grants.'] : [],
  };
}

function roleOf({ groups }: AccountFact): string {
  return ROLES.filter((role) => groups.includes(GROUP_OF[role])).join(', ') || 'none';
}

function comesIn(account: AccountFact): string {
  const ways = [
    ...(account.keys.some(({ problem }) => problem === undefined) ? ['key'] : []),
    ...(account.password === 'set' ? ['password'] : []),
    ...(account.password === 'empty' ? ['no password'] : []),
  ];
  if (account.accountExpired) return 'ended';
  if (!account.shellUsable) return 'no shell';
  return ways.join(', ') || 'not at all';
}

function keysOf({ keys }: AccountFact): string {
  const kinds = new Map<string, number>();
  for (const { type } of keys) {
    const kind = type.replace(/^ssh-|^sk-ssh-|@openssh\.com$/g, '');
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...kinds].map(([kind, count]) => (count === 1 ? kind : `${count} × ${kind}`)).join(', ') || 'none';
}

function lastSeen({ name, lastLogin }: AccountFact, context: Context): string {
  const recent = (knownValue(context.readings.sshd)?.recentLogins ?? []).filter(({ user }) => user === name);
  const last = Math.max(lastLogin ?? 0, ...recent.map(({ epochSeconds }) => epochSeconds));
  return last > 0 ? new Date(last * 1000).toISOString().slice(0, 10) : 'not on record';
}
