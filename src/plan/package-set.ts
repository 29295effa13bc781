// Rules: what a plan installs is what apt itself says on the host, asked in one exchange that writes nothing. Only new packages
// may come: what would be removed or upgraded is refused. An answer that is not understood means "could not tell".
import type { Context } from '../model/context.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Refusal } from '../model/plan.ts';
import type { Change, PackageVersion, Primitive } from '../model/resource.ts';
import { type Command, command, value } from '../text/command.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import script from './package-set.sh?raw';

type NewPackage = PackageVersion & {
  /** Size of the file to fetch; undefined when the host has it already. */
  readonly bytes?: number;
};

/** What apt on the host said. */
export type PackageSet =
  | { readonly kind: 'seen'; readonly set: readonly NewPackage[]; readonly kibibytes: number }
  | { readonly kind: 'refused'; readonly message: string; readonly remedy: string }
  | { readonly kind: 'unknown'; readonly reason: string };

const CLEAN = '/usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C /bin/sh -c';
const GUARD = 'guard.packages';

/** The question to the host; undefined when no package is to be installed. */
export function packagesCommand(changes: readonly Change[]): Command | undefined {
  const names = namesIn(changes);
  if (names.length === 0) return undefined;
  return command([CLEAN, value(script), 'portcullis-packages', ...names.map(value)], {
    deadline: 150_000,
    outputLimit: 4 * 1024 * 1024,
  });
}

/** What the host answered to packagesCommand. Never throws. */
export function parsePackages(outcome: Outcome): PackageSet {
  const no = (reason: string): PackageSet => ({ kind: 'unknown', reason });
  if (outcome.kind !== 'exited') return no(`apt was not heard about the packages (${outcome.kind})`);
  const parts = partsOf(outcome.stdout);
  const none = parts.get('NONE');
  if (none !== undefined) return no('this host has no apt-get, so packages cannot be installed');
  const [simulated, files] = [parts.get('SIMULATED'), parts.get('FILES')];
  if (outcome.truncated || outcome.code !== 0 || !parts.has('END') || !simulated || !files)
    return no(`apt gave no whole answer about the packages (exit ${outcome.code})`);
  if (simulated.code !== 0) return complaint(simulated.lines);
  const gone = simulated.lines.flatMap((line) => /^(?:Remv|Purg) (\S+)/.exec(line)?.[1] ?? []);
  const upgraded = simulated.lines.flatMap((line) => /^Inst (\S+) \[/.exec(line)?.[1] ?? []);
  if (gone.length + upgraded.length > 0) {
    const what = [
      ...(gone.length > 0 ? [`remove ${gone.join(', ')}`] : []),
      ...(upgraded.length > 0 ? [`upgrade ${upgraded.join(', ')}`] : []),
    ];
    return {
      kind: 'refused',
      message: sanitizeLine(`to install what is needed, apt would ${what.join(' and ')}`, 300),
      remedy: 'bring the host up to date by hand first (apt-get update, apt-get upgrade), then plan again',
    };
  }
  const sizes = sizesIn(files.lines);
  const set = simulated.lines.flatMap((line): readonly NewPackage[] => {
    const match = /^Inst ([a-z0-9][a-z0-9+.-]*)\S* \((\S+) .*\[([a-z0-9-]+)\]\)/.exec(line);
    if (match === null) return [];
    const [, name = '', version = '', architecture = ''] = match;
    const bytes = sizes.get(`${name}_${architecture}`);
    return [{ name, version, architecture, ...(bytes === undefined ? {} : { bytes }) }];
  });
  if (set.length === 0 || set.length !== simulated.lines.filter((line) => line.startsWith('Inst ')).length)
    return no('the list of packages that apt gave is not understood');
  const sorted = [...set].sort((a, b) => (lineOf(a) < lineOf(b) ? -1 : 1));
  return { kind: 'seen', set: sorted, kibibytes: roomIn(files.lines, sorted) };
}

/** "name:architecture version", as engine and plan name one package of the set. */
function lineOf(one: PackageVersion): string {
  return `${one.name}:${one.architecture} ${one.version}`;
}

type Settled = {
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
  readonly notes: readonly string[];
  readonly unknown: readonly string[];
};

/** The changes with what apt said in them; `said` undefined: nobody asked. */
export function settlePackages(
  changes: readonly Change[],
  said: PackageSet | undefined,
  context: Context,
): Settled {
  const as = (more: Partial<Settled>): Settled => ({
    changes,
    refusals: [],
    notes: [],
    unknown: [],
    ...more,
  });
  const names = namesIn(changes);
  if (names.length === 0) return as({});
  const { packages } = context.readings;
  if (packages.kind === 'known' && !packages.value.healthy) {
    const { complaint: said } = packages.value;
    // Below each heading of dpkg --audit: a blank, the package's name, its description.
    const named = said.split('\n').flatMap((line) => /^ (\S+)/.exec(line)?.[1] ?? []);
    const words = sanitizeLine(named.join(', ') || said.replaceAll('\n', ' '), 200);
    return as({
      refusals: [
        {
          guard: GUARD,
          message: `dpkg on the host is not whole, so nothing can be installed (dpkg --audit: ${words})`,
          remedy: `run dpkg --configure -a on the host, then plan again${goOn(changes)}`,
        },
      ],
    });
  }
  if (said === undefined) return as({ unknown: ['apt was not asked about the packages'] });
  if (said.kind === 'unknown') return as({ unknown: [said.reason] });
  if (said.kind === 'refused') {
    const remedy = `${said.remedy}${goOn(changes)}`;
    return as({ refusals: [{ guard: GUARD, message: said.message, remedy }] });
  }
  const { set, kibibytes } = said;
  const others = set.filter((one) => !names.includes(one.name));
  const first = changes.find((change) => namesIn([change]).length > 0);
  const bytes = set.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
  const note = `${count(set.length)} (${megabytes(bytes)} to fetch, ${megabytes(kibibytes * 1024)} on the disk) come first, in a transaction of their own; then the rest is planned again and must come out as shown`;
  return as({
    changes: changes.map((change) => {
      const [name] = namesIn([change]);
      if (name === undefined) return change;
      const rows = [...set.filter((one) => one.name === name), ...(change === first ? others : [])];
      const version = set.find((one) => one.name === name)?.version;
      return {
        ...change,
        title: `${version === undefined ? '' : `${version} `}${change.title}${change === first && others.length > 0 ? `; with ${count(others.length)} it needs` : ''}`,
        confidence: 'validated',
        after: rows.map((one) => `${shownRow(one)}\n`).join(''),
        primitives: change.primitives.map((one) => (one.kind === 'packages' ? withSet(one, said) : one)),
      };
    }),
    notes: [note],
  });
}

/** How the steps that need no package can go on by themselves; empty where there is none. */
function goOn(changes: readonly Change[]): string {
  const needy = changes.filter((change) => namesIn([change]).length > 0);
  const waiting = new Set(needy.flatMap(({ controls }) => controls.map((id) => id.replace(/\..*$/, ''))));
  const others = changes.filter(({ action, phase }) => action !== 'none' && phase !== 'packages');
  const free = [...new Set(others.map(({ step }) => step))].filter((step) => !waiting.has(step));
  if (free.length === 0) return '';
  return `; without it, for now: --steps ${free.join(',')} (in the wizard, s leaves a step out)`;
}

function withSet(
  one: Extract<Primitive, { kind: 'packages' }>,
  { set, kibibytes }: Extract<PackageSet, { kind: 'seen' }>,
): Primitive {
  const plain = set.map(({ name, architecture, version }) => ({ name, architecture, version }));
  return { ...one, set: plain, kibibytes };
}

function shownRow({ name, version, architecture, bytes }: NewPackage): string {
  return `${name} ${version} ${architecture}${bytes === undefined ? '' : ` ${Math.ceil(bytes / 1000)} kB`}`;
}

const count = (many: number): string => (many === 1 ? '1 package' : `${many} packages`);

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

function namesIn(changes: readonly Change[]): readonly string[] {
  return changes.flatMap((change) =>
    change.primitives.flatMap((one) => (one.kind === 'packages' ? one.install : [])),
  );
}

function complaint(lines: readonly string[]): PackageSet {
  const errors = lines.filter((line) => line.startsWith('E: ')).map((line) => line.slice(3));
  const said = sanitizeLine(errors.join(' ') || (lines.at(-1) ?? ''), 300);
  const missing = errors.some((line) =>
    /Unable to locate|no installation candidate|Couldn't find/.test(line),
  );
  return {
    kind: 'refused',
    message: `apt on the host cannot install what is needed: ${said}`,
    remedy: missing
      ? 'run apt-get update on the host (its package lists are empty or old), look at its package sources, then plan again'
      : 'mend it on the host (apt-get check says more), then plan again',
  };
}

type Part = { readonly code: number; readonly lines: readonly string[] };

function partsOf(stdout: string): ReadonlyMap<string, Part> {
  const parts = new Map<string, { code: number; lines: string[] }>();
  let open: { code: number; lines: string[] } | undefined;
  for (const line of stdout.split('\n')) {
    const [, verb, code] = /^([A-Z]+) (\d+)$/.exec(line) ?? [];
    if (verb !== undefined) {
      open = { code: Number(code), lines: [] };
      parts.set(verb, open);
    } else if (line.startsWith('| ')) open?.lines.push(line.slice(2));
  }
  return parts;
}

/** Bytes by "name_architecture", from lines like "'http://…' nftables_1.1.3-1_amd64.deb 75864 SHA256:…". */
function sizesIn(lines: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    lines.flatMap((line): readonly (readonly [string, number])[] => {
      const match = /^'\S+' ([^_\s]+)_\S+_([a-z0-9-]+)\.deb (\d+)/.exec(line);
      return match === null ? [] : [[`${match[1]}_${match[2]}`, Number(match[3])]];
    }),
  );
}

const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };

/** Room on the disk, as apt tells it; else four times what is fetched. */
function roomIn(lines: readonly string[], set: readonly NewPackage[]): number {
  const text = lines.find((line) => line.startsWith('After this operation, ')) ?? '';
  const match = /^After this operation, ([\d.,]+) ([kMG]?B) of additional/.exec(text);
  const fetched = set.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
  const bytes =
    match === null ? fetched * 4 : Number(match[1]?.replaceAll(',', '')) * (UNITS[match[2] ?? 'B'] ?? 1);
  return Math.ceil(bytes / 1024);
}
