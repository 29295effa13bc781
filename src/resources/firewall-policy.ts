// Who may reach what. Rules: a policy is a list of intents, whatever writes it; addresses are networks without host bits, never
// names; "everyone" is a word; SSH's ports are those sshd has or will have and the one the operator came by, never "22".
import ipaddr from 'ipaddr.js';
import { sshPorts } from '../facts/ssh-ports.ts';
import type { Context } from '../model/context.ts';
import type { Intent } from '../model/resource.ts';
import { portGrammar, shown, sourceGrammar } from '../text/grammar.ts';
import { holdsAddress } from '../text/network.ts';
import { sshdOf } from './sshd.ts';

/** What is wrong with a list of sources, in words; undefined = fine. "everyone" stands alone. */
export function sourcesProblem(sources: readonly string[]): string | undefined {
  if (sources.length === 0) return 'nobody could come in: name at least one network, or "everyone"';
  if (sources.includes('everyone'))
    return sources.length === 1 ? undefined : '"everyone" makes the other sources meaningless: leave one out';
  const seen = new Map<string, string>();
  for (const source of sources) {
    const fault = sourceGrammar(source);
    if (fault !== undefined) return `${fault.what}; allowed: ${fault.allowed}; ${fault.fix}`;
    const same = seen.get(networkOf(source));
    if (same !== undefined) return `${shown(source)} and ${shown(same)} are the same network: leave one out`;
    seen.set(networkOf(source), source);
  }
  return undefined;
}

/** A valid source as nft prints it: no prefix for a single address, IPv6 shortened, a mapped IPv4 address as IPv4. */
export function networkOf(source: string): string {
  const [address = '', prefix] = source.split('/');
  const parsed = ipaddr.process(address);
  const single = parsed.kind() === 'ipv4' ? '32' : '128';
  return prefix === undefined || prefix === single ? parsed.toString() : `${parsed.toString()}/${prefix}`;
}

export function isIpv6(source: string): boolean {
  return source.includes(':');
}

/** Most new connections a minute that a limit may name. */
const MOST_A_MINUTE = 10_000;

/** What stands behind "for": it becomes a comment of the rules. */
const PURPOSE = /^[A-Za-z0-9][A-Za-z0-9 ._:/+-]{0,39}$/;
/** What rules are called that nobody answers for. */
const RESERVED = ['ssh', 'not counted'];

/** "443/tcp", "8000-8010/udp over ipv4", "5432/tcp from 10.0.0.0/8 192.0.2.7 limit 30/minute for backups". Text is what is wrong with it. */
export function parseIntent(text: string): Intent | string {
  const match =
    /^(\d{1,5})(?:-(\d{1,5}))?\/(tcp|udp)(?: over (ipv4|ipv6))?(?: from (\S.*?))?(?: limit (\d{1,9})\/minute)?(?: for (\S.*))?$/.exec(
      text.trim(),
    );
  if (match === null)
    return `${shown(text)} is not understood: write PORT/tcp, PORT-PORT/udp, then "over ipv4", "from NETWORK", "limit 30/minute", "for WORDS" as needed`;
  const [, first = '', last, protocol, family, from, limit, purpose = ''] = match;
  const port = Number(first);
  const to = last === undefined ? undefined : Number(last);
  for (const number of [port, to ?? port]) {
    const fault = portGrammar(number);
    if (fault !== undefined) return `${shown(text)}: ${fault.what}; ${fault.allowed}`;
  }
  if (to !== undefined && to <= port) return `${shown(text)}: the second port must be the larger one`;
  if (limit !== undefined && (Number(limit) < 1 || Number(limit) > MOST_A_MINUTE))
    return `${shown(text)}: a limit is a number from 1 to ${MOST_A_MINUTE}`;
  const sources = (from ?? 'everyone').split(/[ ,]+/);
  const problem = sourcesProblem(sources);
  if (problem !== undefined) return `${shown(text)}: ${problem}`;
  if (family !== undefined && sources[0] !== 'everyone')
    return `${shown(text)}: the networks say the family already: leave "over ${family}" out`;
  if (purpose !== '' && !PURPOSE.test(purpose))
    return `${shown(text)}: the purpose behind "for" has up to 40 letters, digits, blanks and . _ : / + -`;
  if (RESERVED.includes(purpose))
    return `${shown(text)}: rules with the purpose "${purpose}" are made by other answers: call it otherwise`;
  return {
    port,
    ...(to === undefined ? {} : { to }),
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
    from: sources[0] === 'everyone' ? 'everyone' : sources.map(networkOf),
    ...(family === undefined ? {} : { family: family === 'ipv6' ? 'ipv6' : 'ipv4' }),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
    purpose,
  };
}

/** The inverse of parseIntent: what is answered, purpose and all. */
export function entryText(intent: Intent): string {
  const { purpose } = intent;
  return `${intentText(intent)}${PURPOSE.test(purpose) ? ` for ${purpose}` : ''}`;
}

/** Who may reach what, without what for. */
export function intentText({ port, to, protocol, from, family, limit }: Intent): string {
  const ports = to === undefined ? String(port) : `${port}-${to}`;
  const over = family === undefined ? '' : ` over ${family}`;
  const most = limit === undefined ? '' : ` limit ${limit}/minute`;
  return `${ports}/${protocol}${over}${from === 'everyone' ? '' : ` from ${from.join(' ')}`}${most}`;
}

/** Ports on which SSH must stay reachable: listeners, effective sshd, the port of this connection, and one it will move to. */
export function sshPortsWanted(context: Context): readonly number[] {
  const { readings, answers } = context;
  const effective = sshdOf(context)?.effective['port'] ?? [];
  const socket = sshdOf(context)?.socket.active === true;
  const planned = answers.get('sshd.port');
  const ports = [
    ...sshPorts(readings),
    ...(socket ? [] : effective.map(Number)),
    ...(readings.who.kind === 'known' ? [readings.who.value.serverPort] : []),
    ...(typeof planned === 'number' ? [planned] : []),
  ];
  return [...new Set(ports)].filter((port) => port > 0 && port < 65_536).sort((a, b) => a - b);
}

/** Whether the policy lets a new connection from an address in. */
export function admits(
  intents: readonly Intent[],
  it: { readonly address: string; readonly port: number; readonly protocol: 'tcp' | 'udp' },
): boolean {
  return intents.some(
    ({ port, to, protocol, from, family }) =>
      protocol === it.protocol &&
      (family === undefined || (family === 'ipv6') === isIpv6(it.address.replace(/^::ffff:(?=\d+\.)/, ''))) &&
      it.port >= port &&
      it.port <= (to ?? port) &&
      (from === 'everyone' || from.some((source) => holdsAddress(source, it.address))),
  );
}

export type PublicPort = {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly process: string;
};

/** What listens on more than loopback, SSH left out, each port once. */
export function publicPorts(context: Context): readonly PublicPort[] {
  const { listeners } = context.readings;
  const ssh = sshPortsWanted(context);
  const found = new Map<string, PublicPort>();
  for (const { protocol, port, address, process } of listeners.kind === 'known' ? listeners.value : []) {
    const inner = /^(127\.|::1$|::ffff:127\.)/.test(address);
    // Packets for containers do not pass this way; a DHCP client's port is always open.
    if (inner || process === 'docker-proxy' || (protocol === 'tcp' && ssh.includes(port))) continue;
    if (protocol === 'udp' && (port === 68 || port === 546)) continue;
    found.set(`${port}/${protocol}`, { port, protocol, process });
  }
  return [...found.values()].sort((a, b) => a.port - b.port);
}
