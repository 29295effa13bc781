// Rules: what only Caddy has: an endpoint that takes orders, which nobody but this machine may reach; and renewals that it makes by itself,
// so that what could stop them is looked for. Nothing is fetched here, and no name is sent to an authority.
import type { CaddyFact } from '../../../src/facts/caddy-values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { Control } from '../../../src/model/control.ts';
import { doorsOf, faultsOr, hostNames } from '../state.ts';
import {
  caddyRuns,
  caddySites,
  caddyTitle,
  fetchedFor,
  mayHaveCaddy,
  onCaddy,
  secureSites,
} from './state.ts';

const isNear = ({ off, listen }: CaddyFact['admin']): boolean =>
  off || /^(unix\/|((tcp[46]?)\/)?(localhost|127\.[\d.]+|\[::1\]):)/.test(listen);

/** A reload goes to where the new files say, and the old endpoint refuses it from there: only a restart would change it. */
const admin: Control = {
  id: 'tls.caddy-admin',
  title: 'Caddy takes orders from this machine only',
  severity: 'critical',
  why: 'Whoever reaches the admin endpoint gives Caddy any configuration: it then serves any file that it can read, under your names.',
  references: ['Caddy admin option'],
  reads: 'the option "admin" of the Caddyfile',
  mayBreak: 'Nothing is changed.',
  applies: (context) => context.readings.caddy.kind !== 'absent',
  judge: (context) =>
    onCaddy(context, ({ admin: it }) =>
      faultsOr(
        isNear(it)
          ? []
          : [
              `it takes orders at ${it.listen}, from whoever comes by: write "admin localhost:2019" and restart Caddy, for it refuses to move by a reload`,
            ],
        it.off ? 'it takes no orders' : `it takes orders at ${it.listen} only`,
      ),
    ),
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
