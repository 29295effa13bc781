// Rules: account tables are edited line by line, by name, and all people of a stage end in one change a table. A new account has no
// password; its numbers are the next that nobody had (a directory's neither), so that it owns no file of somebody before it. Nothing is taken from who is not named.
import type { PeopleFact } from '../facts/people-values.ts';
import type { AccountsFact } from '../facts/values.ts';
import type { AccountEdit, AccountResource } from '../model/account.ts';
import type { Context } from '../model/context.ts';
import type { Change } from '../model/resource.ts';
import { type Line, nextNumber, systemNumber, textOf } from './account-lines.ts';
import { parsePublicKey } from './public-key.ts';
import { NO_DIFF, type ResourceDiff, sha256, type Wanted } from './wanted.ts';

type WantedAccount = Wanted<AccountResource>;
type Table = Line['table'];

const TABLES: readonly Table[] = ['group', 'gshadow', 'passwd', 'shadow'];
const DAY = 86_400;

/** Throws RangeError (message for a person) for an account that cannot be. */
export function diffAccounts(wanted: readonly WantedAccount[], context: Context): ResourceDiff {
  if (wanted.length === 0) return NO_DIFF;
  const { people, accounts, boot } = context.readings;
  if (people.kind !== 'known' || accounts.kind !== 'known' || boot.kind !== 'known')
    return { ...NO_DIFF, unknown: ['the accounts of this host could not be read, so none can be changed'] };
  if (!people.value.canAdd)
    throw new RangeError(
      'people cannot be set up here: this host does not keep passwd and shadow as Debian does',
    );
  const state = new Draft(people.value, accounts.value, Math.floor(boot.value.epochSeconds / DAY));
  const parts: ResourceDiff[] = [];
  for (const phase of ['expand', 'contract'] as const) {
    for (const step of new Set(wanted.map((one) => one.step))) {
      const own = wanted.filter((one) => one.step === step && (one.resource.phase ?? 'expand') === phase);
      if (own.length > 0) parts.push(diffStage(own, { phase, state }));
    }
  }
  return {
    ...NO_DIFF,
    changes: parts.flatMap(({ changes }) => changes),
    contents: Object.assign({}, ...parts.map(({ contents }) => contents)),
    notes: parts.flatMap(({ notes }) => notes),
  };
}

/** The tables as stage after stage leaves them. */
class Draft {
  readonly passwd: { readonly name: string; readonly uid: number }[];
  readonly groups: { readonly name: string; readonly gid: number; members: string[] }[];
  readonly gshadow: ReadonlyMap<string, readonly string[]> | null;

  constructor(
    readonly people: PeopleFact,
    readonly accounts: AccountsFact,
    readonly today: number,
  ) {
    this.passwd = [...people.passwd];
    this.groups = people.groups.map((group) => ({ ...group, members: [...group.members] }));
    this.gshadow = people.gshadow === null ? null : new Map(Object.entries(people.gshadow));
  }
}

function diffStage(
  wanted: readonly WantedAccount[],
  { phase, state }: { readonly phase: 'expand' | 'contract'; readonly state: Draft },
): ResourceDiff {
  const lines: Line[] = [];
  const homes: Change[] = [];
  const contents: Record<string, string> = {};
  const notes: string[] = [];
  const [first] = wanted;
  const common = {
    step: first?.step ?? '',
    controls: [...new Set(wanted.map(({ control }) => control))],
    why: [...new Set(wanted.map(({ why }) => why))].join(' '),
    risk: 'lockout',
    phase,
    confidence: 'predicted',
    effective: [],
  } as const;
  const fresh = new Map<string, string[]>();
  for (const { resource } of wanted) {
    const standing = state.passwd.find(({ name }) => name === resource.name);
    if (standing === undefined) {
      const made = create(resource, state, lines);
      const text = made.key === null ? null : `${made.key}\n`;
      const hash = text === null ? null : sha256(text);
      if (text !== null && hash !== null) contents[hash] = Buffer.from(text).toString('base64');
      if (made.fingerprint !== null) notes.push(`adds an SSH key for ${resource.name}: ${made.fingerprint}`);
      homes.push({
        ...common,
        address: `home:${made.home}`,
        action: 'create',
        title: `home of ${resource.name}${made.fingerprint === null ? '' : `, with the key ${made.fingerprint}`}`,
        before: null,
        after: text ?? '',
        primitives: [
          { kind: 'make-home', path: made.home, uid: made.uid, gid: made.uid, mode: '0750', sha256: hash },
        ],
      });
    }
    for (const name of resource.groups) join({ name, member: resource.name }, { state, fresh, lines });
    for (const name of resource.leaves ?? []) leave({ name, member: resource.name }, state, lines);
    if (standing !== undefined) end(resource, state, lines);
    if (resource.closePassword === true)
      lines.push({ table: 'shadow', name: resource.name, edit: { do: 'close', name: resource.name } });
  }
  for (const [name, members] of fresh) {
    const gid = systemNumber(state);
    state.groups.push({ name, gid, members });
    lines.push({ table: 'group', name, edit: { do: 'add', line: `${name}:x:${gid}:${members.join(',')}` } });
    if (state.gshadow !== null)
      lines.push({ table: 'gshadow', name, edit: { do: 'add', line: `${name}:!::${members.join(',')}` } });
  }
  const tables = TABLES.flatMap((table): Change[] => {
    const own = lines.filter((line) => line.table === table);
    if (own.length === 0) return [];
    const edits: readonly AccountEdit[] = own.map(({ edit }) => edit);
    return [
      {
        ...common,
        address: `account-table:/etc/${table}`,
        action: 'update',
        ...textOf(own, state.people),
        primitives: [{ kind: 'account-lines', table, edits }],
      },
    ];
  });
  return { ...NO_DIFF, changes: [...tables, ...homes], contents, notes };
}

function create(
  { name, create: made, expires }: AccountResource,
  state: Draft,
  lines: Line[],
): {
  readonly uid: number;
  readonly home: string;
  readonly key: string | null;
  readonly fingerprint: string | null;
} {
  if (state.accounts.accounts.some((one) => one.name === name))
    throw new RangeError(
      `${name} is an account of a directory (LDAP, NIS), not of this host; change it there, or choose another name`,
    );
  if (made === undefined) throw new RangeError(`there is no account ${name} on the host`);
  if (state.groups.some((group) => group.name === name))
    throw new RangeError(`an account ${name} needs a group of that name, and there is one already`);
  const key = made.key === null ? null : parsePublicKey(made.key);
  if (key !== null && 'problem' in key) throw new RangeError(`the key for ${name}: ${key.problem}`);
  const uid = nextNumber(state);
  const home = `/home/${name}`;
  const shell = state.people.passwd.some((one) => one.shell === '/bin/bash') ? '/bin/bash' : '/bin/sh';
  state.passwd.push({ name, uid });
  state.groups.push({ name, gid: uid, members: [] });
  const add = (table: Table, line: string) => lines.push({ table, name, edit: { do: 'add', line } });
  add('group', `${name}:x:${uid}:`);
  if (state.gshadow !== null) add('gshadow', `${name}:!::`);
  add('passwd', `${name}:x:${uid}:${uid}:${made.comment}:${home}:${shell}`);
  add('shadow', `${name}:*:${state.today}:0:99999:7::${expires ?? ''}:`);
  return { uid, home, key: made.key, fingerprint: key?.fingerprint ?? null };
}

type Membership = { readonly name: string; readonly member: string };

function join(
  { name, member }: Membership,
  it: { readonly state: Draft; readonly fresh: Map<string, string[]>; readonly lines: Line[] },
): void {
  const group = it.state.groups.find((one) => one.name === name);
  if (group === undefined) {
    it.fresh.set(name, [...(it.fresh.get(name) ?? []), member]);
    return;
  }
  const edit: AccountEdit = { do: 'join', name, member };
  if (!group.members.includes(member)) {
    group.members.push(member);
    it.lines.push({ table: 'group', name, edit });
  }
  const shadowed = it.state.gshadow?.get(name);
  if (shadowed !== undefined && !shadowed.includes(member)) it.lines.push({ table: 'gshadow', name, edit });
}

function leave({ name, member }: Membership, state: Draft, lines: Line[]): void {
  const edit: AccountEdit = { do: 'leave', name, member };
  const group = state.groups.find((one) => one.name === name);
  if (group?.members.includes(member) === true) lines.push({ table: 'group', name, edit });
  if (state.gshadow?.get(name)?.includes(member) === true) lines.push({ table: 'gshadow', name, edit });
}

function end({ name, expires }: AccountResource, state: Draft, lines: Line[]): void {
  const now = state.accounts.aging?.[name]?.expires ?? null;
  if (expires === undefined || expires === now) return;
  lines.push({ table: 'shadow', name, edit: { do: 'expire', name, from: now, to: expires } });
}
