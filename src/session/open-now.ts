import { EXIT, TargetError } from '../model/errors.ts';
import { knownValue } from '../model/outcome.ts';
import type { Survey } from '../model/session.ts';
import { sanitizeLine } from '../text/sanitize.ts';

type Open = {
  readonly id: string;
  readonly state: string;
  readonly operator: string;
  readonly begun: number;
};

/**
 * The transaction that is open on the host, if any: what is seen there is what it made, and may be gone in a moment. One
 * that never got further than its checkpoint changed nothing; the engine clears it away itself.
 */
export function openNow(survey: Survey): Open | undefined {
  return knownValue(survey.context.readings.ownState)?.open.find((one) => one.state !== 'PREPARED');
}

/** What a reader of a result must know first. */
export function openLine(open: Open): string {
  const { id, state, operator } = open;
  return sanitizeLine(
    `! Transaction ${id} of ${operator} is open (${state}): what is seen now may be taken back in a moment.`,
    300,
  );
}

/** A host under an open transaction shows what that one made of it, so nothing new may rest on what is seen. */
export function refuseWhileOpen(target: string, survey: Survey): void {
  const open = openNow(survey);
  if (open === undefined) return;
  throw new TargetError(`transaction ${open.id} is still open on this host`, {
    exitCode: EXIT.locked,
    evidence: [`${open.state}, begun by ${open.operator} at ${new Date(open.begun * 1000).toISOString()}`],
    hints: [
      `portcullis status ${target} says how long the host still waits`,
      `keep it: portcullis confirm ${target}; take it back: portcullis rollback ${target} --yes`,
    ],
  });
}
