// What a lockdown rests on: who we are to the host, which ports sshd has, whether it is locked already. Rules: without an
// address of our own nothing is begun; an open session has looked already, and what it saw over the same login counts.
import ipaddr from 'ipaddr.js';
import { type Asking, gatherSome } from '../facts/gather.ts';
import { FACTS, type Readings } from '../facts/index.ts';
import type { LockdownFact } from '../facts/lockdown-record.ts';
import { sshDoors } from '../facts/ssh-doors.ts';
import { sshPorts } from '../facts/ssh-ports.ts';
import { EXIT, TargetError, UserError } from '../model/errors.ts';
import type { LockdownRecord } from '../model/lockdown.ts';
import { knownValue, type Reading } from '../model/outcome.ts';
import type { LockdownRequest } from '../model/session.ts';
import type { Transport } from '../model/target.ts';
import type { SessionState } from './session.ts';

/** Facts, and the ports that sshd has beside those it listens on. */
export type Look = Pick<Readings, 'who' | 'listeners' | 'lockdown'> & { readonly doors: readonly number[] };

const { who, listeners, lockdown } = FACTS;
export const lockdownFacts = { who, listeners, lockdown, doors: sshDoors };

/** One exchange; none where it went along with the login. */
export async function lookFresh(transport: Transport, asked?: Asking): Promise<Look> {
  const { doors, ...look } = await gatherSome(transport, lockdownFacts, asked);
  return { ...look, doors: knownValue(doors) ?? [] };
}

/** What discovering saw over this very login, with the host's clock moved on; undefined when that was another one. */
export function lookAlready({ survey, surveyed }: SessionState, transport: Transport): Look | undefined {
  if (survey === undefined || surveyed?.over !== transport) return undefined;
  const { who, listeners, sshd, lockdown } = survey.context.readings;
  const listening = knownValue(sshd);
  const known = knownValue(lockdown);
  if (listening === undefined || known === undefined) return undefined;
  const clock = known.clock + Math.round((performance.now() - surveyed.at) / 1000);
  return {
    ...{ who, listeners, lockdown: { kind: 'known', value: { ...known, clock } } },
    doors: [...sshPorts({ listeners, sshd }), ...(listening.effective.port ?? []).map(Number)],
  };
}

/** Who may still come, and to which ports. Throws UserError or TargetError (exit 5) when nothing may be begun. */
export function recordOf(
  target: string,
  look: Look,
  request: LockdownRequest,
): Omit<LockdownRecord, 'transaction' | 'operator'> {
  const now = told(look.lockdown, 'whether this host is locked down already');
  if (now.record !== null) {
    throw new UserError('this host is locked down already', {
      where: now.record.transaction,
      exitCode: EXIT.refused,
      hints: [`portcullis status ${target} shows it`, `portcullis unlock ${target} --yes ends it`],
    });
  }
  if (!now.nft) {
    throw new TargetError('this host has no nft, and a lockdown waits for no package', {
      exitCode: EXIT.refused,
      hints: [
        'close the ports in the firewall in front of it (your provider has one), for all but your own address',
        'before the next time: apt-get install nftables',
      ],
    });
  }
  const who = knownValue(look.who);
  const own = who?.clientAddress.replace(/%.*$/, '') ?? '';
  if (who === undefined || !ipaddr.isValid(own)) {
    throw new TargetError('which address you come from cannot be told, so you could be locked out', {
      exitCode: EXIT.refused,
      evidence: look.who.kind === 'unknown' ? [look.who.reason] : [],
      hints: ['log in over ssh from the machine you administer from'],
    });
  }
  const listening = sshPorts({ listeners: look.listeners, sshd: { kind: 'absent' } });
  const ports = [who.serverPort, ...listening, ...look.doors].filter(
    (port) => Number.isInteger(port) && port > 0 && port < 65_536,
  );
  return {
    level: request.level,
    reason: request.reason,
    since: now.clock,
    until: request.ttl === undefined ? null : now.clock + request.ttl,
    allow: [...new Set([ipaddr.process(own).toString(), ...request.allow])],
    ports: [...new Set(ports)].sort((a, b) => a - b),
  };
}

/** The reading's value. Throws TargetError (exit 5) with the reason when it could not be told. */
export function told(reading: Reading<LockdownFact>, what: string): LockdownFact {
  if (reading.kind === 'known') return reading.value;
  const evidence = reading.kind === 'unknown' ? [reading.reason] : [];
  throw new TargetError(`${what} cannot be told`, { exitCode: EXIT.refused, evidence });
}
