import { TargetError, UserError } from '../model/errors.ts';
import { safeJson } from '../text/json.ts';

/** An error as the last line of a --json run: {"type":"error", …}. */
export function errorJson(error: unknown, exitCode: number): string {
  const known = error instanceof UserError || error instanceof TargetError;
  return safeJson({
    type: 'error',
    message: error instanceof Error ? error.message : String(error),
    where: known ? (error.where ?? null) : null,
    evidence: error instanceof TargetError ? error.evidence : [],
    hints: known ? error.hints : [],
    exitCode,
  });
}
