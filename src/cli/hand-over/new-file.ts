// A file that was not there before, whole or not at all, for its owner alone. Rules: nothing is ever overwritten, also not what comes
// between two looks; on the disk before anybody is told of it.
import { link, lstat, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../../model/errors.ts';
import { sanitizeLine } from '../../text/sanitize.ts';

/** What file systems of sticks and cards say to a link. */
const LINKLESS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Throws UserError when a file of that name is there, or cannot be made. */
export async function mayBeWritten(path: string): Promise<void> {
  const there = await lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw unwritable(path, error);
    },
  );
  if (there) throw taken(path);
  // Whether root may write somewhere only a try tells.
  await open(asideOf(path), 'wx', 0o600)
    .then((file) => file.close())
    .catch((error) => {
      throw unwritable(path, error);
    });
  await rm(asideOf(path));
}

/** Throws UserError; then nothing is there that was not before. */
export async function writeNewPrivate(path: string, bytes: Uint8Array): Promise<void> {
  const aside = asideOf(path);
  try {
    await writeWhole(aside, bytes);
    // Unlike a rename it fails where the name is taken.
    await link(aside, path).catch(async (error: NodeJS.ErrnoException) => {
      if (!LINKLESS.has(error.code ?? '')) throw error;
      await writeWhole(path, bytes);
    });
    const folder = await open(dirname(path), 'r');
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    throw cause.code === 'EEXIST' ? taken(path) : unwritable(path, cause);
  } finally {
    await rm(aside, { force: true });
  }
}

/** On the disk, or not there: half of it is taken away again. Fails where the name is taken. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

function asideOf(path: string): string {
  return `${path}.${process.pid}.new`;
}

function taken(path: string): UserError {
  return new UserError('a file of that name is there, and nothing is overwritten', {
    where: `--output ${sanitizeLine(path)}`,
    hints: ['name one that is not there yet'],
  });
}

function unwritable(path: string, cause: NodeJS.ErrnoException): UserError {
  return new UserError(`the file cannot be written: ${cause.code ?? 'error'}`, {
    where: `--output ${sanitizeLine(path)}`,
    hints: ['name a file in a folder of this machine that you can write to'],
    cause,
  });
}
