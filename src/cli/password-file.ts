// Headless runs need passwords without argv and without the environment: the first line of a file that is private to the
// caller. Rules: refused when others can read it; read anew for each question, because a session wipes what it was given.
import { access } from 'node:fs/promises';
import { UserError } from '../model/errors.ts';
import type { Ask } from '../model/session.ts';
import type { Secret } from '../text/secret.ts';
import { passwordInFile } from '../transport/passwords.ts';
import type { ReachOptions } from './options.ts';

type Files = Pick<ReachOptions, 'sudoPasswordFile' | 'passwordFile' | 'newPasswordFile'>;

/** Answers what a file answers; everything else is asked as before. Rejects with UserError for a file that is wrong. */
export async function askWithPasswordFiles(files: Files, otherwise: Ask): Promise<Ask> {
  const { sudoPasswordFile: sudo, passwordFile: login, newPasswordFile: fresh } = files;
  // What is wrong with a file is told before anything is dialled.
  if (sudo !== undefined) await existing('--sudo-password-file', sudo);
  if (login !== undefined) await existing('--password-file', login);
  return async (question) => {
    if (question.kind === 'sudo-password' && sudo !== undefined)
      return { kind: 'secret', secret: await existing('--sudo-password-file', sudo) };
    if (question.kind === 'password' && login !== undefined)
      return { kind: 'secret', secret: await existing('--password-file', login) };
    if (question.kind === 'new-secret' && question.of === 'password' && fresh !== undefined)
      return { kind: 'secret', secret: await named('--new-password-file', () => passwordInFile(fresh)) };
    return await otherwise(question);
  };
}

async function existing(flag: string, path: string): Promise<Secret> {
  return await named(flag, async () => {
    await access(path).catch((cause: NodeJS.ErrnoException) => {
      throw new UserError(`cannot be read: ${cause.code ?? 'error'}`, {
        where: path,
        hints: ['name a file that holds the password on its first line'],
        cause,
      });
    });
    return await passwordInFile(path);
  });
}

/** The flag is where the person looks. */
async function named(flag: string, read: () => Promise<Secret>): Promise<Secret> {
  return await read().catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message, {
      where: `${flag} ${error.where ?? ''}`.trim(),
      hints: error.hints,
      cause: error,
    });
  });
}
