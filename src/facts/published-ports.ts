// What `docker ps` says about ports: "0.0.0.0:8080->80/tcp, [::]:9000-9002->9000-9002/tcp, 5432/tcp". The last form is
// open to other containers alone and is not published.
import { sanitizeLine } from '../text/sanitize.ts';
import type { PublishedPort } from './network-values.ts';
import { Unreadable, whole } from './sections.ts';

/** One line "NAME<tab>IMAGE<tab>PORTS". Unreadable when it is none. */
export function publishedPorts(line: string): readonly PublishedPort[] {
  const [container = '', image, ports, more] = line.split('\t');
  if (image === undefined || ports === undefined || more !== undefined) {
    throw new Unreadable(`unexpected format from docker: ${sanitizeLine(line, 80)}`);
  }
  return ports
    .split(',')
    .map((port) => port.trim())
    .filter((port) => port.includes('->'))
    .map((port) => ({ container, image, ...publishedPort(port) }));
}

function publishedPort(text: string): Omit<PublishedPort, 'container' | 'image'> {
  const [, address = '', first, last, inside, , protocol] =
    /^(.*):(\d+)(?:-(\d+))?->(\d+)(?:-(\d+))?\/(tcp|udp|sctp)$/.exec(text) ?? [];
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp') {
    throw new Unreadable(`unexpected port from docker: ${sanitizeLine(text, 80)}`);
  }
  return {
    protocol,
    // Before version 27 an IPv6 address stands there without its brackets.
    address: address.replace(/^\[(.*)\]$/, '$1'),
    port: whole(first),
    lastPort: whole(last ?? first),
    containerPort: whole(inside),
  };
}
