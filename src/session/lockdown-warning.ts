import type { Readings } from '../facts/index.ts';
import { portsText } from '../model/lockdown.ts';
import { knownValue } from '../model/outcome.ts';
import { utc } from '../text/utc.ts';

/** One line for whoever is about to change a locked host; undefined when there is nothing to warn of. */
export function lockdownWarning({ lockdown }: Pick<Readings, 'lockdown'>): string | undefined {
  if (lockdown.kind === 'unknown')
    return `Whether this host is locked down cannot be told: ${lockdown.reason}`;
  const fact = knownValue(lockdown);
  if (fact?.record == null) return undefined;
  const { level, since, ports } = fact.record;
  const enforced = fact.loaded ? '' : ' (but the kernel does not have its rules: it is NOT in force)';
  return `LOCKDOWN: this host is locked down (${level}) since ${utc(since)} UTC${enforced}. It guards ${portsText(ports)} only: if sshd moves, unlock and lock again.`;
}
