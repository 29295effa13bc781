// What a lockdown is on the host. Rules: one table of ours, before every other filter, that only ever drops: what it lets pass is
// still up to the host's own rules. It asks no connection tracking about the host's own ports, because a connection that
// was open before tracking began looks the wrong way round. No other table, file or unit is named.
import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { type LockdownRecord, portsText } from '../model/lockdown.ts';
import type { Change, Primitive } from '../model/resource.ts';

const FOLDER = '/etc/portcullis';
const RULES = `${FOLDER}/lockdown.nft`;
const LOAD = `/usr/sbin/nft -f ${RULES}`;
const RECORD = `${FOLDER}/lockdown.json`;
const SYSTEMD = '/etc/systemd/system';
const UNIT = 'portcullis-lockdown.service';
const END = 'portcullis-lockdown-end';
const STAMP = `/var/lib/systemd/timers/stamp-${END}.timer`;

/** Changes with their contents (base64 by sha256), as a StartRequest wants them. */
export function lockdownChanges(record: LockdownRecord): {
  readonly changes: readonly Change[];
  readonly contents: Readonly<Record<string, string>>;
} {
  const table = renderTable(record);
  const seconds = record.until === null ? undefined : record.until - record.since;
  const files: readonly (readonly [path: string, mode: string, text: string])[] = [
    [RULES, '0600', `${header(record)}${BEFORE}${table}`],
    [RECORD, '0600', `${JSON.stringify(record, undefined, 2)}\n`],
    [`${SYSTEMD}/${UNIT}`, '0644', bootUnit(record)],
    [`${SYSTEMD}/nftables.service.d/portcullis-lockdown.conf`, '0644', afterFlush(record)],
    ...(record.until === null || seconds === undefined
      ? []
      : ([
          [`${SYSTEMD}/${END}.service`, '0644', endUnit(record)],
          [`${SYSTEMD}/${END}.timer`, '0644', endTimer(record, { until: record.until, seconds })],
          // The service manager would make it by itself, and it would stay behind.
          [STAMP, '0644', header(record)],
        ] as const)),
  ];
  const timer = `${END}.timer`;
  return {
    changes: [
      ...files.map(([path, mode, text]) =>
        change(`file:${path}`, 'nothing there before', {
          base: { kind: 'absent' },
          primitives: [{ kind: 'put-file', path, sha256: sha256(text), mode, uid: 0, gid: 0 }],
        }),
      ),
      change('nft-table:inet portcullis_lockdown', describe(record), {
        base: { kind: 'absent' },
        primitives: [
          { kind: 'nft-table', family: 'inet', name: 'portcullis_lockdown', sha256: sha256(table) },
        ],
      }),
      ...[UNIT, ...(seconds === undefined ? [] : [timer])].map((name) =>
        change(`unit:${name}`, name === timer ? 'ends the lockdown by itself' : 'locks again after a boot', {
          // Enabling has the service manager read its files again. What the unit would load is loaded already.
          primitives: (name === timer ? (['enable', 'start'] as const) : (['enable'] as const)).map(
            (verb) => ({ kind: 'unit', name, verb }),
          ),
        }),
      ),
    ],
    contents: Object.fromEntries(
      [...files.map(([, , text]) => text), table].map((text) => [
        sha256(text),
        Buffer.from(text).toString('base64'),
      ]),
    ),
  };
}

/** "administration (port 22) only from 192.0.2.7, 2001:db8::/48". */
export function describe({ ports, allow }: Pick<LockdownRecord, 'ports' | 'allow'>): string {
  return `administration (${portsText(ports)}) only from ${allow.join(', ')}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function change(
  address: string,
  title: string,
  it: Pick<Change, 'base'> & { readonly primitives: readonly Primitive[] },
): Change {
  return {
    address,
    title,
    action: 'create',
    step: 'lockdown',
    controls: [],
    why: 'lockdown',
    risk: 'lockout',
    phase: 'expand',
    confidence: 'predicted',
    effective: [],
    ...it,
  };
}

const BEFORE = 'add table inet portcullis_lockdown\ndelete table inet portcullis_lockdown\n';

/** How a person at the console gets rid of it, in every file of it. */
function header({ transaction }: LockdownRecord): string {
  return `# Portcullis lockdown, transaction ${transaction}. As root: sh /var/lib/portcullis/engine undo ${transaction}\n`;
}

/**
 * Published ports of containers come through the forward hook, where the port they were called by is only known to the
 * tracking that rewrote it; both directions are dropped there.
 */
function renderTable({ ports, allow }: LockdownRecord): string {
  const ordered = [...ports].sort((a, b) => a - b);
  const set = `{ ${ordered.join(', ')} }`;
  const family = (source: string) => (isIpv6(source) ? 'ip6' : 'ip');
  const rules = (lines: readonly string[]) => lines.map((line) => `\t\t${line}\n`).join('');
  const chain = (name: string, lines: readonly string[]) => `\tchain ${name} {\n${rules(lines)}\t}\n`;
  const hook = (name: string) => `type filter hook ${name} priority raw; policy accept;`;
  return `table inet portcullis_lockdown {\n${[
    chain('admin', [...allow.map((source) => `${family(source)} saddr ${source} accept`), 'drop']),
    chain('published', [
      ...allow.map((source) => `ct original ${family(source)} saddr ${source} accept`),
      'drop',
    ]),
    chain('input', [hook('input'), 'iif "lo" accept', `tcp dport ${set} jump admin`]),
    chain('forward', [
      hook('forward'),
      // Not as one set: nft 1.0.6 lists such a set in a way that it does not read again.
      ...ordered.map(
        (port) => `ct status dnat meta l4proto tcp ct original proto-dst ${port} jump published`,
      ),
    ]),
  ].join('\n')}}\n`;
}

function isIpv6(source: string): boolean {
  return ipaddr.IPv6.isValid(source.split('/')[0] ?? '');
}

/** After the managers that flush everything when they load, before the network and sshd. */
function bootUnit(record: LockdownRecord): string {
  return `${header(record)}[Unit]
Description=Portcullis: lockdown
DefaultDependencies=no
After=local-fs.target portcullis-recover.service nftables.service ufw.service netfilter-persistent.service portcullis-firewall.service
Before=network-pre.target ssh.service ssh.socket sshd.service sshd.socket docker.service shutdown.target
Conflicts=shutdown.target
ConditionPathExists=${RULES}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${LOAD}
ExecReload=${LOAD}

[Install]
WantedBy=sysinit.target
`;
}

/** The host's own nftables flushes everything when it starts, reloads or stops: ours is back with its next breath. */
function afterFlush(record: LockdownRecord): string {
  return `${header(record)}[Service]
ExecStartPost=-${LOAD}
ExecReload=-${LOAD}
ExecStopPost=-${LOAD}
`;
}

/** The plain undo of the host's engine. While another transaction holds the host it is tried again. */
function endUnit(record: LockdownRecord): string {
  return `${header(record)}[Unit]
Description=Portcullis: end of the lockdown
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=/bin/sh /var/lib/portcullis/engine undo ${record.transaction}
Restart=on-failure
RestartSec=15
RestartPreventExitStatus=9
TimeoutStartSec=300
`;
}

/** By the wall clock, over boots; and by the time since the timer started, should the wall clock be set back. */
function endTimer(record: LockdownRecord, it: { readonly until: number; readonly seconds: number }): string {
  const date = new Date(it.until * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `${header(record)}[Unit]
Description=Portcullis: end of the lockdown

[Timer]
OnCalendar=${date} UTC
Persistent=true
OnActiveSec=${it.seconds}
AccuracySec=1s

[Install]
WantedBy=timers.target
`;
}
