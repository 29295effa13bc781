// Rules: what our rules hold already is proposed again; else what the profile names and web servers that listen. Sources of SSH are
// risky: there is no silent default for who may knock.
import type { Offer } from '../../src/model/answer-table.ts';
import type { Context } from '../../src/model/context.ts';
import type { Question } from '../../src/model/control.ts';
import { knownValue } from '../../src/model/outcome.ts';
import { addressTable } from '../../src/resources/address-list.ts';
import {
  admits,
  entryText,
  intentText,
  networkOf,
  publicPorts,
  sourcesProblem,
  sshPortsWanted,
} from '../../src/resources/firewall-policy.ts';
import { fatesFrom } from '../../src/resources/ufw-fate.ts';
import { USER_RULES } from '../../src/resources/ufw-files.ts';
import { textOf, ufwHostOf } from '../../src/resources/ufw-host.ts';
import { holdsAddress } from '../../src/text/network.ts';
import { publishedOutside } from './docker.ts';
import { monitoring, peers, readIntent } from './groups.ts';
import { firewallOf, ownersBeside, ownNow, SSH } from './policy.ts';
import { openTable } from './table.ts';

const backend: Question = {
  id: 'firewall.backend',
  prompt: 'Who writes the firewall of this host?',
  help: 'portcullis: one nftables table of its own, loaded at boot. ufw: rules among those that ufw has, which stay and come first. none: what filters here today goes on doing so and is only judged; two firewalls at once overwrite each other.',
  type: 'choice',
  choices: (context) => [
    { value: 'portcullis', label: 'portcullis: a table of its own' },
    ...(ufwHostOf(context) === undefined ? [] : [{ value: 'ufw', label: 'ufw: rules among its own' }]),
    { value: 'none', label: 'none: judge what is there, change nothing' },
  ],
  risky: false,
  propose: (context) => {
    const others = ownersBeside(context);
    const own = firewallOf(context)?.own ?? null;
    if (own === null && ufwHostOf(context) !== undefined && others.every((owner) => owner === 'ufw'))
      return { value: 'ufw', reason: others.length > 0 ? 'it filters here already' : 'it is installed' };
    return others.length > 0
      ? { value: 'none', reason: `${others.join(' and ')} filters here already and is not moved unasked` }
      : { value: 'portcullis', reason: 'nobody else filters on this host' };
  },
};

const EVERYONE = ['everyone'];

export const sshFrom: Question = {
  id: 'firewall.ssh-from',
  prompt: 'From where may SSH be reached?',
  help: 'Networks such as 192.0.2.0/24 or 2001:db8::/48, or the word everyone. It must hold the address that this host sees you come from, or the plan is refused; think of a second way in when your address changes.',
  type: 'list',
  table: {
    ...addressTable([], 'everyone'),
    offered: 'Left out',
    offers: (context, entries) => offeredSources(context, entries),
  },
  risky: true,
  when: (context) => backendOf(context) !== 'none',
  propose: (context) => {
    const own = ownNow(context);
    const from = own?.find(({ purpose }) => purpose === SSH)?.from;
    return from === undefined || from === 'everyone'
      ? {
          value: EVERYONE,
          reason: own === undefined ? widely(context) : 'as it is now',
        }
      : { value: from, reason: 'as it is now' };
  },
  check: (value, context) => {
    const sources = Array.isArray(value) ? value.map(String) : [];
    const problem = sourcesProblem(sources);
    if (problem !== undefined || sources[0] === 'everyone') return problem;
    const { who } = context.readings;
    if (who.kind !== 'known') return undefined;
    const { clientAddress: address, serverPort: port } = who.value;
    const intents = [{ port, protocol: 'tcp' as const, from: sources.map(networkOf), purpose: SSH }];
    return admits(intents, { address, port, protocol: 'tcp' })
      ? undefined
      : `this host sees you come from ${address}${context.connection.viaProxy ? ' (your jump host)' : ''}, which is in none of these networks: you would be locked out. Add it, or the network it is in`;
  },
};

/** The operator's own address where it is not among the sources: without it the plan is refused. */
function offeredSources(context: Context, entries: readonly string[]): readonly Offer[] {
  const own = knownValue(context.readings.who)?.clientAddress;
  if (own === undefined || entries.some((one) => one === 'everyone' || holdsAddress(one, own))) return [];
  const via = context.connection.viaProxy ? 'your jump host comes' : 'you come';
  return [
    {
      text: `${via} from ${own}`,
      choices: [{ label: 'let it in', entry: own }],
      leave: 'leave it out: the plan is refused',
    },
  ];
}

/** Addresses change overnight, so nobody's own is proposed alone; it is told, for whoever wants the door narrower. */
function widely({ readings: { who } }: Context): string {
  const here = who.kind === 'known' ? `you come from ${who.value.clientAddress}; ` : '';
  return `keys protect the door; ${here}name networks to make it narrower`;
}

const WEB: readonly number[] = [80, 443];

export const open: Question = {
  id: 'firewall.open',
  prompt: 'What else may be reached from outside?',
  help: 'PORT/tcp or PORT-PORT/udp; behind it, as needed, over ipv4, from NETWORK (or from operators, peers, monitoring), limit 30/minute (new connections of one address), and for WORDS. SSH is not named here. What is not listed is dropped.',
  type: 'list',
  table: openTable(sshFrom),
  risky: false,
  when: (context) => backendOf(context) !== 'none',
  propose: (context) => {
    const own = ownNow(context);
    if (own !== undefined) {
      const now = own.filter(({ purpose }) => purpose !== SSH).map(entryText);
      return { value: [...new Set([...now, ...letByUfw(context)])], reason: 'as it is now' };
    }
    const ssh = sshPortsWanted(context);
    const named = (context.profile.ports ?? [])
      .filter(({ from, port, protocol }) => from !== 'nobody' && !(protocol === 'tcp' && ssh.includes(port)))
      .map(({ port, protocol, from }) =>
        intentText({
          port,
          protocol,
          purpose: '',
          from: from === 'everyone' ? from : (from as readonly string[]),
        }),
      );
    const seen = [...publicPorts(context), ...containerPorts(context)];
    const web = seen
      .filter(({ port, protocol }) => protocol === 'tcp' && WEB.includes(port))
      .map(intentOfPort);
    const value = [...new Set([...named, ...web])];
    const closed = seen.map(intentOfPort).filter((text) => !value.some((one) => one.startsWith(text)));
    const reason =
      value.length === 0 ? 'nothing else is meant for everybody' : 'the profile, and web servers that listen';
    return {
      value,
      reason:
        closed.length === 0 ? reason : `${reason}; listening today and closed then: ${closed.join(', ')}`,
    };
  },
  check: (value, context) => {
    const texts = Array.isArray(value) ? value.map(String) : [];
    const seen = new Set<string>();
    for (const text of texts) {
      const intent = readIntent(text, context);
      if (typeof intent === 'string') return intent;
      const ssh = sshPortsWanted(context).find(
        (port) => intent.protocol === 'tcp' && port >= intent.port && port <= (intent.to ?? intent.port),
      );
      if (ssh !== undefined)
        return `${text}: SSH is on port ${ssh}, and firewall.ssh-from decides who may reach it: name ports without it`;
      if ((intent.limit !== undefined || intent.family !== undefined) && backendOf(context) !== 'portcullis')
        return `${text}: only a table of our own keeps a limit or one family apart: leave it out, or answer firewall.backend with portcullis`;
      const published = containerPorts(context).some(
        (one) =>
          one.protocol === intent.protocol &&
          one.port >= intent.port &&
          one.port <= (intent.to ?? intent.port),
      );
      if (intent.limit !== undefined && published)
        return `${text}: a container publishes it, and what goes to containers is not counted: leave the limit out, or set one in the container`;
      const { family: _family, limit: _limit, ...bare } = intent;
      const key = intentText({ ...bare, from: 'everyone' });
      if (seen.has(key)) return `${key} is named twice: write one entry with all its networks`;
      seen.add(key);
    }
    return undefined;
  },
};

/** Containers' ports that other machines reach today, each once. */
function containerPorts({ readings }: Context): readonly { port: number; protocol: 'tcp' | 'udp' }[] {
  if (readings.docker.kind !== 'known') return [];
  return publishedOutside(readings.docker.value).flatMap(({ port, protocol }) =>
    protocol === 'sctp' ? [] : [{ port, protocol }],
  );
}

/** Containers' ports that ufw lets everybody in to; before containers were ever guarded, their web ports as well. */
function letByUfw(context: Context): readonly string[] {
  const host = ufwHostOf(context);
  const { docker } = context.readings;
  if (host === undefined || !host.ufw.active || docker.kind !== 'known') return [];
  const user = { ipv4: textOf(host, USER_RULES.ipv4), ipv6: textOf(host, USER_RULES.ipv6) };
  return containerPorts(context)
    .filter(
      (one) =>
        (docker.value.guard === null && one.protocol === 'tcp' && WEB.includes(one.port)) ||
        fatesFrom(host, user, one).some(({ fate }) => fate === 'accepted'),
    )
    .map(intentOfPort);
}

const intentOfPort = ({ port, protocol }: { port: number; protocol: 'tcp' | 'udp' }): string =>
  `${port}/${protocol}`;

/** The answer that decides whether anything is written. */
export function backendOf(context: Context): string {
  return String(
    context.answers.get(backend.id) ??
      context.profile.answers.get(backend.id) ??
      backend.propose(context).value,
  );
}

const filtered = (context: Context): boolean => backendOf(context) !== 'none';

export const questions: readonly Question[] = [
  backend,
  sshFrom,
  { ...peers, when: filtered },
  { ...monitoring, when: filtered },
  open,
];
