// What listens, from /proc/net and the fd folders of /proc: for hosts without `ss`.

import type { Listener } from './network-values.ts';
import { linesOf, type Sections, Unreadable } from './sections.ts';

export type KernelSocket = Pick<Listener, 'protocol' | 'family' | 'address' | 'port'> & {
  readonly inode: string;
};

/** Lines of /proc/net/{tcp,udp}{,6}: "0: 00000000:0016 00000000:0000 0A … uid timeout inode …". */
export function kernelSockets(sections: Sections): readonly KernelSocket[] {
  return sections.all
    .filter(({ name }) => name === 'table')
    .flatMap(({ args, body }) => {
      const protocol = args[0]?.startsWith('udp') ? 'udp' : 'tcp';
      const wanted = protocol === 'tcp' ? '0A' : '07';
      return linesOf(body).flatMap((line): readonly KernelSocket[] => {
        const words = line.trim().split(/\s+/);
        const [, address = '', port = ''] =
          /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(words[1] ?? '') ?? [];
        if (port === '') throw new Unreadable('unexpected format of /proc/net');
        if (words[3] !== wanted) return [];
        const family = address.length === 8 ? 'ipv4' : 'ipv6';
        const shown = family === 'ipv4' ? v4(address) : v6(address);
        return [{ protocol, family, address: shown, port: Number.parseInt(port, 16), inode: words[9] ?? '' }];
      });
    });
}

/** "pid inode" lines: inode of a socket → the first process that holds it. */
export function holdersOf(text: string): ReadonlyMap<string, number> {
  const holders = new Map<string, number>();
  for (const line of linesOf(text)) {
    const [, pid, inode] = /^(\d{1,9}) (\d+)$/.exec(line) ?? [];
    if (inode !== undefined && !holders.has(inode)) holders.set(inode, Number(pid));
  }
  return holders;
}

/** Words of four bytes, each in the host's byte order (little endian on everything we meet). */
function bytesOf(hex: string): readonly number[] {
  const words = hex.match(/.{8}/g) ?? [];
  return words.flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
}

function v4(hex: string): string {
  return bytesOf(hex).join('.');
}

/** RFC 5952: lower case, the longest run of zero groups as "::". */
function v6(hex: string): string {
  const bytes = bytesOf(hex);
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  const runs = [...groups.join(':').matchAll(/(?:^|:)(?:0(?::|$)){2,}/g)].map((run) => run[0]);
  const longest = runs.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? groups.join(':') : groups.join(':').replace(longest, '::');
}
