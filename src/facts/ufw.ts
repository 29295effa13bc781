// What ufw is set to and what of it the kernel has: from its files and from iptables-save, never from "ufw status".

import type { UfwFact } from './network-values.ts';
import { linesOf, type Sections } from './sections.ts';
import type { ConfigFile } from './values.ts';

export function ufwOf(sections: Sections, files: readonly ConfigFile[]): UfwFact {
  const text = (path: string): string => files.find((file) => file.path === path)?.text ?? '';
  const defaults = text('/etc/default/ufw');
  const kernel = (family: string): readonly string[] =>
    linesOf(sections.all.find(({ name, args }) => name === 'kernel' && args[0] === family)?.body ?? '');
  const ipv4 = kernel('4');
  return {
    enabled: assignment(text('/etc/ufw/ufw.conf'), 'ENABLED') === 'yes',
    active: ipv4.some((line) => line.startsWith(':ufw-user-input ')),
    ipv6: assignment(defaults, 'IPV6') === 'yes',
    inputPolicy: assignment(defaults, 'DEFAULT_INPUT_POLICY'),
    hooks: sections.all.filter(({ name }) => name === 'hook').map(({ args }) => args[0] ?? ''),
    kernel: { ipv4, ipv6: kernel('6') },
    refused: sections.all
      .filter(({ name, args }) => name === 'tried' && args[1] !== '0')
      .map(({ args, body }) => ({ path: args[0] ?? '', message: body.trim() })),
    links: linksOf(sections.find('addresses')?.body ?? ''),
  };
}

/** Value of a shell assignment in lower case, without quotes; the last one holds, "" when there is none. */
function assignment(text: string, name: string): string {
  const values = text.split('\n').flatMap((line) => {
    const match = /^\s*(\w+)=(.*)$/.exec(line);
    return match?.[1] === name ? [match[2] ?? ''] : [];
  });
  return (values.at(-1) ?? '').replace(/["'\s]/g, '').toLowerCase();
}

/** `ip -o addr show`: "2: eth0    inet 192.0.2.1/24 …". */
function linksOf(text: string): UfwFact['links'] {
  return Object.fromEntries(
    linesOf(text).flatMap((line) => {
      const match = /^\d+: ([^\s@]+)\S*\s+inet6? ([0-9a-fA-F:.]+)/.exec(line);
      return match === null ? [] : [[match[2] ?? '', match[1] ?? ''] as const];
    }),
  );
}
