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
