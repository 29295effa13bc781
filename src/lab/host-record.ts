// Record rules: a host exists for this machine from the claim of its number to the end of its reaper. The number
// gives its subnet, link and cgroup, so two processes never share one. A record whose owner and reaper are both gone
// is swept by the next boot; any other record is someone's and is left alone.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { basename, join } from 'node:path';
import { execa, type ResultPromise } from 'execa';
import { labPaths } from './paths.ts';
import { isAlive, processIdentity } from './process-identity.ts';
import reapScript from './reap-host.sh?raw';

export interface HostRecord {
  /** 1–250; unique on this machine while the record exists. */
  readonly number: number;
  readonly directory: string;
  /** Overlay, logs and keys of the host. */
  readonly data: string;
  readonly cgroup: string;
  /** The machine's end of the host's link. */
  readonly link: string;
}

const LAST_NUMBER = 250;
const YOUNG_MILLISECONDS = 60_000;

/** Claims a free number and writes down everything the reaper needs, before anything is made. */
export async function claimRecord(): Promise<HostRecord> {
  const { hostRecords, hostData } = labPaths();
  await mkdir(hostRecords, { recursive: true, mode: 0o700 });
  await mkdir(hostData, { recursive: true, mode: 0o700 });
  await sweepStale();
  const token = randomBytes(4).toString('hex');
  const claim = join(hostRecords, `.claim-${process.pid}-${token}`);
  const tree = await unifiedCgroup();
  const taken = new Set(await readdir(hostRecords));
  for (let number = 1; number <= LAST_NUMBER; number += 1) {
    if (taken.has(String(number))) continue;
    const record: HostRecord = {
      number,
      directory: join(hostRecords, String(number)),
      data: join(hostData, `${number}-${token}`),
      cgroup: join(tree, 'portcullis-lab', String(number)),
      link: `pcl${number}`,
    };
    await mkdir(claim, { recursive: true });
    await writeFile(join(claim, 'owner'), `${await processIdentity(process.pid)}\n`);
    await writeFile(join(claim, 'cgroup'), `${record.cgroup}\n`);
    await writeFile(join(claim, 'data'), `${record.data}\n`);
    await writeFile(join(claim, 'link'), `${record.link}\n`);
    try {
      // A directory is renamed only onto nothing or an empty one: of two claimants one wins.
      await rename(claim, record.directory);
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) continue;
      throw error;
    }
    await mkdir(record.data, { mode: 0o755 });
    await writeFile(join(record.data, 'portcullis-lab-host'), 'disposable\n');
    return record;
  }
  await rm(claim, { recursive: true, force: true });
  throw new Error(`all ${LAST_NUMBER} lab hosts of this machine are in use`);
}

export interface Reaper {
  /** Takes the host away and waits until that is done. Throws with the reaper's words when something stayed. */
  reap(): Promise<void>;
}

/** Starts the process that takes the host away when asked, or when this process ends. */
export async function startReaper(record: HostRecord): Promise<Reaper> {
  const child = runReaper(record.directory, ['wait']);
  // A process that forgets its host ends all the same, and the reaper sees to the rest.
  const words = child.stderr as Socket;
  child.unref();
  words.unref();
  const identity = child.pid === undefined ? undefined : await processIdentity(child.pid);
  if (identity === undefined) throw new Error(`the reaper of lab host ${record.number} did not start`);
  await writeFile(join(record.directory, 'reaper'), `${identity}\n`);
  return {
    async reap() {
      child.ref();
      words.ref();
      child.stdin?.end();
      const result = await child;
      if (result.exitCode !== 0)
        throw new Error(`lab host ${record.number} was not taken away: ${result.stderr}`);
    },
  };
}

function runReaper(directory: string, more: readonly string[]): ResultPromise<ReaperOptions> {
  return execa('sh', ['-c', reapScript, 'reap-host', directory, ...more], REAPER_OPTIONS);
}

const REAPER_OPTIONS = {
  stdin: 'pipe',
  stdout: 'ignore',
  stderr: 'pipe',
  detached: true,
  cleanup: false,
  reject: false,
} as const;
type ReaperOptions = typeof REAPER_OPTIONS;

/** Takes away hosts whose owner and reaper are both gone (a machine that lost power, a killed reaper). */
export async function sweepStale(): Promise<number[]> {
  const { hostRecords, hostData } = labPaths();
  const swept: number[] = [];
  const used = new Set<string>();
  for (const entry of await readdir(hostRecords)) {
    const directory = join(hostRecords, entry);
    if (!/^\d+$/.test(entry)) continue;
    const [owner, reaper, data] = await Promise.all(
      ['owner', 'reaper', 'data'].map((name) => readFile(join(directory, name), 'utf8').catch(() => '')),
    );
    if (data) used.add(basename(data.trim()));
    if (await isAlive(owner ?? '')) continue;
    if (await isAlive(reaper ?? '')) continue;
    const child = runReaper(directory, []);
    child.stdin?.end();
    if ((await child).exitCode === 0) swept.push(Number(entry));
  }
  await dropOrphanedData(hostData, used);
  return swept;
}

// After a reboot of this machine /run is empty and nothing runs or is mounted: only files are left.
async function dropOrphanedData(hostData: string, used: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(hostData)) {
    const directory = join(hostData, entry);
    const age = Date.now() - ((await stat(directory).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (used.has(entry) || age < YOUNG_MILLISECONDS) continue;
    const mounts = await readFile('/proc/self/mounts', 'utf8');
    if (mounts.includes(` ${directory}/`)) continue;
    await rm(directory, { recursive: true, force: true });
  }
}

async function unifiedCgroup(): Promise<string> {
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  const line = mounts.split('\n').find((entry) => entry.split(' ')[2] === 'cgroup2');
  const path = line?.split(' ')[1];
  if (!path) throw new Error('no cgroup2 hierarchy is mounted on this machine');
  return path;
}
