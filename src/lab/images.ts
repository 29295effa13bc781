// Images rules: built once from the machine's own Debian archive, under a name that is the hash of everything that
// goes in; built aside and renamed, so a half image is never used; never changed afterwards (hosts are overlays).
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { EXIT, UserError } from '../model/errors.ts';
import { debianLines, machineSources } from './apt-sources.ts';
import customise from './customise-image.sh?raw';
import { withLock } from './lock.ts';
import { labPaths } from './paths.ts';
import quietServices from './quiet-services.sh?raw';

export type Release = 'bookworm' | 'trixie';
export type ImageName =
  | 'bookworm'
  | 'trixie'
  | 'bookworm-bare'
  | 'trixie-bare'
  | 'bookworm-docker'
  | 'trixie-docker'
  | 'bookworm-services'
  | 'trixie-services';

interface ImageRecipe {
  readonly release: Release;
  readonly packages: readonly string[];
  /** Absolute directories that hosts of this image keep outside the overlay (Docker lays overlays of its own there). */
  readonly plainDirectories?: readonly string[];
  /** A script like customise-image.sh that runs after it. */
  readonly hook?: string;
}

/** Progress of slow lab work, one line each, for people. */
export type LabProgress = (line: string) => void;

/** What every lab host can be logged in with; a lab host is disposable and reachable from this machine only. */
export const LAB_PASSWORD = 'tide-ladder-orbit-42';

const BARE = ['systemd-sysv', 'openssh-server', 'sudo'];
const FULL = [
  ...BARE,
  ...['systemd', 'dbus', 'libpam-systemd', 'adduser', 'passwd', 'procps', 'kmod', 'iproute2', 'nftables'],
  ...[
    'openssl',
    'ca-certificates',
    'curl',
    'e2fsprogs',
    'busybox',
    'python3-minimal',
    'netcat-openbsd',
    'less',
  ],
];

/** What the steps secrets, TLS and RBAC are about; nothing of it runs until a test starts it. */
const SERVICES = ['nginx-light', 'caddy', 'certbot', 'pebble', 'postgresql', 'python3-psycopg2'];

const DOCKER = ['/var/lib/docker', '/var/lib/containerd'];

/** Package lists are data: a later need is one word here, and the hash makes a new image of it. */
const IMAGES: Readonly<Record<ImageName, ImageRecipe>> = {
  bookworm: { release: 'bookworm', packages: FULL },
  trixie: { release: 'trixie', packages: FULL },
  'bookworm-bare': { release: 'bookworm', packages: BARE },
  'trixie-bare': { release: 'trixie', packages: BARE },
  'bookworm-docker': { release: 'bookworm', packages: [...FULL, 'docker.io'], plainDirectories: DOCKER },
  // Debian 13 has the command apart from the daemon.
  'trixie-docker': {
    release: 'trixie',
    packages: [...FULL, 'docker.io', 'docker-cli'],
    plainDirectories: DOCKER,
  },
  'bookworm-services': { release: 'bookworm', packages: [...FULL, ...SERVICES], hook: quietServices },
  'trixie-services': { release: 'trixie', packages: [...FULL, ...SERVICES], hook: quietServices },
};

/** Directories that every host of the image keeps on this machine's own file system. */
export function plainDirectories(name: ImageName): readonly string[] {
  return IMAGES[name].plainDirectories ?? [];
}

/** Directory name of an image: changes with the packages, the release and the way it is customised. */
export function imageId(name: ImageName): string {
  const { release, packages, hook } = IMAGES[name];
  // What an image does not have is left out, so that it keeps the name that it has in caches.
  const parts = [{ release, packages }, customise, LAB_PASSWORD, ...(hook === undefined ? [] : [hook])];
  const hash = createHash('sha256').update(JSON.stringify(parts));
  return `${name}-${hash.digest('hex').slice(0, 16)}`;
}

/** Root directory of the image, built first when the cache lacks it. Safe to call from many processes at once. */
export async function ensureImage(name: ImageName, onProgress: LabProgress = () => {}): Promise<string> {
  const { images } = labPaths();
  const id = imageId(name);
  const root = join(images, id, 'root');
  if (await exists(root)) {
    // A use keeps the image from being dropped as old by a checkout that wants another one.
    await utimes(join(images, id), new Date(), new Date());
    return root;
  }
  onProgress(`Image ${name} wanted (a minute, once)`);
  return withLock(`image-${id}`, async () => {
    if (!(await exists(root))) await buildImage({ name, id, onProgress });
    return root;
  });
}

async function buildImage(options: { name: ImageName; id: string; onProgress: LabProgress }): Promise<void> {
  const { name, id, onProgress } = options;
  const { images } = labPaths();
  const recipe = IMAGES[name];
  const lines = debianLines(await machineSources(), recipe.release);
  if (lines.length === 0) {
    throw new UserError('this machine has no Debian package source to build lab images from', {
      exitCode: EXIT.error,
      hints: ['add a Debian archive with component main under /etc/apt/sources.list.d'],
    });
  }
  const building = join(images, `.building-${id}`);
  await rm(building, { recursive: true, force: true });
  await mkdir(building, { recursive: true, mode: 0o755 });
  const hooks: string[] = [];
  for (const text of [customise, recipe.hook]) {
    if (text === undefined) continue;
    const script = join(building, `hook-${hooks.length}.sh`);
    await writeFile(script, text, { mode: 0o700 });
    hooks.push(script);
  }
  const started = Date.now();
  const child = execa(
    'mmdebstrap',
    [
      '--mode=root',
      '--variant=minbase',
      `--include=${recipe.packages.join(',')}`,
      ...(await aptOptions()).map((option) => `--aptopt=${option}`),
      ...hooks.map((script) => `--customize-hook=${script}`),
      recipe.release,
      join(building, 'root'),
      '-',
    ],
    {
      input: `${lines.join('\n')}\n`,
      env: { LC_ALL: 'C', LAB_PASSWORD },
      stdout: 'pipe',
      stderr: 'pipe',
      reject: false,
      stdin: 'pipe',
    },
  );
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.startsWith('I: ')) onProgress(`Image ${name}: ${line.slice(3)}`);
  }
  const result = await child;
  if (result.exitCode !== 0) {
    await rm(building, { recursive: true, force: true });
    throw new UserError(`image ${name} was not built: ${result.stderr.split('\n').slice(-6).join(' | ')}`, {
      exitCode: EXIT.error,
      hints: ['check that apt-get update works on this machine, and that the disk has 2 GB free'],
    });
  }
  for (const script of hooks) await rm(script);
  await rename(building, join(images, id));
  await dropOldImages(name, id);
  onProgress(`Image ${name} built in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** The machine’s own archive settings (proxies, snapshot dates), as apt.conf lines; they hold for the lab too. */
export async function aptOptions(): Promise<string[]> {
  const { stdout } = await execa('apt-config', ['dump']);
  return stdout
    .split('\n')
    .filter((line) => /^Acquire::(https?::Proxy|Check-Valid-Until|Check-Date)\b.* ".+";$/i.test(line));
}

// A host may still run on an older image of a parallel checkout: only images untouched for a week go.
async function dropOldImages(name: ImageName, keep: string): Promise<void> {
  const { images } = labPaths();
  const pattern = new RegExp(`^${name}-[0-9a-f]{16}$`);
  for (const entry of await readdir(images)) {
    if (!pattern.test(entry) || entry === keep) continue;
    const age = Date.now() - (await stat(join(images, entry))).mtimeMs;
    if (age > 7 * 24 * 3600 * 1000) await rm(join(images, entry), { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
