// Headless runs of a sudo user need his password without argv and without the environment: the first line of a file that
// is private to the caller. Rules: refused when others can read it; the bytes become a Secret at once.
import { open } from 'node:fs/promises';
import { UserError } from '../model/errors.ts';
import type { Ask } from '../model/session.ts';
import { Secret } from '../text/secret.ts';

const LIMIT = 4096;
const NEWLINE = 10;

/** Answers sudo's question from the file; everything else is asked as before. */
export async function askWithPasswordFile(path: string, otherwise: Ask): Promise<Ask> {
  const password = await readPassword(path);
  return (question) =>
    question.kind === 'sudo-password'
      ? Promise.resolve({ kind: 'secret', secret: password })
      : otherwise(question);
}

async function readPassword(path: string): Promise<Secret> {
  const where = `--sudo-password-file ${path}`;
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`cannot be read: ${error.code ?? 'error'}`, {
      where,
      hints: ['name a file that holds the password on its first line'],
      cause: error,
    });
  });
  try {
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0) {
      throw new UserError('others can read this file', { where, hints: [`chmod 600 ${path}`] });
    }
    const buffer = Buffer.alloc(LIMIT);
    const { bytesRead } = await file.read(buffer, 0, LIMIT);
    const end = buffer.subarray(0, bytesRead).indexOf(NEWLINE);
    const password = new Secret(buffer.subarray(0, end === -1 ? bytesRead : end));
    buffer.fill(0);
    if (password.length === 0) throw new UserError('its first line is empty', { where });
    return password;
  } finally {
    await file.close();
  }
}
