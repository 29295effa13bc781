// Where sshd would listen: on an address the host has, in the operator's family, on the port he comes by until a login on the new
// one is proved, and never on a port somebody else holds.
import type { Listener } from '../../facts/network-values.ts';
import type { Refusal } from '../../model/plan.ts';
import { valuesIn } from '../../resources/sshd.ts';
import type { CandidateStage } from '../candidate.ts';
import { type Guard, type GuardInput, mine, shown } from './guard.ts';

type Listen = { readonly address: string; readonly port: number };

function listensOf(stage: CandidateStage): readonly Listen[] {
  return (valuesIn(stage.general, 'listenaddress') ?? []).flatMap((text) => {
    const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)/.exec(text);
    return match === null ? [] : [{ address: match[1] ?? match[2] ?? '', port: Number(match[3]) }];
  });
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::' || address === '*';
}

/** With ssh.socket systemd listens, and sshd's own addresses and family say nothing. */
function bySocket(input: GuardInput): boolean {
  const { sshd } = input.context.readings;
  return sshd.kind === 'known' && sshd.value.socket.active;
}

export const addressGuard: Guard = {
  id: 'guard.address',
  refuse(input) {
    if (bySocket(input)) return [];
    const listens = listensOf(input.stage);
    const { addresses, operator } = input;
    const absent = listens.filter(
      ({ address }) =>
        addresses !== null && !isWildcard(address) && !addresses.includes(address.split('%')[0] ?? ''),
    );
    const problems: Refusal[] = [...new Set(absent.map(({ address }) => address))].map((address) => ({
      guard: 'guard.address',
      message: `ListenAddress ${shown(address)} is not an address of this host, so nothing would listen there`,
      remedy: `take it out, or use one of ${(addresses ?? []).map(shown).join(', ')}`,
    }));
    if (operator === undefined || problems.length > 0 || familyClosed(input)) return problems;
    const reached = listens.some(
      ({ address }) =>
        address === operator.serverAddress ||
        (isWildcard(address) && (address === '*' || address.includes(':') === (operator.family === 'ipv6'))),
    );
    if (reached) return [];
    return [
      {
        guard: 'guard.address',
        message: `you reach this host at ${shown(operator.serverAddress)}, where sshd would no longer listen`,
        remedy: 'keep a ListenAddress that covers it',
      },
    ];
  },
};

function familyClosed(input: GuardInput): boolean {
  const family = mine(input, 'addressfamily');
  if (bySocket(input)) return false;
  return (
    (family === 'inet6' && input.operator?.family === 'ipv4') ||
    (family === 'inet' && input.operator?.family === 'ipv6')
  );
}

export const familyGuard: Guard = {
  id: 'guard.family',
  refuse(input) {
    const { operator } = input;
    if (operator === undefined || !familyClosed(input)) return [];
    const word = operator.family === 'ipv4' ? 'IPv4' : 'IPv6';
    return [
      {
        guard: 'guard.family',
        message: `you are connected over ${word}, and AddressFamily ${shown(mine(input, 'addressfamily'))} closes it`,
        remedy: 'answer "any", or connect over the other family and plan again',
      },
    ];
  },
};

export const portGuard: Guard = {
  id: 'guard.port',
  refuse(input) {
    const ports = portsAfter(input, input.stage);
    const { operator } = input;
    const refusals: Refusal[] = [];
    for (const port of ports) {
      const holder = holderOf(input, port);
      if (holder !== undefined) {
        refusals.push({
          guard: 'guard.port',
          message: `port ${port} is in use by ${shown(holder)}`,
          remedy: 'choose a port that nothing listens on',
        });
      }
    }
    if (operator === undefined || ports.includes(operator.serverPort)) return refusals;
    // It closed before, and was judged there.
    if (input.previous !== undefined && !portsAfter(input, input.previous).includes(operator.serverPort))
      return refusals;
    const open = ports.filter((port) => openBefore(input, port));
    if (open.some((port) => provedHere(input, port, operator.user))) return refusals;
    return [
      ...refusals,
      {
        guard: 'guard.port',
        message: `you come by port ${operator.serverPort}, which would close before a login on ${
          ports.length === 0 ? 'another port' : `port ${ports.join(' or ')}`
        } is proved`,
        remedy: `keep port ${operator.serverPort} open beside the new one first; it is closed after the proof`,
      },
    ];
  },
};

/** The stage before opened it; or, where this is the first and only takes away, sshd is seen listening there today. */
function openBefore(input: GuardInput, port: number): boolean {
  if (input.previous !== undefined) return portsAfter(input, input.previous).includes(port);
  if (input.stage.phase !== 'contract') return false;
  return socketListens(input, port) || holdersOf(input, port).some(isSshd);
}

/** A fresh login of the operator's on the port decides about this stage. */
function provedHere(input: GuardInput, port: number, user: string): boolean {
  return input.proofs.some(
    ({ check, expect, phase }) =>
      check.kind === 'login' &&
      expect === 'works' &&
      (phase ?? input.stage.phase) === input.stage.phase &&
      check.port === port &&
      check.user === user,
  );
}

/** Ports on which logins are taken after a stage: the socket's, where it has the listener, else sshd's own. */
function portsAfter(input: GuardInput, stage: CandidateStage): readonly number[] {
  const { sshd } = input.context.readings;
  if (sshd.kind === 'known' && sshd.value.socket.active) {
    const drop = input.changes
      .filter((change) => change.address.includes('.socket.d/') && change.action !== 'none')
      .filter((change) => change.phase === 'expand' || stage.phase === 'contract')
      .at(-1)?.after;
    const listens =
      typeof drop === 'string'
        ? [...drop.matchAll(/^ListenStream=(.+)$/gm)].map((match) => match[1] ?? '')
        : sshd.value.socket.listen;
    return [...new Set(listens.map((address) => Number(address.replace(/^.*:/, ''))))];
  }
  return [...new Set(listensOf(stage).map((listen) => listen.port))];
}

/** systemd itself holds the ports of ssh.socket. */
function socketListens(input: GuardInput, port: number): boolean {
  const { sshd } = input.context.readings;
  if (sshd.kind !== 'known' || !sshd.value.socket.active) return false;
  return sshd.value.socket.listen.some((address) => Number(address.replace(/^.*:/, '')) === port);
}

function isSshd(holder: Listener): boolean {
  return /^sshd/.test(holder.process) || /^sshd?(@.*)?\.(service|socket)$/.test(holder.unit);
}

function holdersOf(input: GuardInput, port: number): readonly Listener[] {
  const { listeners } = input.context.readings;
  if (listeners.kind !== 'known') return [];
  return listeners.value.filter((one) => one.protocol === 'tcp' && one.port === port);
}

function holderOf(input: GuardInput, port: number): string | undefined {
  const holders = holdersOf(input, port);
  if (holders.some(isSshd) || input.operator?.serverPort === port || socketListens(input, port))
    return undefined;
  const other = holders[0];
  return other === undefined ? undefined : other.process || other.unit || 'another process';
}
