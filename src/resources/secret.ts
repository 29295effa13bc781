// Rules: a file with secrets is one change: new values as holes that nobody knows before they are filled, dead lines, mode and owner, the
// roles whose passwords they are, and the services that read them when they start. The diff shows the lines that change, with every
// value masked. A role that cannot be asked, or a file that cannot be read, makes the plan incomplete.
import type { SecretFile, SecretsSight, SecretUnit } from '../facts/secret-values.ts';
import type { Context } from '../model/context.ts';
import type { BaseState, Change, Primitive } from '../model/resource.ts';
import type { Hole, SecretEntry, SecretResource } from '../model/secret-entry.ts';
import { postgresAway, unseenRoles } from './secret-away.ts';
import { effectiveOf, linesAfter, linesBefore } from './secret-lines.ts';
import { fourDigits, mergeDiffs, NO_DIFF, type ResourceDiff, type Wanted } from './wanted.ts';

/** States of a service in which it has read its secrets, or tries to. */
const LIVE: ReadonlySet<string> = new Set(['active', 'reloading', 'activating', 'failed']);

export function diffSecrets(wanted: readonly Wanted<SecretResource>[], context: Context): ResourceDiff {
  if (wanted.length === 0) return NO_DIFF;
  const { secrets } = context;
  if (secrets?.kind !== 'known') {
    const why =
      secrets?.kind === 'unknown' ? secrets.reason : 'the files of declared secrets were not looked at';
    return { ...NO_DIFF, unknown: [why] };
  }
  const paths = [...new Set(wanted.map(({ resource }) => resource.path))];
  return mergeDiffs(
    paths.map((path) => {
      const others = namesOf(path, secrets.value).filter((it) => it !== path && paths.includes(it));
      if (others.length > 0)
        return {
          ...NO_DIFF,
          unknown: [`${path} and ${others.join(', ')} are one file; declare all of it by one path`],
        };
      return diffOne(
        wanted.filter(({ resource }) => resource.path === path),
        secrets.value,
      );
    }),
  );
}

/** Declared paths that lead to the same file. */
function namesOf(path: string, { files }: SecretsSight): readonly string[] {
  const real = files.find((it) => it.path === path)?.realPath;
  return files.filter(({ realPath }) => realPath === real).map((it) => it.path);
}

/** What a file was when we looked, for those who compare. */
export function keyedBase(file: SecretFile): BaseState {
  if (file.status === 'missing') return { kind: 'absent' };
  const { digest, mode, uid, gid } = file;
  return { kind: 'keyed', digest, mode: fourDigits(mode), uid, gid };
}

/** The value that a hole is filled with: secrets of one role share it. */
export function holeOf(entry: SecretEntry): string {
  return entry.role === undefined ? entry.name : `role ${entry.role.name}`;
}

function diffOne(wanted: readonly Wanted<SecretResource>[], sight: SecretsSight): ResourceDiff {
  const path = wanted[0]?.resource.path ?? '';
  const file = sight.files.find((it) => it.path === path);
  if (file === undefined || file.status === 'unreadable')
    return { ...NO_DIFF, unknown: [`${path}: ${file?.reason ?? 'nobody looked at it'}`] };
  const resources = wanted.map(({ resource }) => resource);
  const fills = unique(resources.flatMap(({ fill }) => fill ?? []));
  const drops = unique(resources.flatMap(({ drop }) => drop ?? [])).filter((it) => !fills.includes(it));
  const owner = resources.find((it) => it.owner !== undefined)?.owner;
  const now = { mode: fourDigits(file.mode), uid: file.uid, gid: file.gid };
  const next = owner ?? (file.status === 'missing' ? { mode: '0600', uid: 0, gid: 0 } : now);
  const roles = rolesOf(fills, sight);
  const seen = (entry: SecretEntry) => sight.secrets.find((it) => it.entry.name === entry.name);
  const unreadable = fills.flatMap((it) =>
    seen(it)?.status === 'unreadable' ? [seen(it)?.reason ?? it.name] : [],
  );
  const units = unitsOf(fills, sight);
  const common = {
    address: `file:${file.realPath}`,
    step: wanted[0]?.step ?? '',
    controls: [...new Set(wanted.map(({ control }) => control))],
    why: [...new Set(wanted.map(({ why }) => why))].join(' '),
    phase: 'expand',
    confidence: 'predicted',
  } as const;
  const moved = now.mode !== next.mode || now.uid !== next.uid || now.gid !== next.gid;
  const told = moved && file.status === 'file' ? [ownerWords(now, next)] : [];
  if (fills.length === 0 && drops.length === 0) {
    const change: Change = {
      ...common,
      action: moved ? 'update' : 'none',
      title: told.join('') || 'nothing to do: mode and owner are as wanted',
      risk: moved ? 'service' : 'none',
      effective: [],
      base: { kind: 'mode', ...now },
      primitives: moved ? [{ kind: 'set-mode', path: file.realPath, ...next }] : [],
    };
    return { ...NO_DIFF, changes: [change] };
  }
  const holes = fills.map((entry): Hole => ({ name: holeOf(entry), key: entry.key, kind: entry.kind.name }));
  const { format } = fills[0] ?? (drops[0] as SecretEntry);
  const restarts = units.filter(({ active }) => LIVE.has(active));
  const primitives: readonly Primitive[] = [
    { kind: 'fill-file', path: file.realPath, format, holes, drop: drops.map(({ key }) => key), ...next },
    ...roles.known.map(({ role, hole }): Primitive => ({ kind: 'postgres-role', role, hole })),
    ...restarts.map(({ name }): Primitive => ({ kind: 'unit', name, verb: 'restart' })),
  ];
  const words = [
    ...(fills.length === 0 ? [] : [`new values for ${fills.map(({ name }) => name).join(', ')}`]),
    ...(drops.length === 0 ? [] : [`lines without effect of ${drops.map(({ name }) => name).join(', ')} go`]),
    ...roles.known.map(({ role }) => `password of the PostgreSQL role ${role}`),
    ...restarts.map(({ name }) => `restart of ${name}`),
    ...told,
  ];
  const change: Change = {
    ...common,
    action: file.status === 'missing' ? 'create' : 'update',
    title: words.join('; '),
    risk: 'service',
    before: file.status === 'missing' ? null : linesBefore([...fills, ...drops].map(seen)),
    after: linesAfter(fills, drops.map(seen)),
    effective: fills.map((entry) => effectiveOf(entry, seen(entry))),
    base: keyedBase(file),
    primitives,
  };
  return {
    ...NO_DIFF,
    changes: [change],
    notes: notesOf({ file, fills, units, restarts, sight }),
    unknown: [...roles.unknown, ...unreadable],
  };
}

function unique(entries: readonly SecretEntry[]): readonly SecretEntry[] {
  return [...new Map(entries.map((entry) => [entry.name, entry])).values()];
}

type Roles = {
  readonly known: readonly { readonly role: string; readonly hole: string }[];
  readonly unknown: readonly string[];
};

function rolesOf(fills: readonly SecretEntry[], sight: SecretsSight): Roles {
  const wanted = new Map(
    fills.flatMap((it) => (it.role === undefined ? [] : [[it.role.name, holeOf(it)] as const])),
  );
  const all = [...wanted].map(([role, hole]) => ({ role, hole }));
  if (all.length > 0 && sight.postgres !== 'read') {
    return {
      known: [],
      unknown: [
        `${postgresAway(sight.postgres)}, so the password of ${all.map(({ role }) => role).join(', ')} stays`,
      ],
    };
  }
  const there = (role: string): boolean => sight.roles.some(({ name }) => name === role);
  return {
    known: all.filter(({ role }) => there(role)),
    unknown: all.flatMap(({ role }) => (there(role) ? [] : [`PostgreSQL has no role ${role}`])),
  };
}

function unitsOf(fills: readonly SecretEntry[], sight: SecretsSight): readonly SecretUnit[] {
  const names = new Set(fills.flatMap((entry) => entry.units));
  return sight.units.filter(({ name }) => names.has(name));
}

type Owner = { readonly mode: string; readonly uid: number; readonly gid: number };

function ownerWords(now: Owner, next: Owner): string {
  return `mode ${now.mode} to ${next.mode}, owner ${now.uid}:${now.gid} to ${next.uid}:${next.gid}`;
}

function notesOf(it: {
  readonly file: SecretFile;
  readonly fills: readonly SecretEntry[];
  readonly units: readonly SecretUnit[];
  readonly restarts: readonly SecretUnit[];
  readonly sight: SecretsSight;
}): readonly string[] {
  const { file, fills, units, restarts, sight } = it;
  const gone = units.filter(({ enabled }) => enabled === 'not-found');
  const ends = fills.filter(({ rotation }) => rotation === 'logs-out').map(({ name }) => name);
  return [
    ...(ends.length === 0 ? [] : [`a new ${ends.join(', ')} logs everybody out`]),
    ...(restarts.length === 0 ? [] : [`${restarts.map(({ name }) => name).join(', ')} restarts`]),
    ...gone.map(({ name }) => `${name} is not on this host, so nothing is restarted for it`),
    ...fills.flatMap(({ name, containers }) =>
      containers.map((one) => `the container ${one} keeps the old ${name} until you make it anew`),
    ),
    ...unseenRoles({ fills, restarts, sight }).map(
      (role) => `nobody is logged in as the role ${role} now: see that its service asks this PostgreSQL`,
    ),
    ...(file.nlink > 1
      ? [`${file.realPath} has ${file.nlink} hard-linked names; the others keep the old values`]
      : []),
  ];
}
