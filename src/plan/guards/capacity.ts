// Bounds below which sshd locks people out by itself: sessions, waiting logins, time and tries to log in, penalties by source.
import type { Refusal } from '../../model/plan.ts';
import { matchesHosts } from '../../resources/login-pattern.ts';
import { type Guard, type GuardInput, mine, shown } from './guard.ts';

const ID = 'guard.capacity';
/** Least that still lets a person in, with the reason. */
const LEAST_LOGIN_SECONDS = 10;
const LEAST_WAITING = 3;
const WORST_PENALTY_SECONDS = 60;

export const capacityGuard: Guard = {
  id: ID,
  refuse: (input) => [
    ...sessions(input),
    ...startups(input),
    ...graceTime(input),
    ...tries(input),
    ...bySource(input),
  ],
};

function sessions(input: GuardInput): readonly Refusal[] {
  const value = mine(input, 'maxsessions');
  if (value === '' || Number(value) >= 2) return [];
  const what =
    value === '0' ? 'no login would get a shell' : 'file transfer and shared connections would stop working';
  return [refusal(`MaxSessions ${shown(value)}: ${what}`, 'answer 2 or more; 10 is usual')];
}

function startups(input: GuardInput): readonly Refusal[] {
  const value = mine(input, 'maxstartups');
  const [start, , full] = value.split(':').map(Number);
  const least = Math.min(start ?? 0, full ?? start ?? 0);
  if (value === '' || least >= LEAST_WAITING) return [];
  return [
    refusal(
      `MaxStartups ${shown(value)}: ${least} connection${least === 1 ? '' : 's'} of a stranger that only wait${least === 1 ? 's' : ''} would keep everybody out`,
      'use 10:30:60',
    ),
  ];
}

function graceTime(input: GuardInput): readonly Refusal[] {
  const value = mine(input, 'logingracetime');
  const seconds = Number(value);
  if (value === '' || seconds >= LEAST_LOGIN_SECONDS) return [];
  return [
    seconds === 0
      ? refusal('LoginGraceTime 0: connections that never log in would stay for ever and fill sshd', 'use 60')
      : refusal(
          `LoginGraceTime ${seconds}: nobody can log in within ${seconds} s`,
          'use 60; 30 is the least on slow links',
        ),
  ];
}

function tries(input: GuardInput): readonly Refusal[] {
  const value = mine(input, 'maxauthtries');
  if (value === '' || Number(value) >= 2) return [];
  return [refusal(`MaxAuthTries ${shown(value)}: a client that offers a second key is thrown out`, 'use 4')];
}

/** PerSourceMaxStartups and PerSourcePenalties, unless the operator's address is exempt. */
function bySource(input: GuardInput): readonly Refusal[] {
  const { operator } = input;
  const exempt = mine(input, 'persourcepenaltyexemptlist');
  if (operator !== undefined && exempt !== '' && exempt !== 'none' && matchesHosts(operator.address, exempt))
    return [];
  const refusals: Refusal[] = [];
  const most = mine(input, 'persourcemaxstartups');
  if (most !== '' && most !== 'none' && Number(most) < 2) {
    refusals.push(
      refusal(
        `PerSourceMaxStartups ${shown(most)}: one waiting login of yours would refuse the next`,
        'use "none"',
      ),
    );
  }
  const penalties = mine(input, 'persourcepenalties');
  for (const [, name = '', text = ''] of penalties.matchAll(/\b(authfail|noauth|min):(\d+(?:\.\d+)?)/g)) {
    if (Number(text) < WORST_PENALTY_SECONDS) continue;
    refusals.push(
      refusal(
        `PerSourcePenalties ${name}:${text}: one slip from ${shown(operator?.address ?? 'an address')} shuts it out for ${Number(text)} s`,
        'leave the defaults, or put the address into PerSourcePenaltyExemptList',
      ),
    );
  }
  return refusals;
}

function refusal(message: string, remedy: string): Refusal {
  return { guard: ID, message, remedy };
}
