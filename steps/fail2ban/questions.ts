// Rules: whoever administers this host is never banned: his address now is proposed and cannot be dropped by accident; a ban
// that one typing error brings is refused.

import type { Context } from '../../src/model/context.ts';
import type { Question } from '../../src/model/control.ts';
import { knownValue } from '../../src/model/outcome.ts';
import { addressesIn, addressesProblem, addressTable } from '../../src/resources/address-list.ts';
import { holdsAddress } from '../../src/text/network.ts';
import { jailOf, seconds } from './state.ts';

/** Those who are never banned already, this machine left out, those that the firewall's answers name, and the operator. */
function neverBannedNow(context: Context): readonly string[] {
  const ignored = jailOf(context, 'sshd')?.ignored ?? [];
  const own = knownValue(context.readings.who)?.clientAddress;
  const others = ignored.filter((one) => !/^(127\.|::1$)/.test(one));
  const named = ['firewall.peers', 'firewall.monitoring'].flatMap((id) =>
    addressesIn(context.answers.get(id) ?? context.profile.answers.get(id)),
  );
  return [...new Set([...others, ...named, ...(own === undefined ? [] : [own])])];
}

const OWN = { cells: ['127.0.0.0/8 ::1'], why: 'This machine itself is never banned' };

export const neverBan: Question = {
  id: 'fail2ban.never-ban',
  prompt: 'Which addresses are never banned?',
  help: 'Operators, peers and monitoring: addresses or networks. This machine itself is always among them.',
  type: 'list',
  table: addressTable([OWN]),
  risky: false,
  propose: (context) => ({
    value: [...neverBannedNow(context)],
    reason: 'your address now, those that are exempt already, peers and monitoring',
  }),
  check: (value, context) => {
    const list = addressesIn(value);
    const wrong = addressesProblem(list);
    if (wrong !== undefined) return wrong;
    const own = knownValue(context.readings.who)?.clientAddress;
    return own === undefined || list.some((one) => holdsAddress(one, own))
      ? undefined
      : `your own address ${own} is not among them: a few typing errors would ban you. Add ${own}`;
  },
};

export const maxRetry: Question = {
  id: 'fail2ban.max-retry',
  prompt: 'After how many failed logins is an address banned?',
  help: 'Counted within ten minutes. Three to ten; fewer bans people for typing errors.',
  type: 'number',
  risky: false,
  remembered: true,
  propose: (context) => {
    const now = jailOf(context, 'sshd')?.maxRetry;
    return now !== undefined && now >= 3 && now < 5
      ? { value: now, reason: 'as it is now' }
      : { value: 5, reason: 'five errors in ten minutes are no typing errors any more' };
  },
  check: (value) =>
    Number.isInteger(value) && Number(value) >= 3 && Number(value) <= 10
      ? undefined
      : 'a whole number from 3 to 10 is allowed: one or two would ban people for a typing error',
};

export const banTime: Question = {
  id: 'fail2ban.ban-time',
  prompt: 'How long is the first ban?',
  help: 'A number with m, h, d or w. Who comes back is banned longer each time, up to a week.',
  type: 'text',
  risky: false,
  remembered: true,
  propose: (context) => {
    const now = jailOf(context, 'sshd')?.banTime ?? 0;
    return now > 3600 && now <= 604_800
      ? { value: String(now), reason: 'as it is now: longer than an hour' }
      : { value: '1h', reason: 'long enough to make guessing useless, short enough for an honest error' };
  },
  check: (value) => {
    const length = seconds(String(value));
    return length >= 600 && length <= 604_800
      ? undefined
      : 'from 10m to 1w is allowed, e.g. 1h: a ban for ever fills the kernel and hits whoever gets the address next';
  },
};

export const questions: readonly Question[] = [neverBan, maxRetry, banTime];
