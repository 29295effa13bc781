import { linesOf } from './sections.ts';
import type { SshdFact } from './values.ts';

type Login = SshdFact['recentLogins'][number];

const ACCEPTED =
  /^(.*?) \S+ sshd(?:-session)?\[\d+\]: Accepted (\S+) for (.+) from (\S+) port \d+ ssh2(?:: \S+ (SHA256:\S+))?/;
const MONTH_SECONDS = 30 * 86_400;
const MOST = 500;

/**
 * Logins of the last 30 days, newest first, one for each user, method, address and key. `text` is the journal
 * (`-o short-unix`) or a syslog file; `now` is the host's clock in Unix seconds.
 */
export function readLogins(text: string, now: number): readonly Login[] {
  const newest = new Map<string, Login>();
  for (const line of linesOf(text)) {
    const [, stamp = '', method, user, address, fingerprint = null] = ACCEPTED.exec(line) ?? [];
    if (method === undefined || user === undefined || address === undefined) continue;
    const epochSeconds = secondsOf(stamp, now);
    if (epochSeconds === undefined || epochSeconds < now - MONTH_SECONDS) continue;
    const key = JSON.stringify([user, method, address, fingerprint]);
    if ((newest.get(key)?.epochSeconds ?? -1) < epochSeconds) {
      newest.set(key, { user, method, address, fingerprint, epochSeconds });
    }
  }
  return [...newest.values()].sort((a, b) => b.epochSeconds - a.epochSeconds).slice(0, MOST);
}

/** Unix seconds, ISO time, or syslog's "Nov 21 23:00:01" that lacks the year and is taken as UTC. */
function secondsOf(stamp: string, now: number): number | undefined {
  if (/^\d+\.\d+$/.test(stamp)) return Math.floor(Number(stamp));
  const old = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d$/.test(stamp);
  const year = new Date(now * 1000).getUTCFullYear();
  const at = old ? Date.parse(`${stamp} ${year} UTC`) : Date.parse(stamp);
  if (Number.isNaN(at)) return undefined;
  const seconds = Math.floor(at / 1000);
  return old && seconds > now + 86_400 ? Math.floor(Date.parse(`${stamp} ${year - 1} UTC`) / 1000) : seconds;
}
