// What the rehearsal ran into would stop the change itself: the operator's way closed to real packets, the engine's own refusals,
// and a checker that accepts the tree as it is but not as it would be.

import type { Context } from '../../model/context.ts';
import type { Refusal } from '../../model/plan.ts';
import type { Candidate } from '../candidate.ts';
import { operatorOf } from '../operator.ts';
import type { CarriedStage, CheckerRun } from '../rehearse.ts';

type Seen = Extract<Candidate, { kind: 'seen' }>;

/** The operator's way, closed to real packets. */
export function packetRefusals(seen: Seen, context: Context): readonly Refusal[] {
  return seen.carried.flatMap((stage) => closedWay(stage, seen, context));
}

/** The engine's own refusals, and checkers that refuse the result alone. */
export function rehearsalRefusals(seen: Seen): readonly Refusal[] {
  return seen.carried.flatMap(stageRefusals);
}

/** The operator's next login: a new connection from his address to a port that sshd then has. */
function closedWay(stage: CarriedStage, seen: Seen, context: Context): readonly Refusal[] {
  const mine = stage.packets.filter((packet) => packet.from === 'operator');
  const operator = operatorOf(context);
  if (operator === undefined || mine.length === 0) return [];
  const general = seen.stages.find(
    ({ step, phase }) => step === stage.step && phase === stage.phase,
  )?.general;
  const ports = [operator.serverPort, ...(general?.port ?? []).map(Number)];
  if (mine.some(({ port, after }) => after && ports.includes(port))) return [];
  return [
    {
      guard: 'guard.packets',
      message: `with these rules a new connection from ${operator.address} to port ${operator.serverPort} does not come about: tried with real packets`,
      remedy: 'let your own address in, or whoever else comes to that port',
    },
  ];
}

function stageRefusals({ stopped, checkers }: CarriedStage): readonly Refusal[] {
  return [
    ...(stopped?.kind === 'refused'
      ? [
          {
            guard: 'guard.rehearsal',
            message: `the host would refuse to begin: ${stopped.why}`,
            remedy: 'put this right on the host, then plan again',
          },
        ]
      : []),
    ...checkers
      .filter(({ result }) => result === 'failed')
      .map(({ name, message }) => ({
        guard: 'guard.checker',
        message: `${name} accepts the files as they are, but not as they would be: ${message}`,
        remedy: 'change the answer that leads to this, or leave the control out',
      })),
    ...checkers.filter(isBrokenToday).map(({ name, message }) => ({
      guard: 'guard.checker',
      message: `${name} does not accept its files as they are today: ${message}`,
      remedy: `put that right on the host by hand ("${name === 'caddy' ? 'caddy validate --config /etc/caddy/Caddyfile' : `${name} -t`}" tells when), then plan again`,
    })),
  ];
}

/**
 * A web server that refuses its own files today would not reload with ours either. What it lacks in the place where it was asked, addresses
 * to bind and names to look up, says nothing about the host.
 */
function isBrokenToday({ name, result, before, message }: CheckerRun): boolean {
  return (
    (name === 'nginx' || name === 'caddy') &&
    result === 'broken' &&
    before === 'refused' &&
    !/bind\(\)|host not found/.test(message)
  );
}
