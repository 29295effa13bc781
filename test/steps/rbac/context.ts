// A case is a Debian host with ana, who administers with a password, and single things changed. Turns it into what the step looks at.
import type { PeopleFact } from '../../../src/facts/people-values.ts';
import type { AgingFact, ConfigFile } from '../../../src/facts/values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { FindingResult } from '../../../src/model/control.ts';
import { known } from '../../../src/model/outcome.ts';
import { SUDOERS_HEADER } from '../../../steps/rbac/sudoers.ts';
import { type Case as Base, contextOf as baseOf, configFile } from '../sshd/context.ts';

export type Case = Omit<Base, 'wants' | 'findings'> & {
  readonly people?: Partial<PeopleFact>;
  /** What Defaults come to, for root and for ana. */
  readonly defaults?: readonly string[];
  readonly visudo?: { readonly code: number; readonly message: string };
  /** Files among sudo's rules: path → mode, or what else is unusual about it. */
  readonly sudoers?: Readonly<Record<string, string | Partial<ConfigFile>>>;
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  readonly aging?: Readonly<Record<string, Partial<AgingFact>>>;
  /** Further lines of /etc/passwd, or another uid for one of them. */
  readonly uids?: Readonly<Record<string, number>>;
  readonly findings?: Readonly<Record<string, FindingResult>>;
  /** Control → its remedy: "path mode", complete. */
  readonly wants?: Readonly<Record<string, readonly string[]>>;
  /** Control → lines of the file that its remedy writes, without comments. */
  readonly writes?: Readonly<Record<string, readonly string[]>>;
  /** Entries of ready rows for people who are not listed. */
  readonly offers?: readonly string[];
  /** Groups of an account besides its own. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  /** What our file of roles says, without its head. */
  readonly rules?: string;
  /** This account has root's first key, too. */
  readonly sharedWithRoot?: string;
  /** Row of the matrix → its state and words of its notes. */
  readonly rows?: Readonly<Record<string, readonly [string, string?]>>;
};

const GOOD = ['env_reset', 'use_pty', 'logfile=/var/log/sudo.log', 'timestamp_timeout=15'];
export const NOW = 1_800_000_000;
const TODAY = Math.floor(NOW / 86_400);

export function contextOf(it: Case): Context {
  const defaults = it.defaults ?? GOOD;
  const ana = {
    sudo: 'all-password',
    password: 'set',
    keys: ['ssh-ed25519'],
    groups: ['ana', 'sudo'],
  } as const;
  const accounts = {
    ...it.accounts,
    ana: { ...ana, sudoDefaults: defaults, ...it.accounts?.ana },
    root: { sudo: 'all-nopasswd' as const, keys: [], ...it.accounts?.root },
  };
  const base = baseOf({ ...it, accounts, wants: {} });
  const { readings } = base;
  const found = readings.accounts.kind === 'known' ? readings.accounts.value.accounts : [];
  const common = found.find(({ name }) => name === 'root')?.keys[0];
  const list = found.map((one) => ({
    ...one,
    ...(one.name === it.sharedWithRoot && common !== undefined ? { keys: [common] } : {}),
    groups: [...one.groups, ...(it.roles?.[one.name] ?? [])],
  }));
  const uids = { ...Object.fromEntries(list.map(({ name, uid }) => [name, uid])), ...it.uids };
  const passwd = Object.entries(uids).map(([name, uid]) => {
    return { name, uid, gid: uid, comment: '', home: `/home/${name}`, shell: '/bin/bash' };
  });
  const people: PeopleFact = {
    passwd,
    groups: Object.entries(it.groups ?? {}).map(([name, members], index) => ({
      name,
      gid: 100 + index,
      members,
    })),
    uids: { min: 1000, max: 60_000 },
    gids: { min: 1000, max: 60_000 },
    taken: [],
    gshadow: {},
    canAdd: true,
    sudo: { visudo: it.visudo ?? { code: 0, message: '' }, defaults },
    looked: {
      files: [
        ...Object.entries(it.sudoers ?? {}).map(([path, file]) =>
          typeof file === 'string'
            ? configFile(path, '# rules\n', file)
            : { ...configFile(path, '# rules\n', '0440'), ...file },
        ),
        ...(it.rules === undefined
          ? []
          : [configFile('/etc/sudoers.d/zz-portcullis-roles', `${SUDOERS_HEADER}${it.rules}`, '0440')]),
      ],
      places: ['/etc/sudoers', '/etc/sudoers.d/'],
    },
    ...it.people,
  };
  const aging = Object.fromEntries(
    [...new Set([...list.map(({ name }) => name), ...Object.keys(it.aging ?? {})])].map((name) => [
      name,
      { password: 'none' as const, changed: TODAY - 10, expires: null, ...it.aging?.[name] },
    ]),
  );
  return {
    ...base,
    readings: {
      ...readings,
      boot: known({ bootId: 'b', uptimeSeconds: 1, epochSeconds: NOW }),
      ...(readings.accounts.kind === 'known'
        ? { accounts: known({ ...readings.accounts.value, accounts: list, groups: it.groups ?? {}, aging }) }
        : {}),
      ...(readings.people.kind === 'unknown' ? {} : { people: known(people) }),
    },
  };
}
