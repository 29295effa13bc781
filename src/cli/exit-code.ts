import { EXIT, TargetError, UserError } from '../model/errors.ts';

/** Exit code of an error that reached the top. Anything that is not ours to explain is a bug: 1. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UserError || error instanceof TargetError) return error.exitCode;
  return EXIT.error;
}
