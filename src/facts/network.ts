import ipaddr from 'ipaddr.js';
import { known } from '../model/outcome.ts';
import type { Fact } from './fact.ts';
import body from './network.sh?raw';
import type { NetworkFact } from './network-values.ts';
import preamble from './sections.sh?raw';
import { linesOf, reader, type Sections, Unreadable } from './sections.ts';

/** Addresses of this host, and which link leads where. */
export const network: Fact<NetworkFact> = {
  name: 'network',
  title: 'Addresses and routes',
  stability: 'volatile',
  script: preamble + body,
  deadline: 5,
  outputLimit: 262_144,
  parse: reader((sections) =>
    known({
      addresses: [...linesOf(sections.body('addresses4')), ...addresses6(sections)].filter(
        (address) => !/^(127\.|::1$)/.test(address),
      ),
      routes: [...routes4(sections), ...routes6(sections)],
    }),
  ),
};

/** "host0 000ED50A 00000000 0001 0 0 0 00FFFFFF …": numbers in the byte order of every machine we meet. */
function routes4(sections: Sections): NetworkFact['routes'] {
  return linesOf(sections.body('routes4')).map((line) => {
    const [link = '', destination = '', , , , , , mask = ''] = line.trim().split(/\s+/);
    if (!/^[0-9A-F]{8}$/.test(destination) || !/^[0-9A-F]{8}$/.test(mask))
      throw new Unreadable('unexpected format of /proc/net/route');
    const bits = [...Number.parseInt(mask, 16).toString(2)].filter((bit) => bit === '1').length;
    return { link, network: `${[...Buffer.from(destination, 'hex')].reverse().join('.')}/${bits}` };
  });
}

function routes6(sections: Sections): NetworkFact['routes'] {
  return linesOf(sections.body('routes6')).map((line) => {
    const words = line.trim().split(/\s+/);
    return { link: words.at(-1) ?? '', network: `${ipv6(words[0])}/${Number.parseInt(words[1] ?? '', 16)}` };
  });
}

function addresses6(sections: Sections): readonly string[] {
  return linesOf(sections.body('addresses6')).map((line) => ipv6(line.trim().split(/\s+/)[0]));
}

function ipv6(hex: string | undefined): string {
  if (!/^[0-9a-f]{32}$/.test(hex ?? '')) throw new Unreadable('unexpected format of /proc/net/ipv6_route');
  return ipaddr.fromByteArray([...Buffer.from(hex ?? '', 'hex')]).toString();
}
