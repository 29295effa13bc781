// Rules: whoever administers this host is never banned: his address now is proposed and cannot be dropped by accident; a ban
// that one typing error brings is refused.

import type { AnswerTable } from '../../src/model/answer-table.ts';
import type { Context } from '../../src/model/context.ts';
import type { Question } from '../../src/model/control.ts';
import { knownValue } from '../../src/model/outcome.ts';
import { sourceGrammar } from '../../src/text/grammar.ts';
import { holdsAddress } from '../../src/text/network.ts';
import { jailOf, seconds } from './state.ts';

/** Those who are never banned already, this machine left out, and the operator. */
function neverBannedNow(context: Context): readonly string[] {
  const ignored = jailOf(context, 'sshd')?.ignored ?? [];
  const own = knownValue(context.readings.who)?.clientAddress;
  const others = ignored.filter((one) => !/^(127\.|::1$)/.test(one));
  return [...new Set([...others, ...(own === undefined ? [] : [own])])];
}

const addresses: AnswerTable = {
  columns: [{ title: 'Address', help: 'an address, or a network: 192.0.2.0/24, 2001:db8::/48' }],
  blank: [''],
  read: (entry) => [entry],
  write: ([cell = '']) => {
    const entry = cell.trim();
    const wrong = sourceGrammar(entry);
    if (wrong === undefined) return { entry };
    return { column: 0, problem: `${wrong.what}; allowed: ${wrong.allowed}; ${wrong.fix}` };
  },
  pinned: () => [{ cells: ['127.0.0.0/8 ::1'], why: 'This machine itself is never banned' }],
};

export const neverBan: Question = {
  id: 'fail2ban.never-ban',
  prompt: 'Which addresses are never banned?',
  help: 'Operators, peers and monitoring: addresses or networks. This machine itself is always among them.',
  type: 'list',
  table: addresses,
  risky: false,
  propose: (context) => ({
    value: [...neverBannedNow(context)],
    reason: 'your address now, and those that are exempt already',
  }),
  check: (value, context) => {
    const list = Array.isArray(value) ? value.map(String) : [];
    const wrong = list.flatMap((one) => sourceGrammar(one) ?? [])[0];
    if (wrong !== undefined) return `${wrong.what}; allowed: ${wrong.allowed}; ${wrong.fix}`;
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
