// A private directory for one session: log files, pins, the askpass program and its socket. Rules: 0700 from birth, short
// enough for a socket path, removed at the end.
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Room a unix socket path has (sun_path), less the longest name we put inside. */
const LONGEST = 104 - '/askpass.sock'.length;

export type RuntimeDirectory = { readonly path: string; remove(): Promise<void> };

/** Under XDG_RUNTIME_DIR when that is ours and short, else under the temporary directory. */
export async function makeRuntimeDirectory(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<RuntimeDirectory> {
  for (const base of [environment.XDG_RUNTIME_DIR, tmpdir(), '/tmp']) {
    if (!base || base.length + '/portcullis-XXXXXX'.length > LONGEST) continue;
    if (base === environment.XDG_RUNTIME_DIR && !(await isOurs(base))) continue;
    const path = await mkdtemp(join(base, 'portcullis-'));
    await chmod(path, 0o700);
    return { path, remove: () => rm(path, { recursive: true, force: true }) };
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
