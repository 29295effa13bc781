// Paths rules: names are bytes, kept as latin1 text so that none is lost; a file's content is read unless it still is
// the image's own file, which the overlay's upper layer tells for sure (no metacopy, no redirects).
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { withLock } from './lock.ts';
import { EXCLUDED_CONTENT, EXCLUDED_PATHS, matcher } from './manifest-exclusions.ts';

/** Unit directories below /run that are looked at although /run is not. */
const RUN_DIRECTORIES = ['system', 'transient', 'generator', 'generator.early', 'generator.late'];

export interface PathSources {
  /** The host's root as a path of this machine: /proc/PID/root while it runs. */
  readonly root: string;
  readonly upper: string;
  /** Root directory of the image below the overlay. */
  readonly image: string;
  /** Mount points inside the host, whose files are not the overlay's. */
  readonly mounts: readonly string[];
}

/** Every path → type, mode, numeric owner, link count, content hash or link target, and extended attributes. */
export async function collectPaths(sources: PathSources): Promise<Map<string, string>> {
  const [attributes, imageHashes] = await Promise.all([
    extendedAttributes(sources.root),
    hashesOfImage(sources.image),
  ]);
  const changed = new Set<string>();
  walk(sources.upper, '', (path) => changed.add(path));
  const mounts = new Set(sources.mounts);
  const entries = new Map<string, string>();
  const excludedContent = matcher(EXCLUDED_CONTENT);
  const record = (path: string, stats: Stats) => {
    const known = changed.has(path) || underMount(path, mounts) ? undefined : imageHashes.get(path);
    const hash = () =>
      excludedContent(path) ? 'content-excluded' : (known ?? hashFile(bytes(join(sources.root, path))));
    const text = describePath({ path: join(sources.root, path), stats, hash });
    const more = attributes.get(path);
    entries.set(path, more ? `${text} ${more.join(' ')}` : text);
  };
  const excluded = matcher(EXCLUDED_PATHS);
  walk(sources.root, '', record, excluded);
  for (const name of RUN_DIRECTORIES) {
    const directory = `/run/systemd/${name}`;
    const root = join(sources.root, directory);
    walk(
      root,
      '',
      (path, stats) => record(directory + path, stats),
      (path) => excluded(directory + path),
    );
  }
  return entries;
}

function describePath(options: { path: string; stats: Stats; hash: () => string }): string {
  const { path, stats, hash } = options;
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
  const common = `${mode} ${stats.uid}:${stats.gid}`;
  if (stats.isDirectory()) return `directory ${common}`;
  const links = `links=${stats.nlink}`;
  if (stats.isSymbolicLink()) return `link ${common} ${links} -> ${readlinkSync(bytes(path), 'latin1')}`;
  if (stats.isFile()) return `file ${common} ${links} ${hash()}`;
  if (stats.isFIFO()) return `fifo ${common} ${links}`;
  if (stats.isSocket()) return `socket ${common} ${links}`;
  return `device ${common} ${links} ${stats.isBlockDevice() ? 'block' : 'char'} ${stats.rdev}`;
}

function walk(
  root: string,
  path: string,
  visit: (path: string, stats: Stats) => void,
  excluded: (path: string) => boolean = () => false,
): void {
  let names: string[];
  try {
    names = readdirSync(bytes(root + path), 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  for (const name of names.sort()) {
    const child = `${path}/${name}`;
    if (excluded(child)) continue;
    const stats = lstatSync(bytes(root + child), { throwIfNoEntry: false });
    // Gone between the listing and the look: the same as never seen.
    if (!stats) continue;
    visit(child, stats);
    if (stats.isDirectory()) walk(root, child, visit, excluded);
  }
}

const bytes = (path: string) => Buffer.from(path, 'latin1');

function hashFile(path: Buffer): string {
  return `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
}

function underMount(path: string, mounts: ReadonlySet<string>): boolean {
  for (let at = path; at !== '/'; at = dirname(at)) if (mounts.has(at)) return true;
  return false;
}

// Images never change, so their hashes are taken once and kept beside them.
async function hashesOfImage(image: string): Promise<Map<string, string>> {
  const file = join(dirname(image), 'hashes.json');
  const cached = await readFile(file, 'utf8').catch(() => undefined);
  if (cached !== undefined) return new Map(JSON.parse(cached) as [string, string][]);
  return withLock(`hashes-${dirname(image).split('/').pop()}`, async () => {
    const hashes: [string, string][] = [];
    walk(image, '', (path, stats) => {
      if (stats.isFile()) hashes.push([path, hashFile(bytes(image + path))]);
    });
    await writeFile(file, JSON.stringify(hashes));
    return new Map(hashes);
  });
}

/** ACLs and capabilities are extended attributes to the kernel, and are compared as such. */
async function extendedAttributes(root: string): Promise<Map<string, string[]>> {
  const tops = readdirSync(root).filter((name) => !['proc', 'sys', 'dev', 'run'].includes(name));
  const { stdout } = await execa(
    'getfattr',
    ['--recursive', '--physical', '--no-dereference', '--dump', '--match=-', '--encoding=hex', '--', ...tops],
    { cwd: root, encoding: 'latin1', env: { LC_ALL: 'C' }, maxBuffer: 1e9 },
  );
  const attributes = new Map<string, string[]>();
  for (const block of stdout.split('\n\n')) {
    const [head = '', ...lines] = block.split('\n');
    if (!head.startsWith('# file: ')) continue;
    const path = head
      .slice(8)
      .replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
    attributes.set(`/${path}`, lines.filter(Boolean).sort());
  }
  return attributes;
}
