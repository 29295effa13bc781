// Our table as text. Rules: the kernel's own spelling (`nft -s list table`), so that what is loaded can be compared line by line;
// both families in one table; established, loopback, errors, neighbour discovery and DHCP always pass; nothing is said about
// what leaves, and nothing about what is forwarded: what goes to containers is decided in a table of its own.
import type { Intent } from '../model/resource.ts';
import { isIpv6 } from './firewall-policy.ts';

export const FIREWALL_FILE = '/etc/portcullis/firewall.nft';
export const FIREWALL_UNIT = 'portcullis-firewall.service';
export const FIREWALL_UNIT_FILE = `/etc/systemd/system/${FIREWALL_UNIT}`;

const ALWAYS = [
  'ct state established,related accept',
  'ct state invalid drop',
  'iif "lo" accept',
  'icmp type { destination-unreachable, echo-request, time-exceeded, parameter-problem } accept',
  'icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem, echo-request, mld-listener-query, mld-listener-report, mld-listener-done, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, mld2-listener-report } accept',
  'udp sport 67 udp dport 68 accept comment "DHCP client"',
  'ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept comment "DHCPv6 client"',
];

/** The whole definition of `table inet portcullis`. `inside`: links of containers, which may speak to their host. */
export function renderTable(intents: readonly Intent[], inside: readonly string[] = []): string {
  const links = inside.map((link) => `iifname ${JSON.stringify(link)} accept`);
  const rules = [...ALWAYS, ...links, ...intents.flatMap(rulesOf)].map((rule) => `\t\t${rule}\n`).join('');
  const sets = intents
    .flatMap((intent) => countersOf(intent).map(({ name, key }) => renderSet(name, key)))
    .join('');
  const input = `\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n${rules}\t}\n`;
  return `table inet portcullis {\n${sets}${input}}\n`;
}

const portsOf = ({ port, to }: Intent, dash = '-'): string =>
  to === undefined ? `${port}` : `${port}${dash}${to}`;

/** Who is counted, a set a family; an IPv6 /64 is one source, because whoever has one address of it has all. */
function countersOf(intent: Intent): readonly { readonly name: string; readonly key: string }[] {
  if (intent.limit === undefined) return [];
  const name = (family: string) => `new_${intent.protocol}_${portsOf(intent, '_')}_${family}`;
  return [
    ...(comesOver(intent, 'ipv4') ? [{ name: name('ipv4'), key: 'ip saddr' }] : []),
    ...(comesOver(intent, 'ipv6') ? [{ name: name('ipv6'), key: 'ip6 saddr & ffff:ffff:ffff:ffff::' }] : []),
  ];
}

function comesOver({ from, family }: Intent, asked: 'ipv4' | 'ipv6'): boolean {
  if (from === 'everyone') return family === undefined || family === asked;
  return from.some((source) => isIpv6(source) === (asked === 'ipv6'));
}

/** Full sets count nobody more, and let in: a limit is no wall. */
function renderSet(name: string, key: string): string {
  const type = key.startsWith('ip6') ? 'ipv6_addr' : 'ipv4_addr';
  return `\tset ${name} {\n\t\ttype ${type}\n\t\tsize 65535\n\t\tflags dynamic,timeout\n\t\ttimeout 1m\n\t}\n\n`;
}

function rulesOf(intent: Intent): readonly string[] {
  const { protocol, from, family, purpose, limit } = intent;
  const match = `${protocol} dport ${portsOf(intent)}`;
  // What is established passed before, so whoever comes here begins a connection.
  const limits = countersOf(intent).map(
    ({ name, key }) =>
      `${match} update @${name} { ${key} limit rate over ${limit}/minute burst ${limit} packets } drop`,
  );
  const what = `${match} accept${purpose === '' ? '' : ` comment "${plain(purpose)}"`}`;
  if (from === 'everyone') return [...limits, family === undefined ? what : `meta nfproto ${family} ${what}`];
  return [...limits, ...from.map((source) => `${isIpv6(source) ? 'ip6' : 'ip'} saddr ${source} ${what}`)];
}

/** A comment that no shell, no nft and no terminal takes for anything else. */
function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9 ._:/+-]/g, '').slice(0, 60);
}

const squeezed = (text: string): readonly string[] =>
  text
    .split('\n')
    // A burst of five is what older versions take for granted and do not print.
    .map((line) => line.trim().replace(/\s+/g, ' ').replace(' burst 5 packets', ''))
    .filter((line) => line !== '' && !line.startsWith('#'));

/** The same rules, whatever the blanks. */
export function sameTable(one: string, other: string): boolean {
  return squeezed(one).join('\n') === squeezed(other).join('\n');
}

const LIMITED =
  /^(tcp|udp) dport (\d+(?:-\d+)?) update @\S+ \{ ip6? saddr .*limit rate over (\d+)\/minute.*\} drop$/;
const ACCEPTED =
  /^(?:meta nfproto (ipv[46]) )?(?:ip6? saddr (\S+) )?(tcp|udp) dport (\d+)(?:-(\d+))? accept(?: comment "([^"]*)")?$/;

type Found = { -readonly [Key in keyof Intent]: Key extends 'from' ? 'everyone' | string[] : Intent[Key] };

/** Intents that a listing of our table holds: rules that follow each other and differ in their source are one. */
export function intentsIn(listing: string): readonly Intent[] {
  const intents: Found[] = [];
  const limits = new Map<string, number>();
  for (const line of squeezed(listing)) {
    const [, limited, ports, most] = LIMITED.exec(line) ?? [];
    if (limited !== undefined) limits.set(`${limited} ${ports}`, Number(most));
    const match = ACCEPTED.exec(line);
    if (match === null) continue;
    const [, family, source, protocol, port, to, purpose = ''] = match;
    const limit = limits.get(`${protocol} ${port}${to === undefined ? '' : `-${to}`}`);
    const last = intents.at(-1);
    const intent = {
      port: Number(port),
      ...(to === undefined ? {} : { to: Number(to) }),
      protocol: protocol === 'udp' ? ('udp' as const) : ('tcp' as const),
      ...(family === undefined ? {} : { family: family === 'ipv6' ? ('ipv6' as const) : ('ipv4' as const) }),
      ...(limit === undefined ? {} : { limit }),
      purpose,
    };
    const same = last !== undefined && JSON.stringify(sorted(last)) === JSON.stringify(sorted(intent));
    if (source !== undefined && same && typeof last.from === 'object') last.from.push(source);
    else intents.push({ ...intent, from: source === undefined ? 'everyone' : [source] });
  }
  return intents;
}

/** All but the sources. */
function sorted({ port, to, protocol, family, limit, purpose }: Omit<Intent, 'from'>) {
  return [port, to, protocol, family, limit, purpose];
}

const HEADER = `# Written by Portcullis: change the policy with it, not here. Console, as root: sh /var/lib/portcullis/engine history`;

/** What the unit loads at boot: our table anew, and no other. */
export function renderFile(table: string): string {
  return `${HEADER}\nadd table inet portcullis\ndelete table inet portcullis\n${table}`;
}

export const UNIT_TEXT = `${HEADER}
[Unit]
Description=Portcullis: firewall
DefaultDependencies=no
After=local-fs.target portcullis-recover.service nftables.service
Before=network-pre.target shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target
ConditionPathExists=${FIREWALL_FILE}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f ${FIREWALL_FILE}
ExecReload=/usr/sbin/nft -f ${FIREWALL_FILE}

[Install]
WantedBy=sysinit.target
`;
