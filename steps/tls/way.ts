// Rules: a redirect is kept by many clients, so it is made only to what is certain to answer them: every name of the site on port 443, where the
// same visitors come in, with a certificate that is in date, not its own authority, and for that name; what is less is told to a person.
import type { NginxListen, NginxSite } from '../../src/facts/nginx-values.ts';
import type { Context } from '../../src/model/context.ts';
import { orderFor, ordersOf } from './acme-orders.ts';
import { plannedSites } from './own.ts';
import { coversName, doorsOf, isTls, nowOf, pairsOf } from './state.ts';

const INTERNAL =
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|(f[cd]|fe[89ab])[0-9a-f]*:)/i;

/** Who comes in by `plain` comes in by `door` as well. */
function isDoorFor(door: NginxListen, plain: NginxListen): boolean {
  const isPublic = ({ address }: NginxListen) => !INTERNAL.test(address);
  const reached =
    door.address === '*' || door.address === plain.address || (isPublic(door) && isPublic(plain));
  return door.tls && door.port === 443 && door.family === plain.family && reached;
}

const lower = (name: string): string => name.toLowerCase().replace(/\.$/, '');

/** What a certificate must be for; ".example.com" of nginx is it and all below. */
const asked = (name: string): readonly string[] =>
  name.startsWith('.') ? [name.slice(1), `*${name}`] : [name];

function covers(site: NginxSite, name: string, context: Context): boolean {
  const order = orderFor(site, ordersOf(context));
  if (order !== undefined) return asked(name).every((one) => order.names.includes(one));
  const pairs = pairsOf(site, context);
  const now = nowOf(context);
  return (
    pairs.length > 0 &&
    pairs.every(({ certificate }) => {
      const [first] = certificate?.certificates ?? [];
      if (first === undefined || now === undefined || first.selfSigned) return false;
      const inDate = first.from <= now && now < first.until;
      return inDate && asked(name).every((one) => first.names.some((by) => coversName(by, one)));
    })
  );
}

/** Why plain requests of a site cannot be sent to https; undefined when they can. */
export function hindrance(site: NginxSite, context: Context): string | undefined {
  const plain = site.listens.filter(({ tls }) => !tls);
  const odd = plain.find(({ port }) => port !== 80);
  if (odd !== undefined) return `it listens on port ${odd.port} too, where a program may need it plain`;
  if (doorsOf(site).filter(({ tls }) => !tls).length < plain.length)
    return 'it serves this machine itself too, which may need it plain';
  const names = site.names.map(lower).filter((name) => !/^_*$/.test(name));
  if (names.length === 0) return 'it has no name that a certificate could be for';
  const sites = plannedSites(context).filter(isTls);
  for (const name of names) {
    const twins = sites.filter((one) => one.names.map(lower).includes(name));
    const served = (door: NginxListen) =>
      twins.filter((one) => doorsOf(one).some((listen) => isDoorFor(listen, door)));
    const closed = plain.find((door) => served(door).length === 0);
    if (closed !== undefined)
      return `${name} has no https on port 443 for those who come by ${closed.address === '*' ? closed.family : closed.address}`;
    if (!plain.every((door) => served(door).every((one) => covers(one, name, context))))
      return `no certificate that is in date and signed by an authority is served for ${name}`;
  }
  return undefined;
}
