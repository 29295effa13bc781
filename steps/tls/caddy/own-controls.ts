// Rules: what only Caddy has: an endpoint that takes orders, which nobody but this machine may reach; and renewals that it makes by itself,
// so that what could stop them is looked for. Nothing is fetched here, and no name is sent to an authority.
import type { CaddyAdmin } from '../../../src/facts/caddy-values.ts';
import type { Listener } from '../../../src/facts/network-values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { Control } from '../../../src/model/control.ts';
import { knownValue } from '../../../src/model/outcome.ts';
import { doorsOf, faultsOr, hostNames } from '../state.ts';
import {
  caddyOf,
  caddyRuns,
  caddySites,
  caddyTitle,
  fetchedFor,
  mayHaveCaddy,
  onCaddy,
  onFiles,
  secureSites,
} from './state.ts';

const isNear = ({ off, listen }: CaddyAdmin): boolean =>
  off || /^(unix\/|((tcp[46]?)\/)?(localhost|127\.[\d.]+|\[::1\]):)/.test(listen);

const portOf = ({ listen }: CaddyAdmin): number => Number(/:(\d+)$/.exec(listen)?.[1] ?? 2019);

/** Sockets of Caddy at a port of orders that others reach; a port of a site is none. */
function openSockets(context: Context): readonly Listener[] {
  const fact = caddyOf(context);
  if (fact === undefined || !caddyRuns(context)) return [];
  const sites = fact.sites.flatMap(({ listens }) => listens.map(({ port }) => port));
  const ports = [fact.admin, fact.adminNow ?? fact.admin].map(portOf).filter((port) => !sites.includes(port));
  return (knownValue(context.readings.listeners) ?? []).filter(
    ({ protocol, port, address, unit, process }) =>
      protocol === 'tcp' &&
      ports.includes(port) &&
      (unit === 'caddy.service' || process === 'caddy') &&
      !/^(127\.|::1$|::ffff:127\.)/.test(address),
  );
}

/** Where others give it orders, by its files, by what it took last, and by its sockets. */
function openDoors(context: Context): readonly string[] {
  const fact = caddyOf(context);
  if (fact === undefined) return [];
  const by = [fact.admin, ...(fact.adminNow === undefined ? [] : [fact.adminNow])];
  return [
    ...by.filter((one) => !isNear(one)).map(({ listen }) => listen),
    ...openSockets(context).map(({ address, port }) =>
      address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
    ),
  ];
}

/** A reload goes to where the new files say, and the old endpoint refuses it from there: only a restart would change it. */
const admin: Control = {
  id: 'tls.caddy-admin',
  title: 'Caddy takes orders from this machine only',
  severity: 'critical',
  why: 'Whoever reaches the admin endpoint gives Caddy any configuration: it then serves any file that it can read, under your names.',
  references: ['Caddy admin option'],
  reads:
    'the option "admin" of the Caddyfile, CADDY_ADMIN of its environment, the configuration that it took last, and its sockets',
  mayBreak: 'Nothing is changed.',
  applies: (context) => context.readings.caddy.kind !== 'absent',
  judge: (context) =>
    // What it took last says it, whatever its files say.
    (caddyOf(context)?.adminNow === undefined ? onCaddy : onFiles)(context, ({ admin: said, adminNow }) => {
      const it = adminNow ?? said;
      const [open] = openDoors(context);
      return faultsOr(
        open === undefined
          ? []
          : [
              `it takes orders at ${open}, from whoever comes by: write "admin localhost:2019" and restart Caddy, for it refuses to move by a reload`,
            ],
        it.off ? 'it takes no orders' : `it takes orders at ${it.listen} only`,
      );
    }),
};

/** Names for which Caddy shall fetch a certificate. */
const fetching = (context: Context) => secureSites(context).filter(({ issuer }) => issuer === 'acme');

const without = (context: Context) => secureSites(context).filter(({ issuer }) => issuer === 'none');

function shut(context: Context): readonly string[] {
  if (fetching(context).length === 0) return [];
  const ports = new Set(
    caddySites(context)
      .flatMap(doorsOf)
      .map(({ port }) => port),
  );
  if (!ports.has(80) && !ports.has(443))
    return ['Caddy listens neither on port 80 nor on port 443, where an authority looks'];
  const seen = (context.outside?.doors ?? []).filter(({ port }) => port === 80 || port === 443);
  return seen.length > 0 && seen.every(({ reached }) => reached !== 'answers')
    ? ['neither port 80 nor port 443 answers from outside, so no authority can look']
    : [];
}

const renewal: Control = {
  id: 'tls.caddy-renewal',
  title: 'Caddy can fetch and renew its certificates',
  severity: 'high',
  why: 'Caddy renews by itself, unless somebody told it not to, or no authority reaches it; that shows on the day the old certificate expires.',
  references: ['Caddy automatic HTTPS', "Let's Encrypt integration guide"],
  reads: 'who signs for each site, what Caddy fetched so far, auto_https, and the ports that it listens on',
  mayBreak: 'Nothing is changed.',
  applies: (context) => mayHaveCaddy(context, (one) => [...fetching(one), ...without(one)]),
  judge: (context) =>
    onCaddy(context, () =>
      faultsOr(
        [
          ...without(context).map(
            (site) =>
              `${caddyTitle(site)} has no certificate: none is named, and "auto_https" keeps Caddy from fetching one`,
          ),
          ...(caddyRuns(context) ? fetching(context) : []).flatMap((site) =>
            hostNames(site)
              .filter((name) => fetchedFor(name, context) === undefined)
              .map((name) => `Caddy has not got a certificate for ${name} yet`),
          ),
          ...shut(context),
        ],
        'Caddy fetched every certificate that it is asked for, and can be reached for the next',
      ),
    ),
};

export const ownControls: readonly Control[] = [renewal, admin];
