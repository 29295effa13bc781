import { known, type Reading } from '../model/outcome.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Fact } from './fact.ts';
import { holdersOf, kernelSockets } from './kernel-sockets.ts';
import body from './listeners.sh?raw';
import type { Listener } from './network-values.ts';
import preamble from './sections.sh?raw';
import { linesOf, reader, type Sections, Unreadable, whole } from './sections.ts';

/** What listens, which process holds it, and which unit the process belongs to. Without root the processes stay unnamed. */
export const listeners: Fact<readonly Listener[]> = {
  name: 'listeners',
  title: 'Listening sockets',
  stability: 'volatile',
  script: preamble + body,
  deadline: 10,
  outputLimit: 262_144,
  parse: reader(read),
};

function read(sections: Sections): Reading<readonly Listener[]> {
  const units = new Map<number, string>();
  const names = new Map<number, string>();
  for (const { name, args, body: text } of sections.all) {
    if (name === 'unit') units.set(whole(args[0]), unitOf(text));
    if (name === 'name') names.set(whole(args[0]), text.trim());
  }
  const told = sections.find('sockets');
  if (told !== undefined) return known(linesOf(told.body).map((line) => listener(line, units)));
  const holders = holdersOf(sections.body('holders'));
  return known(
    kernelSockets(sections).map(({ inode, ...socket }) => {
      const pid = holders.get(inode) ?? null;
      const owner =
        pid === null
          ? { process: '', unit: '' }
          : { process: names.get(pid) ?? '', unit: units.get(pid) ?? '' };
      return { ...socket, pid, ...owner };
    }),
  );
}

/** "tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=1,fd=3))" */
function listener(line: string, units: ReadonlyMap<number, string>): Listener {
  const [, protocol, local = '', rest = ''] =
    /^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(\S+)\s+\S+\s*(.*)$/s.exec(line) ?? [];
  const [, rawAddress = '', port] = /^(.*):(\d+)$/.exec(local) ?? [];
  if ((protocol !== 'tcp' && protocol !== 'udp') || port === undefined) {
    throw new Unreadable(`unexpected format from ss: ${sanitizeLine(line, 80)}`);
  }
  // The last holder: what follows its name is ss's own, so a process cannot pass for another by its name.
  const owner = /^users:\(\((?:.*\),\()?"(.*)",pid=(\d{1,9}),fd=\d+\)\)$/s.exec(rest.trim());
  const pid = owner === null ? null : Number(owner[2]);
  const address = rawAddress.replace(/^\[(.*)\]/, '$1');
  return {
    protocol,
    // "*" is a socket of both families.
    family: address === '*' || address.includes(':') ? 'ipv6' : 'ipv4',
    address: address === '*' ? '::' : address,
    ...(address === '*' || address === '::' ? { both: address === '*' } : {}),
    port: Number(port),
    process: owner?.[1] ?? '',
    pid,
    unit: pid === null ? '' : (units.get(pid) ?? ''),
  };
}

/** The innermost service, socket or scope of a /proc/PID/cgroup text. */
function unitOf(cgroup: string): string {
  const path = /^0::(.*)$/m.exec(cgroup)?.[1] ?? /^\d+:name=systemd:(.*)$/m.exec(cgroup)?.[1] ?? '';
  return path.split('/').findLast((part) => /\.(service|socket|scope)$/.test(part)) ?? '';
}
