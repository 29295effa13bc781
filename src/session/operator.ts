import { hostname, userInfo } from 'node:os';
import type { Connection } from '../model/target.ts';
import { sanitizeLine } from '../text/sanitize.ts';

/** Who is at the keyboard, for the host's journal: "ana on laptop (as root)". */
export function operatorName(connection: Connection): string {
  return sanitizeLine(`${localOperator()} as ${connection.user || 'root'}`, 120);
}

/** Who is at the keyboard, wherever they log in: "ana@laptop". */
export function localOperator(): string {
  return sanitizeLine(`${localUser()}@${hostname()}`, 80);
}

function localUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without a name, as in some containers.
    return String(process.getuid?.() ?? 'unknown');
  }
}
