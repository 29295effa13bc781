// Manifest rules: everything a hardening run could leave behind, as one flat map that compares by text; what is left
// out is only what manifest-exclusions.ts publishes. Files are read from this machine's side, so a host needs no tools.
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import collectScript from './collect-state.sh?raw';
import { EXCLUDED_MOUNTS, EXCLUDED_SYSCTLS, EXCLUDED_UNITS, matcher } from './manifest-exclusions.ts';
import { collectPaths } from './manifest-paths.ts';
import type { ShellResult } from './shell.ts';

/** "class subject" → state. Classes: path, unit-file, unit, ruleset, account tables, package, socket, sysctl, bans, container, network, volume, mount. */
export type Manifest = ReadonlyMap<string, string>;

export interface ManifestSources {
  readonly leader: number;
  readonly upper: string;
  readonly image: string;
  readonly console: (script: string) => Promise<ShellResult>;
}

/** Takes the manifest of a running host. */
export async function takeManifest(sources: ManifestSources): Promise<Manifest> {
  const mounts = await mountPoints(sources.leader);
  const inNetwork = (command: string, args: string[]) =>
    execa('nsenter', ['-t', String(sources.leader), '-n', '--', command, ...args], { env: { LC_ALL: 'C' } });
  const [paths, state, ruleset, sockets] = await Promise.all([
    collectPaths({ ...sources, root: `/proc/${sources.leader}/root`, mounts }),
    sources.console(collectScript),
    rulesetOf(sources, inNetwork),
    socketsOf(inNetwork),
  ]);
  if (!state.stdout.endsWith('== end\n'))
    throw new Error(`the state was not collected wholly: ${state.stderr}`);
  const manifest = new Map<string, string>();
  for (const [path, text] of paths) manifest.set(`path ${path}`, text);
  for (const [key, text] of stateEntries(state.stdout)) manifest.set(key, text);
  manifest.set('ruleset', ruleset.stdout);
  for (const [key, holders] of sockets) manifest.set(key, holders);
  const excludedMount = matcher(EXCLUDED_MOUNTS);
  for (const mount of mounts) if (!excludedMount(mount)) manifest.set(`mount ${mount}`, 'mounted');
  return manifest;
}

type InNetwork = (command: string, args: string[]) => Promise<{ readonly stdout: string }>;

/**
 * Listening sockets and the names of who holds them, in one order whoever holds how many. A daemon that starts itself anew holds
 * its socket under no name for a moment: such a socket is looked at again.
 */
async function socketsOf(inNetwork: InNetwork): Promise<ReadonlyMap<string, string>> {
  const options = ['--no-header', '--listening', '--numeric', '--tcp', '--udp', '--raw', '--processes'];
  for (let tries = 5; ; tries -= 1) {
    const { stdout } = await inNetwork('ss', options);
    const holders = new Map<string, string[]>();
    for (const line of stdout.split('\n').filter(Boolean)) {
      const [kind, , , , local, , ...users] = line.trim().split(/\s+/);
      const names = [...users.join(' ').matchAll(/\("([^"]*)"/g)].map(([, name]) => name ?? '');
      const key = `socket ${kind} ${local}`;
      holders.set(key, [...(holders.get(key) ?? []), ...names]);
    }
    if (tries === 1 || [...holders.values()].every((names) => names.length > 0)) {
      return new Map([...holders].map(([key, names]) => [key, [...new Set(names)].sort().join(' ')]));
    }
    await sleep(300);
  }
}

/**
 * The kernel's rules, stateless. By the host's own nft where it has one: an older nft of this machine does not read all that a
 * newer one wrote (1.0.6 has crashed on it).
 */
async function rulesetOf(
  sources: ManifestSources,
  inNetwork: InNetwork,
): Promise<{ readonly stdout: string }> {
  const own = await sources.console(
    'command -v nft >/dev/null || exit 127; exec nft --stateless list ruleset',
  );
  if (own.code === 127) return inNetwork('nft', ['--stateless', 'list', 'ruleset']);
  if (own.code !== 0) throw new Error(`the ruleset was not read: ${own.stderr}`);
  return { stdout: own.stdout.replace(/\n$/, '') };
}

/** What differs, one line each, sorted; empty when the two are equal. */
export function diffManifests(before: Manifest, after: Manifest): string[] {
  const lines: string[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(key), after.get(key)];
    if (old === now) continue;
    if (old === undefined) lines.push(`added ${key}: ${now}`);
    else if (now === undefined) lines.push(`removed ${key}: ${old}`);
    else lines.push(`changed ${key}: ${old} => ${now}`);
  }
  return lines.sort();
}

/** Splits the collected sections into entries; exported for its own test. */
export function stateEntries(text: string): [string, string][] {
  const entries: [string, string][] = [];
  const excludedSysctl = matcher(EXCLUDED_SYSCTLS);
  const excludedUnit = matcher(EXCLUDED_UNITS.filter(({ pattern }) => pattern.startsWith('session-')));
  for (const part of text.split(/^== /m).slice(1)) {
    const [name = '', ...lines] = part.split('\n').filter((line, index) => index === 0 || line !== '');
    if (name === 'units') entries.push(...unitEntries(part));
    else if (name === 'bans') entries.push(['bans', lines.join('\n')]);
    else if (name === 'sysctls') {
      for (const line of lines) {
        const [key = '', value = ''] = line.split(/ = ?(.*)/s);
        if (!excludedSysctl(key)) entries.push([`sysctl ${key}`, value]);
      }
    } else {
      const word = name.replace(/s$/, '');
      const separator = ['passwd', 'group', 'shadow', 'gshadow'].includes(name) ? ':' : /\s+/;
      for (const line of lines) {
        const [key = '', ...rest] = line.split(separator);
        if (name === 'unit-files' && excludedUnit(key)) continue;
        entries.push([`${word} ${key}`, rest.join(' ').trim()]);
      }
    }
  }
  return entries;
}

// Units that are not active and need nothing are not listed: systemd loads and forgets those as it likes.
function unitEntries(part: string): [string, string][] {
  const excluded = matcher(EXCLUDED_UNITS);
  const entries: [string, string][] = [];
  for (const block of part.slice(part.indexOf('\n') + 1).split('\n\n')) {
    const fields = new Map(block.split('\n').map((line) => line.split(/=(.*)/s, 2) as [string, string]));
    const id = fields.get('Id');
    const idle = fields.get('ActiveState') === 'inactive' && fields.get('NeedDaemonReload') === 'no';
    if (!id || excluded(id) || idle) continue;
    const words = ['ActiveState', 'SubState', 'FragmentPath', 'DropInPaths'].map(
      (name) => fields.get(name) ?? '',
    );
    const reload = fields.get('NeedDaemonReload') === 'yes' ? ' daemon-reload-needed' : '';
    entries.push([`unit ${id}`, words.join(' ').trim() + reload]);
  }
  return entries;
}

async function mountPoints(leader: number): Promise<string[]> {
  const mounts = await readFile(`/proc/${leader}/mounts`, 'latin1');
  return mounts
    .split('\n')
    .map((line) =>
      (line.split(' ')[1] ?? '').replace(/\\([0-7]{3})/g, (_, o) =>
        String.fromCharCode(Number.parseInt(o, 8)),
      ),
    )
    .filter((path) => path !== '' && path !== '/');
}
