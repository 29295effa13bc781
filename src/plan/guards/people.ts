// Nobody takes root from himself, and somebody is left who administers. What is taken is what the plan's own lines take.

import type { AccountResource } from '../../model/account.ts';
import type { Context } from '../../model/context.ts';
import type { Refusal } from '../../model/plan.ts';
import type { Wanted } from '../../resources/wanted.ts';
import { operatorOf } from '../operator.ts';
import { shown } from './guard.ts';

const DAY = 86_400;

export function peopleRefusals(wanted: readonly Wanted[], context: Context): readonly Refusal[] {
  const { accounts, boot } = context.readings;
  const changed = wanted.flatMap(({ resource }) => (resource.kind === 'account' ? [resource] : []));
  if (changed.length === 0 || accounts.kind !== 'known' || boot.kind !== 'known') return [];
  const today = Math.floor(boot.value.epochSeconds / DAY);
  // Root is root without any group.
  const roots = new Set(accounts.value.accounts.flatMap(({ name, uid }) => (uid === 0 ? [name] : [])));
  const closed = new Set(
    changed
      .filter((one) => takes(roots.has(one.name) ? { ...one, leaves: [] } : one, today))
      .map(({ name }) => name),
  );
  const operator = operatorOf(context)?.user ?? context.connection.user;
  const left = accounts.value.accounts.filter(
    (one) =>
      !closed.has(one.name) &&
      one.shellUsable &&
      !one.accountExpired &&
      (one.sudo === 'all-nopasswd' || one.sudo === 'all-password') &&
      one.keys.some(({ problem }) => problem === undefined),
  );
  const granted = grants(wanted);
  const withPassword = new Set(
    accounts.value.accounts.flatMap(({ name, password }) => (password === 'set' ? [name] : [])),
  );
  const fresh = changed.some(
    ({ name, groups, create }) =>
      !closed.has(name) &&
      create?.key != null &&
      groups.some((group) => {
        const tag = granted.get(group);
        // A new account has no password to give.
        return tag === 'NOPASSWD' || (tag === 'PASSWD' && withPassword.has(name));
      }),
  );
  return [
    ...(closed.has(operator)
      ? [
          {
            guard: 'guard.operator-rights',
            message: `you are logged in as "${shown(operator)}", whose rights or access this would take away`,
            remedy: 'keep yourself in the list as an operator, or let another operator do this',
          },
        ]
      : []),
    ...(closed.size > 0 && left.length === 0 && !fresh
      ? [
          {
            guard: 'guard.last-administrator',
            message: 'nobody would be left who can log in with a key and become root',
            remedy: 'name at least one operator with a key of his own',
          },
        ]
      : []),
  ];
}

/** Groups to which the plan's own rules of sudo give everything, with the tag. */
function grants(wanted: readonly Wanted[]): ReadonlyMap<string, string> {
  const rule = /^%(\S+) ALL=\(ALL(?::ALL)?\) (NOPASSWD|PASSWD): ALL$/gm;
  return new Map(
    wanted.flatMap(({ resource }) =>
      resource.kind === 'file' && resource.path.startsWith('/etc/sudoers.d/')
        ? [...(resource.content ?? '').matchAll(rule)].map(
            ([, group = '', tag = '']) => [group, tag] as const,
          )
        : [],
    ),
  );
}

function takes({ leaves = [], expires }: AccountResource, today: number): boolean {
  return leaves.length > 0 || (expires !== undefined && expires !== null && expires <= today);
}
