// Rules: all options of one file become one change, with a header that says whose it is and how to undo it; what our file holds
// and nobody asks for stays; a daemon that runs checks the result and starts again with it, one that does not run is left alone.
import type { ConfigFile } from '../facts/values.ts';
import type { Context } from '../model/context.ts';
import type { Change, Checker, IniOptionResource } from '../model/resource.ts';
import {
  baseOf,
  fourDigits,
  lookedOf,
  lookUp,
  mergeDiffs,
  NO_DIFF,
  type ResourceDiff,
  sha256,
  type Wanted,
} from './wanted.ts';

type WantedOption = Wanted<IniOptionResource>;
type Sections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * What reads the files of a folder: its checker and its unit. fail2ban starts again instead of reloading: only then do the rules of
 * an action that is no longer used leave the kernel, and its bans come back from its own memory.
 */
const READERS: readonly { readonly folder: string; readonly checker: Checker; readonly unit: string }[] = [
  { folder: '/etc/fail2ban/', checker: 'fail2ban', unit: 'fail2ban.service' },
];

const HEADER = `# Written by portcullis. Change it with portcullis, or delete this file and reload the service.
# To undo: "portcullis rollback HOST" from your own machine, or as root on this host: sh /var/lib/portcullis/engine status
`;

export function diffIniOptions(wanted: readonly WantedOption[], context: Context): ResourceDiff {
  const groups = new Map<string, WantedOption[]>();
  for (const one of wanted) {
    const key = JSON.stringify([one.step, one.resource.path]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return mergeDiffs([...groups.values()].map((group) => diffOne(group, context)));
}

function diffOne(wanted: readonly WantedOption[], context: Context): ResourceDiff {
  const [first] = wanted;
  if (first === undefined) return NO_DIFF;
  const { path } = first.resource;
  const found = lookUp(context, path);
  if (found === undefined)
    return { ...NO_DIFF, unknown: [`nobody looked at ${path}, so what would change there is not known`] };
  const fact = found === 'absent' ? undefined : found;
  for (const { resource } of wanted) checkOption(resource);
  const text = render(merge(fact === undefined ? new Map() : parse(fact.text), wanted));
  const same =
    fact?.text === text &&
    fourDigits(fact.mode) === '0644' &&
    fact.uid === 0 &&
    fact.gid === 0 &&
    fact.path === fact.realPath;
  const common = {
    step: first.step,
    controls: [...new Set(wanted.map(({ control }) => control))],
    why: wanted.length === 1 ? first.why : `${wanted.length} options; x in the step explains them`,
    phase: 'expand',
    confidence: 'predicted',
    effective: [],
  } as const;
  if (same) {
    const title = 'nothing to do: our file says so already';
    return {
      ...NO_DIFF,
      changes: [{ ...common, address: `file:${path}`, action: 'none', title, risk: 'none', primitives: [] }],
    };
  }
  const hash = sha256(text);
  const reader = READERS.find(({ folder }) => path.startsWith(folder));
  const file: Change = {
    ...common,
    address: `file:${path}`,
    action: fact === undefined ? 'create' : 'update',
    title: `${wanted.length === 1 ? '1 option' : `${wanted.length} options`} in a drop-in of our own`,
    risk: 'service',
    before: fact?.text ?? null,
    after: text,
    base: baseOf(fact),
    primitives: [
      { kind: 'put-file', path: realPathOf(fact, path), sha256: hash, mode: '0644', uid: 0, gid: 0 },
      ...(reader === undefined ? [] : [{ kind: 'validate', checker: reader.checker } as const]),
    ],
  };
  return {
    ...NO_DIFF,
    changes: [file, ...(reader === undefined ? [] : restart(reader.unit, common, context))],
    contents: { [hash]: Buffer.from(text).toString('base64') },
  };
}

function realPathOf(fact: ConfigFile | undefined, path: string): string {
  return fact?.realPath ?? path;
}

/** The new start of a daemon that runs; one that does not is started, or not, by whoever wants it started. */
function restart(
  unit: string,
  common: Pick<Change, 'step' | 'controls' | 'why' | 'phase' | 'confidence' | 'effective'>,
  context: Context,
): readonly Change[] {
  const state = lookedOf(context).find(({ units }) => units?.[unit])?.units?.[unit];
  if (state?.active !== 'active') return [];
  return [
    {
      ...common,
      address: `restart:${unit}`,
      action: 'restart',
      title: `${unit} starts again with the new file; bans stay`,
      risk: 'service',
      base: { kind: 'unit', name: unit, ...state },
      primitives: [{ kind: 'unit', name: unit, verb: 'restart' }],
    },
  ];
}

/** "key = value" lines by section; anything else in a file of ours is dropped when it is written again. */
function parse(text: string): Sections {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  for (const line of text.split('\n')) {
    const head = /^\[([^\]]+)\]\s*$/.exec(line)?.[1];
    const pair = /^([^#;=\s][^=]*?)\s*=\s*(.*)$/.exec(line);
    if (head !== undefined) {
      section = sections.get(head) ?? new Map<string, string>();
      sections.set(head, section);
    } else if (pair !== null) section.set(pair[1] ?? '', pair[2] ?? '');
  }
  return sections;
}

function merge(have: Sections, wanted: readonly WantedOption[]): Sections {
  const merged = new Map([...have].map(([name, pairs]) => [name, new Map(pairs)]));
  for (const { resource } of wanted) {
    const section = merged.get(resource.section) ?? new Map<string, string>();
    merged.set(resource.section, section.set(resource.key, resource.value));
  }
  return merged;
}

/** Always in one order, so that the same options give the same bytes. */
function render(sections: Sections): string {
  const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  const blocks = sorted(sections).map(([name, pairs]) =>
    [`[${name}]`, ...sorted(pairs).map(([key, value]) => `${key} = ${value}`), ''].join('\n'),
  );
  return `${HEADER}\n${blocks.join('\n')}`;
}

function checkOption({ path, section, key, value }: IniOptionResource): void {
  if (/[\r\n]/.test(section + key + value) || /[\]=]/.test(section) || /=/.test(key))
    throw new RangeError(`${path}: an option must fit on one line`);
}
