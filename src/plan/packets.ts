// Rules: packets go only where a firewall changes, from the operator's own address and from addresses reserved for documentation. What
// could not be sent is said; a port counts as open only when a connection came about.
import type { Context } from '../model/context.ts';
import type { Packet } from '../model/plan.ts';
import { type Change, contentsOf } from '../model/resource.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { type Operator, operatorOf } from './operator.ts';
import type { CandidateRecord, CarriedStage } from './rehearse.ts';

/** Nobody comes from there. */
const STRANGERS = { ipv4: '203.0.113.77', ipv6: '2001:db8::77' } as const;
const MOST_PORTS = 24;

/** The record that asks for packets after these changes, or why there are none; undefined when no firewall changes. */
export function packetQuestion(
  changes: readonly Change[],
  contents: Readonly<Record<string, string>>,
  context: Context,
): { readonly record: string } | { readonly reason: string } | undefined {
  if (!changes.some((change) => change.primitives.some(({ kind }) => kind === 'nft-table' || kind === 'ufw')))
    return undefined;
  const operator = operatorOf(context);
  if (operator === undefined) return { reason: 'nobody is logged in over ssh here' };
  const plain = /^[0-9A-Fa-f:.]+$/;
  if (!plain.test(operator.address) || !plain.test(operator.serverAddress))
    return { reason: 'you come from an address that means something on one link only' };
  if (operator.address === operator.serverAddress) return { reason: 'you come from the host itself' };
  const words = [operator.serverAddress, operator.address, STRANGERS.ipv4, STRANGERS.ipv6];
  const ports = portsThatMatter(changes, contents, { context, operator });
  return { record: `packets ${words.join(' ')} ${ports.join(',')}` };
}

/** Where the operator comes in first, then what sshd, the rules and the listeners of today name. */
function portsThatMatter(
  changes: readonly Change[],
  contents: Readonly<Record<string, string>>,
  { context, operator }: { readonly context: Context; readonly operator: Operator },
): readonly number[] {
  const { sshd, listeners } = context.readings;
  const texts = changes.flatMap(({ primitives }) =>
    primitives
      .flatMap(contentsOf)
      .map((name) => Buffer.from(contents[name] ?? '', 'base64').toString('utf8')),
  );
  const named = texts.flatMap((text) =>
    [...text.matchAll(/\btcp (?:-m multiport )?(?:--)?dports? (?:(\d+)|\{([^}]*)\})/g)].flatMap(
      ([, one, many]) => (one ?? many ?? '').split(',').map((word) => Number(word.trim())),
    ),
  );
  const listening = (listeners.kind === 'known' ? listeners.value : [])
    .filter(({ protocol, address }) => protocol === 'tcp' && !/^(127\.|::1$)/.test(address))
    .map(({ port }) => port);
  const ssh = sshd.kind === 'known' ? (sshd.value.effective.port ?? []).map(Number) : [];
  const all = [operator.serverPort, ...ssh, ...named, ...listening];
  return [...new Set(all.filter((port) => Number.isInteger(port) && port > 0 && port < 65_536))].slice(
    0,
    MOST_PORTS,
  );
}

/** What packets showed after a stage, or why none were sent; nothing where no firewall changes. */
export function packetsAfter(it: {
  readonly changes: readonly Change[];
  readonly contents: Readonly<Record<string, string>>;
  readonly context: Context;
  /** The whole answer, and the stage's part of it. */
  readonly all: readonly CandidateRecord[];
  readonly own: readonly CandidateRecord[];
}): Pick<CarriedStage, 'packets' | 'noPackets'> {
  const question = packetQuestion(it.changes, it.contents, it.context);
  if (question === undefined) return { packets: [], noPackets: '' };
  if ('reason' in question) return { packets: [], noPackets: question.reason };
  const before = it.all.filter(({ verb, rest }) => verb === 'PACKET' && rest.startsWith('before '));
  const packets = packetRows([...before, ...it.own], it.context);
  const said = it.all.find(({ verb }) => verb === 'NOPACKETS')?.rest ?? 'the rules were not carried out';
  return { packets, noPackets: packets.length > 0 ? '' : sanitizeLine(said, 200) };
}

/** "PACKET WHEN WHO FAMILY PORT ANSWER" records of all stages so far and of this one, as rows. */
function packetRows(
  records: readonly { readonly verb: string; readonly rest: string }[],
  context: Context,
): readonly Packet[] {
  const operator = operatorOf(context)?.address ?? '';
  const answers = new Map(
    records
      .filter(({ verb }) => verb === 'PACKET')
      .map(({ rest }) => [rest.slice(0, rest.lastIndexOf(' ')), rest.slice(rest.lastIndexOf(' ') + 1)]),
  );
  return [...answers].flatMap(([key, answer]): Packet[] => {
    const [when, from, family, port] = key.split(' ');
    const before = answers.get(key.replace(/^after/, 'before'));
    if (when !== 'after' || (from !== 'operator' && from !== 'stranger')) return [];
    if (family !== 'ipv4' && family !== 'ipv6') return [];
    const address = from === 'operator' ? operator : STRANGERS[family];
    return [
      { from, address, family, port: Number(port), before: before === 'open', after: answer === 'open' },
    ];
  });
}
