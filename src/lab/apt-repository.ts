// Repository rules: a host reaches no archive, so what a test installs on it is fetched once by this machine from its
// own Debian source, with everything such a host lacks for it, kept by content hash, and served over the host's link.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { EXIT, UserError } from '../model/errors.ts';
import { debianLines, machineSources } from './apt-sources.ts';
import type { Host } from './host-types.ts';
import {
  aptOptions,
  ensureImage,
  type ImageName,
  imageId,
  type LabProgress,
  type Release,
} from './images.ts';
import { withLock } from './lock.ts';
import { labPaths } from './paths.ts';

export interface RepositoryRecipe {
  readonly release: Release;
  /** What its hosts have already, and so is not fetched; the bare image when left out. */
  readonly image?: ImageName;
  /** What hosts will install; dependencies and recommendations come by themselves. */
  readonly packages: readonly string[];
  readonly onProgress?: LabProgress;
}

/** Directory of a flat apt repository with the packages; fetched first when the cache lacks it. */
export async function ensureRepository(recipe: RepositoryRecipe): Promise<string> {
  const base = recipe.image ?? (`${recipe.release}-bare` as const);
  const packages = [...new Set(recipe.packages)].sort();
  const hash = createHash('sha256')
    .update(JSON.stringify([imageId(base), packages]))
    .digest('hex')
    .slice(0, 16);
  const name = `${recipe.release}-${hash}`;
  const repositories = join(labPaths().cache, 'repositories');
  const directory = join(repositories, name);
  if (await exists(join(directory, 'Packages'))) return directory;
  const image = await ensureImage(base, recipe.onProgress);
  return withLock(`repository-${name}`, async () => {
    if (await exists(join(directory, 'Packages'))) return directory;
    recipe.onProgress?.(`Packages for ${recipe.release} wanted: ${packages.join(' ')}`);
    const building = join(repositories, `.building-${name}`);
    await rm(building, { recursive: true, force: true });
    await fetchPackages({ building, image, release: recipe.release, packages });
    await rename(join(building, 'cache/archives'), directory);
    await rm(building, { recursive: true });
    recipe.onProgress?.(`Packages for ${recipe.release} fetched`);
    return directory;
  });
}

// apt of this machine, but with the image's package database and its own lists: it sees what a host would miss.
async function fetchPackages(options: {
  building: string;
  image: string;
  release: Release;
  packages: readonly string[];
}): Promise<void> {
  const { building, image, release, packages } = options;
  const archives = join(building, 'cache/archives');
  await mkdir(join(archives, 'partial'), { recursive: true });
  await mkdir(join(building, 'lists/partial'), { recursive: true });
  const sources = join(building, 'sources.list');
  await writeFile(sources, `${debianLines(await machineSources(), release).join('\n')}\n`);
  const settings = [
    `Dir::State::status=${join(image, 'var/lib/dpkg/status')}`,
    `Dir::State::lists=${join(building, 'lists')}`,
    `Dir::Cache=${join(building, 'cache')}`,
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=-',
    'APT::Sandbox::User=root',
    'Debug::NoLocking=true',
    ...(await aptOptions()).map((line) => line.replace(/ "(.*)";$/, '=$1')),
  ].flatMap((setting) => ['-o', setting]);
  const apt = async (...args: string[]) => {
    const result = await execa('apt-get', [...settings, '--quiet', ...args], {
      env: { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
      reject: false,
    });
    if (result.exitCode !== 0) {
      throw new UserError(`packages for ${release} were not fetched: ${result.stderr.trim()}`, {
        exitCode: EXIT.error,
        hints: ['check that apt-get update works on this machine'],
      });
    }
  };
  await apt('update');
  await apt('install', '--yes', '--download-only', ...packages);
  for (const name of ['partial', 'lock']) await rm(join(archives, name), { recursive: true, force: true });
  const index = await execa('apt-ftparchive', ['packages', '.'], { cwd: archives, stripFinalNewline: false });
  await writeFile(join(archives, 'Packages'), index.stdout);
  const summary = await execa('apt-ftparchive', ['release', '.'], {
    cwd: archives,
    stripFinalNewline: false,
  });
  await writeFile(join(archives, 'Release'), summary.stdout);
}

export interface PackageOffer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves a repository to one host on its link, and makes it that host's package source (sources.list.d/lab.list).
 * Closed by close() or with this process.
 */
export async function offerPackages(host: Host, repository: string): Promise<PackageOffer> {
  const files = new Set(await readdir(repository));
  const server = createServer((request, response) => {
    const name = basename(decodeURIComponent((request.url ?? '').split('?')[0] ?? ''));
    if (!files.has(name)) {
      response.writeHead(404).end();
      return;
    }
    createReadStream(join(repository, name))
      .on('error', () => response.destroy())
      .pipe(response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host.operatorAddress, resolve);
  });
  server.unref();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the repository has no port');
  const url = `http://${host.operatorAddress}:${address.port}`;
  await host.writeFile('/etc/apt/sources.list.d/lab.list', `deb [trusted=yes] ${url}/ ./\n`, '0644');
  const updated = await host.console('apt-get -q update');
  if (updated.code !== 0)
    throw new Error(`${host.name}: the lab's packages cannot be read: ${updated.stderr}`);
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
