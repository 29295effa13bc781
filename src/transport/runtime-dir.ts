// A private directory for one session: log files, pins, the askpass program and its socket. Rules: 0700 from birth, short
// enough for a socket path, removed at the end; what a killed session left is removed by the next one of the same person, and
// only what is surely theirs and surely dead: a directory of ours that nobody else can write to, in a place where nobody else can
// rename it, whose socket nobody listens on.
import { chmod, lstat, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Room a unix socket path has (sun_path), less the longest name we put inside. */
const LONGEST = 104 - '/askpass.sock'.length;
const PREFIX = 'portcullis-run-';
/** Milliseconds in which a session has long opened its socket. */
const YOUNG = 60_000;

export type RuntimeDirectory = { readonly path: string; remove(): Promise<void> };

/** Under XDG_RUNTIME_DIR when that is ours and short, else under the temporary directory. */
export async function makeRuntimeDirectory(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<RuntimeDirectory> {
  for (const base of [environment.XDG_RUNTIME_DIR, tmpdir(), '/tmp']) {
    if (!base || base.length + `/${PREFIX}XXXXXX`.length > LONGEST) continue;
    if (base === environment.XDG_RUNTIME_DIR && !(await isOurs(base))) continue;
    const path = await mkdtemp(join(base, PREFIX));
    await chmod(path, 0o700);
    // Beside the login, which takes longer.
    const swept = sweep(base, path);
    return {
      path,
      remove: async () => {
        await swept;
        await rm(path, { recursive: true, force: true });
      },
    };
  }
  throw new Error('no directory for private files');
}

async function isOurs(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    return found.isDirectory() && found.uid === process.getuid?.();
  } catch {
    return false;
  }
}

/** Never rejects: what cannot be removed now is left for the next session. */
async function sweep(base: string, own: string): Promise<void> {
  try {
    const place = await stat(base);
    // Where others may rename what is ours, a path means nothing from one moment to the next.
    if ((place.mode & 0o022) !== 0 && (place.mode & 0o1000) === 0) return;
    for (const name of await readdir(base)) {
      const path = join(base, name);
      if (!name.startsWith(PREFIX) || path === own || !(await isDead(path))) continue;
      await rm(path, { recursive: true, force: true });
    }
  } catch {
    // Somebody else sweeps the same, or the place cannot be read.
  }
}

async function isDead(path: string): Promise<boolean> {
  const found = await lstat(path);
  const ours = found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
  return ours && Date.now() - found.mtimeMs > YOUNG && (await nobodyListens(join(path, 'askpass.sock')));
}

/** A listener is alive wherever it runs, in another container too, where its process id would say nothing. */
function nobodyListens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNREFUSED' || error.code === 'ENOENT'),
    );
  });
}
