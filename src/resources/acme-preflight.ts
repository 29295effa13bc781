// Whether an authority would find this host when it follows a name. Rules: looked at before anything is asked, because authorities count failures; a
// name leads here only when every address that either resolver gives is this host's own, or was named as one in front; what was seen is said
// either way; what could not be seen from here is told and decides nothing.
import ipaddr from 'ipaddr.js';
import type { Context } from '../model/context.ts';
import type { NameSight } from '../model/names.ts';
import { knownValue } from '../model/outcome.ts';
import type { CertificateResource } from '../model/resource.ts';
import type { Family } from '../model/target.ts';
import { port80Now, someOf } from './over-port-80.ts';

export type Hindrance = { readonly message: string; readonly remedy: string };

export type Preflight = {
  readonly hindrances: readonly Hindrance[];
  /** What was seen, in words. */
  readonly seen: readonly string[];
  readonly unknown: readonly string[];
};

/** Question of the step tls: sites can be seen from the operator's machine. */
const OUTSIDE = 'tls.outside';
const LETS_ENCRYPT = 'letsencrypt.org';

const plain = (address: string): string => {
  const bare = address.replace(/%.*$/, '');
  return ipaddr.isValid(bare) ? ipaddr.process(bare).toString() : bare;
};
const isNear = (address: string): boolean => /^(127\.|::1$)/.test(address);
const familyOf = (address: string): Family => (address.includes(':') ? 'ipv6' : 'ipv4');

/** `opens`: this plan lets everyone in at port 80, so what answers there now says little. */
export function preflight(
  order: CertificateResource,
  context: Context,
  { opens = false }: { readonly opens?: boolean } = {},
): Preflight {
  const { names } = context;
  const blind = order.unseen === undefined ? [] : [unproved(order.unseen)];
  if (names?.kind !== 'known') {
    const why =
      names === undefined ? 'nobody looked' : names.kind === 'unknown' ? names.reason : 'nothing came';
    return { hindrances: blind, seen: [], unknown: [`where ${someOf(order.names)} leads: ${why}`] };
  }
  const own = ownOf(order, context);
  const sights = order.names.flatMap((name) => names.value.names.find((one) => one.name === name) ?? []);
  const missing = order.names.filter((name) => !sights.some((one) => one.name === name));
  const shut = opens ? [] : port80Now(context).shut;
  const families = new Set(
    sights.flatMap(({ here, host }) => [...here, ...host.filter((one) => !isNear(one))]).map(familyOf),
  );
  return {
    hindrances: [
      ...blind,
      ...sights.flatMap((one) => [...astray(one, own), ...forbidden(one, order)]),
      ...(shut.length > 0 ? [closed(shut)] : []),
      ...(shut.length > 0 || opens ? [] : unreached([...families], context)),
    ],
    seen: [...sights.map(said), ...knocks(context)],
    unknown: missing.map((name) => `where ${name} leads: nobody looked`),
  };
}

function ownOf({ inFront }: CertificateResource, { readings, connection }: Context): readonly string[] {
  return [...(knownValue(readings.network)?.addresses ?? []), connection.address, ...inFront].map(plain);
}

const listed = (addresses: readonly string[], none: string): string =>
  addresses.length === 0 ? none : someOf(addresses);

function said({ name, here, hereWhy, host }: NameSight): string {
  return `${name} leads to ${listed(here, `nowhere (${hereWhy})`)} as your machine sees it, and to ${listed(host, 'nowhere')} as the host sees it`;
}

function astray(sight: NameSight, own: readonly string[]): readonly Hindrance[] {
  const { name, here, hereWhy, host } = sight;
  const mine = own.filter((address) => address !== '' && !/^fe[89ab]/i.test(address));
  // A host calls itself by its own name on loopback.
  const far = [...new Set([...here, ...host.filter((one) => !isNear(one))].map(plain))];
  const foreign = far.filter((address) => !own.includes(address));
  const point = `point it here: A or AAAA to ${someOf(mine)}`;
  if (foreign.length > 0)
    return [
      {
        message: `${said(sight)}: ${someOf(foreign)} is not an address of this host, so an authority would ask elsewhere`,
        remedy: `${point}, and wait until that is known; or, where a router or balancer in front passes port 80 on to this host: --set tls.acme-in-front=${foreign.join(',')}`,
      },
    ];
  const broken = here.length === 0 && hereWhy !== 'it has no address';
  if (far.length > 0 && (here.length > 0 || broken)) return [];
  return [
    {
      message: `${name} leads nowhere: ${said(sight)}`,
      remedy: `${point}, and wait until that is known; then plan again`,
    },
  ];
}

function forbidden({ name, authorities }: NameSight, { server }: CertificateResource): readonly Hindrance[] {
  if (server !== '' || authorities === undefined || authorities === null) return [];
  if (authorities.includes(LETS_ENCRYPT)) return [];
  return [
    {
      message: `CAA records of ${name} let ${listed(authorities, 'nobody')} give certificates, and not ${LETS_ENCRYPT}: it would refuse`,
      remedy: `add the record: ${name} CAA 0 issue "${LETS_ENCRYPT}"; or name the directory of your authority in tls.acme-server`,
    },
  ];
}

const unproved = (why: string): Hindrance => ({
  message: `no handshake from your machine would prove the certificate: ${why}`,
  remedy:
    'come by an address of a family that the site listens on for everyone, with nginx running; where your machine cannot see it in any way: --set tls.outside=false',
});

const closed = (shut: readonly string[]): Hindrance => ({
  message: `the authority asks on port 80, which the rules of this host shut. ${shut.join('; ')}`,
  remedy:
    'open it to everyone first: the step firewall with 80/tcp in firewall.open, in the same run or before',
});

/** Doors at port 80 of families that names lead to and that did not answer this machine, where it could tell. */
function unreached(families: readonly Family[], context: Context): readonly Hindrance[] {
  if (context.answers.get(OUTSIDE) === false || context.names?.kind !== 'known') return [];
  const { doors } = context.names.value.port80;
  const dead = doors.filter(({ family, reached }) => families.includes(family) && reached !== 'answers');
  return dead.map(({ family, reached }) => ({
    message: `port 80 of this host does not answer your machine over ${family === 'ipv4' ? 'IPv4' : 'IPv6'} (${reached}), so it will not answer an authority`,
    remedy:
      'see that nginx listens there, and that nothing in front shuts it (a firewall of the provider, a router); where only your machine cannot get there: --set tls.outside=false',
  }));
}

function knocks({ names }: Context): readonly string[] {
  if (names?.kind !== 'known') return [];
  const { doors, untried } = names.value.port80;
  const word = (family: Family): string => (family === 'ipv4' ? 'IPv4' : 'IPv6');
  return [
    ...doors.map(({ family, reached }) => `port 80 seen from your machine over ${word(family)}: ${reached}`),
    ...untried.map(({ family, reason }) => `port 80 over ${word(family)} was not tried: ${reason}`),
  ];
}
