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
  const closed = new Set(changed.filter((one) => takes(one, today)).map(({ name }) => name));
  const operator = operatorOf(context)?.user ?? context.connection.user;
  const left = accounts.value.accounts.filter(
    (one) =>
      !closed.has(one.name) &&
      one.shellUsable &&
      !one.accountExpired &&
      (one.sudo === 'all-nopasswd' || one.sudo === 'all-password') &&
      one.keys.some(({ problem }) => problem === undefined),
  );
  const fresh = changed.some(
    (one) => !closed.has(one.name) && one.groups.length > 0 && one.create?.key != null,
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

function takes({ leaves = [], expires }: AccountResource, today: number): boolean {
  return leaves.length > 0 || (expires !== undefined && expires !== null && expires <= today);
}
