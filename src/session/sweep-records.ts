// Open records that killed runs left. Rules: only of the very host that has just been asked, and only of transactions that it
// said it does not hold; never one whose process still runs, never one that is younger than the question; what cannot be
// read, or was not written by us, stays. Nothing of this is loaded or read twice: it is on the way of every look.
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export async function sweepRecords(
  stateDir: string,
  host: {
    readonly hostKey: string;
    /** Ids that the host holds open. */
    readonly open: readonly string[];
    /** When it was asked, milliseconds since the epoch. */
    readonly asked: number;
  },
): Promise<void> {
  const folder = join(stateDir, 'open');
  // No folder: nothing was ever begun from here.
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const id = /^(\d{8}-\d{6}-[0-9a-f]{8})\.json$/.exec(name)?.[1];
    if (id === undefined || host.open.includes(id)) continue;
    const path = join(folder, name);
    const record = await recordIn(path);
    if (record === undefined || record.hostKey !== host.hostKey) continue;
    if (record.written >= host.asked || runs(record.pid)) continue;
    await rm(path, { force: true });
  }
}

async function recordIn(path: string) {
  try {
    const { hostKey, pid } = Object(JSON.parse(await readFile(path, 'utf8'))) as Record<string, unknown>;
    if (typeof hostKey !== 'string' || hostKey === '' || !Number.isInteger(pid)) return undefined;
    return { hostKey, pid: pid as number, written: (await stat(path)).mtimeMs };
  } catch {
    return undefined;
  }
}

/** Only "no such process" is one that is gone: another user's process cannot be asked, and lives. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
