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
  const input = `\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n${rules}\t}\n`;
  return `table inet portcullis {\n${input}}\n`;
}

function rulesOf({ port, to, protocol, from, purpose }: Intent): readonly string[] {
  const what = `${protocol} dport ${to === undefined ? port : `${port}-${to}`} accept${purpose === '' ? '' : ` comment "${plain(purpose)}"`}`;
  if (from === 'everyone') return [what];
  return from.map((source) => `${isIpv6(source) ? 'ip6' : 'ip'} saddr ${source} ${what}`);
}

/** A comment that no shell, no nft and no terminal takes for anything else. */
function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9 ._:/+-]/g, '').slice(0, 60);
}

const squeezed = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .filter((line) => line !== '' && !line.startsWith('#'));

/** The same rules, whatever the blanks. */
export function sameTable(one: string, other: string): boolean {
  return squeezed(one).join('\n') === squeezed(other).join('\n');
}

/** Intents that a listing of our table holds: rules that follow each other and differ in their source are one. */
export function intentsIn(listing: string): readonly Intent[] {
  const intents: {
    port: number;
    to?: number;
    protocol: 'tcp' | 'udp';
    from: 'everyone' | string[];
    purpose: string;
  }[] = [];
  for (const line of squeezed(listing)) {
    const match =
      /^(?:ip6? saddr (\S+) )?(tcp|udp) dport (\d+)(?:-(\d+))? accept(?: comment "([^"]*)")?$/.exec(line);
    if (match === null) continue;
    const [, source, protocol, port, to, purpose = ''] = match;
    const last = intents.at(-1);
    const intent = {
      port: Number(port),
      ...(to === undefined ? {} : { to: Number(to) }),
      protocol: protocol === 'udp' ? ('udp' as const) : ('tcp' as const),
      purpose,
    };
    const same =
      last !== undefined && JSON.stringify({ ...last, from: 0 }) === JSON.stringify({ ...intent, from: 0 });
    if (source !== undefined && same && typeof last.from === 'object') last.from.push(source);
    else intents.push({ ...intent, from: source === undefined ? 'everyone' : [source] });
  }
  return intents;
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
After=local-fs.target portcullis-recover.service
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
