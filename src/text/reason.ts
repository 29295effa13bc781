import { sanitizeLine } from './sanitize.ts';

/** One line of 1 to `limit` visible characters: a reason or a name that is recorded. */
export function isReason(text: string, limit = 200): boolean {
  return text.trim() !== '' && text.length <= limit && sanitizeLine(text) === text;
}
