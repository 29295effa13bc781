// Who may log in at all: AllowUsers, DenyUsers, AllowGroups, DenyGroups in sshd's order, root, and the state of the account.
import type { EffectiveSshd } from '../../facts/values.ts';
import type { Refusal } from '../../model/plan.ts';
import { type AccessLists, shutOutBy } from '../../resources/login-pattern.ts';
import { listOf, valuesIn } from '../../resources/sshd.ts';
import { accountOf } from '../operator.ts';
import { type Guard, type GuardInput, mine, shown } from './guard.ts';
import { keyOpens } from './key.ts';

function accessLists(effective: EffectiveSshd): AccessLists {
  const list = (keyword: string): readonly string[] =>
    (valuesIn(effective, keyword) ?? []).flatMap((line) => line.split(/\s+/));
  return {
    denyUsers: list('denyusers'),
    allowUsers: list('allowusers'),
    denyGroups: list('denygroups'),
    allowGroups: list('allowgroups'),
  };
}

/** The list that would shut this user out, by the candidate's word. */
export function shutOut(
  input: GuardInput,
  login: { readonly user: string; readonly address: string },
  effective: EffectiveSshd,
): string | undefined {
  return shutOutBy(
    { ...login, groups: accountOf(input.context, login.user)?.groups },
    accessLists(effective),
  );
}

export const userGuard: Guard = {
  id: 'guard.user',
  refuse(input) {
    const { operator } = input;
    if (operator === undefined) return noOneLeft(input);
    const list = shutOut(input, operator, input.mine);
    if (list === undefined) return [];
    const patterns = listOf(valuesIn(input.mine, list)).map(shown).join(' ');
    const group = list.endsWith('Groups');
    return [
      {
        guard: 'guard.user',
        message: `login user "${shown(operator.user)}" is not let in by ${list} (${patterns})${
          group ? `; its groups are ${shown(operator.account?.groups.join(' ') ?? 'not known')}` : ''
        }`,
        remedy: list.startsWith('Allow')
          ? group
            ? `put "${shown(operator.user)}" into one of these groups first, or allow one of its own`
            : `add "${shown(operator.user)}" to the people who may log in`
          : `take "${shown(operator.user)}" out of ${list}`,
      },
    ];
  },
};

/** Looking from the host itself: an allow list that names nobody who exists shuts the host. */
function noOneLeft(input: GuardInput): readonly Refusal[] {
  const { accounts } = input.context.readings;
  if (accounts.kind !== 'known') return [];
  const anybody = accounts.value.accounts.some(
    ({ name }) => shutOut(input, { user: name, address: '192.0.2.1' }, input.stage.general) === undefined,
  );
  if (anybody) return [];
  return [
    {
      guard: 'guard.user',
      message: 'no account of this host is let in by AllowUsers, AllowGroups and their opposites',
      remedy: 'name at least one account that exists and that somebody can log in with',
    },
  ];
}

export const rootGuard: Guard = {
  id: 'guard.root-login',
  refuse(input) {
    const { operator } = input;
    if (operator?.user !== 'root') return [];
    const value = mine(input, 'permitrootlogin');
    const closed =
      value === 'no' ||
      value === 'forced-commands-only' ||
      ((value === 'prohibit-password' || value === 'without-password') &&
        !operator.byKey &&
        !keyOpens(input, operator));
    if (!closed) return [];
    return [
      {
        guard: 'guard.root-login',
        message: `you are logged in as root${operator.byKey ? '' : ' with a password'}, and PermitRootLogin ${shown(value)} refuses that login`,
        remedy:
          value === 'prohibit-password' || value === 'without-password'
            ? 'name your key with --identity FILE: it is added and proved first; or log in as an administrator who reaches root by sudo'
            : 'log in as an administrator who reaches root by sudo, and plan again; or answer "prohibit-password"',
      },
    ];
  },
};

export const accountGuard: Guard = {
  id: 'guard.account',
  refuse(input) {
    const { operator, context } = input;
    const account = operator?.account;
    if (operator === undefined) return [];
    const problems: [string, string][] = [];
    const who = shown(operator.user);
    if (account?.accountExpired) problems.push([`the account "${who}" has expired`, `chage -E -1 ${who}`]);
    if (account?.passwordExpired) {
      problems.push([
        `the password of "${who}" has expired, so a login runs no command`,
        `set a new password as ${who}`,
      ]);
    }
    if (account !== undefined && !account.shellUsable) {
      problems.push([
        `the login shell of "${who}", ${shown(account.shell)}, cannot be used`,
        'give it a shell that is there',
      ]);
    }
    const { accounts } = context.readings;
    if (accounts.kind === 'known' && accounts.value.nologin && operator.user !== 'root') {
      problems.push([
        '/etc/nologin keeps everybody but root out',
        'remove /etc/nologin when the maintenance is over',
      ]);
    }
    const passwordless = account?.password === 'locked' || account?.password === 'none';
    if (mine(input, 'usepam') === 'no' && passwordless) {
      problems.push([
        `with UsePAM no sshd refuses "${who}", because its password is locked`,
        'keep UsePAM yes, or set a password for the account',
      ]);
    }
    return problems.map(([message, remedy]) => ({ guard: 'guard.account', message, remedy }));
  },
};
