// Numbers for new accounts, and account lines as a person reads them in a diff.
import type { PeopleFact } from '../facts/people-values.ts';
import type { AccountEdit } from '../model/account.ts';
import type { Change } from '../model/resource.ts';

/** One edit of one line. */
export type Line = {
  readonly table: 'passwd' | 'shadow' | 'group' | 'gshadow';
  readonly name: string;
  readonly edit: AccountEdit;
};

type Numbers = {
  readonly people: Pick<PeopleFact, 'uids' | 'gids' | 'taken'>;
  readonly passwd: readonly { readonly uid: number }[];
  readonly groups: readonly { readonly gid: number }[];
};

/** One number for the account and its group: above all that people have. Throws RangeError when none is left. */
export function nextNumber({ people, passwd, groups }: Numbers): number {
  const { min, max } = people.uids;
  const low = Math.max(min, people.gids.min);
  const high = Math.min(max, people.gids.max);
  const used = [...passwd.map(({ uid }) => uid), ...groups.map(({ gid }) => gid), ...people.taken].filter(
    (one) => one >= low && one <= high,
  );
  const next = Math.max(low - 1, ...used) + 1;
  if (next > high) throw new RangeError(`no number for an account is left below ${high}`);
  return next;
}

/** A number for a group of ours, below those of people, from the top. */
export function systemNumber({ people, passwd, groups }: Numbers): number {
  for (let gid = people.gids.min - 1; gid > 100; gid -= 1)
    if (
      !groups.some((one) => one.gid === gid) &&
      !passwd.some((one) => one.uid === gid) &&
      !people.taken.includes(gid)
    )
      return gid;
  throw new RangeError('no number for a group is left');
}

/** Title, and the lines before and after. Of shadow only what is no secret. */
export function textOf(
  lines: readonly Line[],
  { groups }: Pick<PeopleFact, 'groups'>,
): Pick<Change, 'title' | 'before' | 'after'> {
  const pairs = lines.map((line) => pairOf(line, groups));
  return {
    title: lines.map(({ edit }) => wordsOf(edit)).join('; '),
    before: pairs.map(([before]) => before).join(''),
    after: pairs.map(([, after]) => after).join(''),
  };
}

function pairOf({ table, edit }: Line, groups: PeopleFact['groups']): readonly [string, string] {
  switch (edit.do) {
    case 'add':
      return ['', `${edit.line}\n`];
    case 'join':
    case 'leave': {
      const group = groups.find((one) => one.name === edit.name);
      const head = table === 'gshadow' ? `${edit.name}: …: ` : `${edit.name}:x:${group?.gid ?? ''}:`;
      const others = (group?.members ?? []).filter((name) => name !== edit.member);
      const all = [...others, edit.member].join(',');
      return edit.do === 'join'
        ? [`${head}${others.join(',')}\n`, `${head}${all}\n`]
        : [`${head}${all}\n`, `${head}${others.join(',')}\n`];
    }
    case 'expire':
      return [`${edit.name} ends ${dayOf(edit.from)}\n`, `${edit.name} ends ${dayOf(edit.to)}\n`];
    case 'close':
      return [`${edit.name} has an empty password\n`, `${edit.name} has no password\n`];
  }
}

function wordsOf(edit: AccountEdit): string {
  switch (edit.do) {
    case 'add':
      return `${edit.line.split(':')[0]} added`;
    case 'join':
      return `${edit.member} joins ${edit.name}`;
    case 'leave':
      return `${edit.member} leaves ${edit.name}`;
    case 'expire':
      return `${edit.name} ends ${dayOf(edit.to)}`;
    case 'close':
      return `the empty password of ${edit.name} is closed`;
  }
}

function dayOf(day: number | null): string {
  return day === null ? 'never' : new Date(day * 86_400_000).toISOString().slice(0, 10);
}
