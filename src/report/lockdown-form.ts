// What a lockdown asks, for every view alike: the grammar of each answer, and what the last look says about it. Rules: the
// operator's own address is never asked for and never left out; a reason is needed; what is wrong is told with what helps.
import type { Context } from '../model/context.ts';
import type { LockdownRecord } from '../model/lockdown.ts';
import { knownValue } from '../model/outcome.ts';
import { sourceGrammar } from '../text/grammar.ts';
import { holdsAddress } from '../text/network.ts';
import { isReason } from '../text/reason.ts';
import { ttlSeconds } from '../text/ttl.ts';

/** As it was typed. */
export type LockdownAnswers = { readonly others: string; readonly ttl: string; readonly reason: string };

/** Answers that may be taken, or what is wrong with the first one that may not. */
export type LockdownRead =
  | {
      readonly ok: true;
      readonly allow: readonly string[];
      readonly ttl: number | undefined;
      readonly reason: string;
    }
  | { readonly ok: false; readonly at: keyof LockdownAnswers; readonly problem: string };

export const LOCKDOWN_WORD = 'lockdown';
export const UNLOCK_WORD = 'unlock';

export function readLockdown(typed: LockdownAnswers): LockdownRead {
  const allow = typed.others.split(/[\s,]+/).filter((one) => one !== '');
  for (const source of allow) {
    const fault = sourceGrammar(source);
    if (fault === undefined) continue;
    const fix = source.endsWith('/0') ? 'that would lock nobody out' : fault.fix;
    return { ok: false, at: 'others', problem: `${fault.what}: ${fix}` };
  }
  const ttl = typed.ttl.trim() === '' ? undefined : ttlSeconds(typed.ttl.trim());
  if (typed.ttl.trim() !== '' && ttl === undefined)
    return {
      ok: false,
      at: 'ttl',
      problem: 'a time is 1m to 365d, e.g. 30m, 2h or 7d; nothing: until you unlock',
    };
  const reason = typed.reason.trim();
  if (!isReason(reason))
    return {
      ok: false,
      at: 'reason',
      problem: 'a reason is needed: one line, kept on the host for whoever asks why',
    };
  return { ok: true, allow, ttl, reason };
}

/** What the last look says: who we are to the host, who else is logged in, whether it can be done at all. */
export type LockdownSight = {
  readonly own: string | undefined;
  /** Why nothing can be begun. */
  readonly cannot: string | undefined;
  readonly jump: boolean;
  /** Sessions of others: "ana from 203.0.113.9". */
  readonly strangers: (allow: readonly string[]) => readonly string[];
};

export function lockdownSight({ readings, connection }: Context): LockdownSight {
  const own = knownValue(readings.who)?.clientAddress.replace(/%.*$/, '');
  const nft = knownValue(readings.lockdown)?.nft;
  return {
    own,
    cannot:
      own === undefined
        ? 'the host cannot tell which address you come from: log in over ssh from the machine you administer from'
        : nft === false
          ? 'this host has no nft: close its ports in the firewall in front of it; before the next time, install nftables'
          : undefined,
    jump: connection.viaProxy,
    strangers: (allow) =>
      (knownValue(readings.sessions) ?? [])
        .filter(({ from }) => from !== '' && ![own ?? '', ...allow].some((one) => holdsAddress(one, from)))
        .map(({ user, from }) => `${user} from ${from}`),
  };
}

/** What to type on the console when this program is not there. */
export function consoleUnlock({ transaction }: Pick<LockdownRecord, 'transaction'>): string {
  return `sh /var/lib/portcullis/engine undo ${transaction}`;
}
