const LONGEST_DAYS = 730;
const DAY = 86_400_000;

export type LastDay =
  | { readonly ok: true; readonly day: string }
  | { readonly ok: false; readonly problem: string };

const ALLOWED = 'give a day as 2027-05-21, or days from now as 180d (1d to 730d)';

/** "180d" or "2027-05-21" → the last day as "2027-05-21"; `now` in milliseconds since the epoch, days are those of UTC. */
export function lastDay(text: string, now: number): LastDay {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  if (days !== undefined) {
    const fine = Number(days) >= 1 && Number(days) <= LONGEST_DAYS;
    return fine ? { ok: true, day: dayOf(now + Number(days) * DAY) } : { ok: false, problem: ALLOWED };
  }
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // The engine takes the 31st of February for the 3rd of March.
  if (Number.isNaN(time) || dayOf(time) !== text) return { ok: false, problem: ALLOWED };
  if (text < dayOf(now)) return { ok: false, problem: `${text} is over already; ${ALLOWED}` };
  if (time > now + LONGEST_DAYS * DAY)
    return { ok: false, problem: `${text} is too far away: nothing is sure for so long; ${ALLOWED}` };
  return { ok: true, day: text };
}

/** The day of UTC, "2026-11-22". */
export function dayOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}
