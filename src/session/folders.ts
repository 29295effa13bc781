// What the operator's side remembers, in XDG folders, 0700: pinned host keys, confirm tokens of open transactions (0600),
// recovery cards, the ledger of runs. Nothing here is needed to undo: the host can do that alone.
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { UserError } from '../model/errors.ts';
import { quote } from '../text/command.ts';

/** The state folder: $XDG_STATE_HOME/portcullis or ~/.local/state/portcullis. Throws UserError when neither is set. */
export function stateFolder(environment: NodeJS.ProcessEnv): string {
  const state = environment.XDG_STATE_HOME;
  if (state !== undefined && isAbsolute(state)) return join(state, 'portcullis');
  const home = environment.HOME ?? homedir();
  if (!isAbsolute(home)) {
    throw new UserError('there is no folder to keep recovery cards and tokens in', {
      where: 'HOME',
      hints: ['set HOME or XDG_STATE_HOME to a folder you can write to'],
    });
  }
  return join(home, '.local', 'state', 'portcullis');
}

/** Where it is kept what the operator attested and waived. */
export function statementFolder(state: string): string {
  return join(state, 'statements');
}

/**
 * Makes a private folder below the state folder and gives its path. Throws UserError when it cannot be made, and when others
 * may write in it or in the state folder: what they put there would be read as ours.
 */
export async function privateFolder(state: string, name: string): Promise<string> {
  const path = join(state, name);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new UserError(`cannot make the folder ${path}`, {
      where: path,
      hints: ['set XDG_STATE_HOME to a folder you can write to'],
      cause: error,
    });
  }
  for (const folder of [state, path]) {
    const mode = (await stat(folder)).mode & 0o7777;
    if ((mode & 0o022) === 0) continue;
    throw new UserError(
      `others may write in the folder that holds tokens and pinned host keys (mode ${mode.toString(8)})`,
      {
        where: folder,
        hints: [`look for what is not yours in it, then: chmod 700 ${quote(folder)}`],
      },
    );
  }
  return path;
}

/** Writes a file 0600 in one piece: never half, never readable by others even for a moment. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
  await rename(temporary, path);
}

/** The text of a file, or undefined when it is not there. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export async function removeIfThere(path: string): Promise<void> {
  await rm(path, { force: true });
}
