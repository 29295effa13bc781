// Rules: Caddy itself puts its files together ("caddy adapt"), so what is in force is read from its own words: a server for each port, a
// route for each site. What Caddy adds by itself when it starts (https for names, the redirect to it) is added here by its rules.
import { coversHost } from './caddy-names.ts';
import { answersOf, plainOf } from './caddy-routes.ts';
import type { CaddyFact, CaddySite } from './caddy-values.ts';
import { type JsonRecord, listOf, recordOf, textOf, textsOf } from './json.ts';
import type { NginxListen } from './nginx-values.ts';

type Said = Omit<CaddySite, 'place'>;

const PROTOCOLS = [
  ['tls1.0', 'TLSv1'],
  ['tls1.1', 'TLSv1.1'],
  ['tls1.2', 'TLSv1.2'],
  ['tls1.3', 'TLSv1.3'],
] as const;

type Apps = {
  readonly plainPort: number;
  readonly securePort: number;
  readonly tls: JsonRecord;
  /** Names with a site of their own for plain requests, which Caddy leaves alone. */
  readonly taken: readonly string[];
};

/** Every site of every server, and what Caddy does by itself. `config`: what "caddy adapt" says, parsed. */
export function sitesIn(config: unknown): Pick<CaddyFact, 'automatic'> & { readonly sites: readonly Said[] } {
  const apps = recordOf(recordOf(config).apps);
  const http = recordOf(apps.http);
  const servers = Object.values(recordOf(http.servers)).map(recordOf);
  const plainPort = portOf(http.http_port, 80);
  const all: Apps = {
    plainPort,
    securePort: portOf(http.https_port, 443),
    tls: recordOf(apps.tls),
    taken: servers.flatMap((server) =>
      isOnlyOn(server, plainPort) ? listOf(server.routes).map(recordOf).flatMap(hostsOf) : [],
    ),
  };
  return {
    automatic: {
      certificates: servers.every((server) => automatic(server).certificates || isOnlyOn(server, plainPort)),
      redirects: servers.every((server) => automatic(server).redirects || isOnlyOn(server, plainPort)),
    },
    sites: servers.flatMap((server) => sitesOfServer(server, all)),
  };
}

const portOf = (value: unknown, standard: number): number => (typeof value === 'number' ? value : standard);

function automatic(server: JsonRecord): { readonly certificates: boolean; readonly redirects: boolean } {
  const said = recordOf(server.automatic_https);
  const on = said.disable !== true;
  return {
    certificates: on && said.disable_certificates !== true,
    redirects: on && said.disable_redirects !== true,
  };
}

const isOnlyOn = (server: JsonRecord, port: number): boolean =>
  listensOf(server, false).every((listen) => listen.port === port);

function sitesOfServer(server: JsonRecord, apps: Apps): readonly Said[] {
  const routes = listOf(server.routes).map(recordOf);
  const skipped = textsOf(recordOf(server.automatic_https).skip);
  const hosts = routes.flatMap(hostsOf).filter((name) => !skipped.includes(name));
  const policies = listOf(server.tls_connection_policies);
  const isAutomatic = recordOf(server.automatic_https).disable !== true && !isOnlyOn(server, apps.plainPort);
  const tls = policies.length > 0 || (isAutomatic && (hosts.length > 0 || isOnlyOn(server, apps.securePort)));
  return routes.map((route) => siteOf(route, { server, apps, tls }));
}

/** Those of its first matcher that names any. */
const hostsOf = (route: JsonRecord): readonly string[] =>
  listOf(route.match)
    .map((one) => textsOf(recordOf(one).host))
    .find((found) => found.length > 0) ?? [];

function siteOf(
  route: JsonRecord,
  { server, apps, tls }: { readonly server: JsonRecord; readonly apps: Apps; readonly tls: boolean },
): Said {
  const names = hostsOf(route);
  const listens = listensOf(server, tls);
  const policy = policyFor(server, names);
  const { certificates, redirects } = automatic(server);
  const own = certificatesOf(policy, apps);
  const plain = apps.plainPort;
  const taken = [...apps.taken, ...textsOf(recordOf(server.automatic_https).skip)];
  const isFree = names.length > 0 && !names.some((name) => taken.includes(name));
  const redirected = tls && redirects && isFree && !isOnlyOn(server, plain);
  const doors = redirected
    ? listens.map((listen) => ({ ...listen, port: plain, tls: false, isDefault: false }))
    : [];
  return {
    names,
    listens: [...listens, ...doors],
    protocols: tls ? protocolsOf(policy) : [],
    ciphers: textsOf(policy.cipher_suites),
    issuer: !tls
      ? 'none'
      : own.length > 0
        ? 'files'
        : certificates && names.length > 0
          ? issuerFor(names, apps)
          : 'none',
    certificates: own,
    plain: redirected ? 'https' : plainOf(listOf(route.handle)),
    redirected,
    ...answersOf(listOf(route.handle)),
  };
}

function policyFor(server: JsonRecord, names: readonly string[]): JsonRecord {
  const policies = listOf(server.tls_connection_policies).map(recordOf);
  return (
    policies.find(({ match }) => {
      const asked = textsOf(recordOf(match).sni);
      return asked.length === 0 || asked.some((one) => names.some((name) => coversHost(one, name)));
    }) ?? {}
  );
}

function protocolsOf(policy: JsonRecord): readonly string[] {
  const at = (word: unknown, none: number) => {
    const found = PROTOCOLS.findIndex(([name]) => name === word);
    return found === -1 ? none : found;
  };
  return PROTOCOLS.slice(at(policy.protocol_min, 2), at(policy.protocol_max, 3) + 1).map(([, name]) => name);
}

function certificatesOf(policy: JsonRecord, { tls }: Apps): CaddySite['certificates'] {
  const tags = textsOf(recordOf(policy.certificate_selection).any_tag);
  return listOf(recordOf(tls.certificates).load_files)
    .map(recordOf)
    .filter((one) => textsOf(one.tags).some((tag) => tags.includes(tag)))
    .map((one) => ({ certificate: textOf(one.certificate), key: textOf(one.key) }));
}

/** Names that no public authority vouches for, Caddy does itself. */
const HOME_MADE = /^(localhost|.*\.(localhost|local|internal|home\.arpa)|[\d.]+|[0-9a-f:]*:[0-9a-f:.]*)$/i;

function issuerFor(names: readonly string[], { tls }: Apps): 'acme' | 'internal' {
  const policies = listOf(recordOf(tls.automation).policies).map(recordOf);
  const policy = policies.find(({ subjects }) => {
    const asked = textsOf(subjects);
    return asked.length === 0 || asked.some((one) => names.some((name) => coversHost(one, name)));
  });
  const issuers = listOf(policy?.issuers).map((one) => textOf(recordOf(one).module));
  if (issuers.length > 0) return issuers.every((one) => one === 'internal') ? 'internal' : 'acme';
  return names.every((name) => HOME_MADE.test(name)) ? 'internal' : 'acme';
}

/** "[network/]host:port"; a socket of this machine is left out. */
function listensOf(server: JsonRecord, tls: boolean): readonly NginxListen[] {
  return textsOf(server.listen).flatMap((text): readonly NginxListen[] => {
    const [, network = '', host = '', port = ''] =
      /^(?:([a-z0-9+]+)\/)?(.*):(\d{1,5})(?:-\d+)?$/.exec(text) ?? [];
    if (port === '' || network.startsWith('unix') || network.startsWith('udp')) return [];
    const address = host.replace(/^\[|\]$/g, '');
    const listen = { port: Number(port), tls, isDefault: false };
    const both = address === '' && !network.endsWith('4') && !network.endsWith('6');
    if (both) return (['ipv4', 'ipv6'] as const).map((family) => ({ ...listen, address: '*', family }));
    const isSix = address.includes(':') || network.endsWith('6');
    const isAny = address === '' || address === '0.0.0.0' || address === '::';
    return [{ ...listen, address: isAny ? '*' : address, family: isSix ? 'ipv6' : 'ipv4' }];
  });
}
