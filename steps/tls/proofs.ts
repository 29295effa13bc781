// Rules: what nginx serves after a reload is seen by handshakes and requests from the operator's machine, in the family that he comes by; inside,
// only new processes count: nginx keeps the old ones when it cannot take the new files. A site without a plain name is not asked for.
import type { NginxHeaderScope, NginxListen, NginxSite } from '../../src/facts/nginx-values.ts';
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Proof, TlsVersion } from '../../src/model/control.ts';
import type { Family } from '../../src/model/target.ts';
import { pairOf } from '../../src/resources/certificate.ts';
import type { Need } from './acme-orders.ts';
import { outside } from './outside.ts';
import { doorsOf, hostNames, nginxOf, runs, shows, tlsSites } from './state.ts';

/** What a site must tell to be seen from outside; `runs`: of a server that is not nginx, that it does. */
export type Seen = Pick<NginxSite, 'names' | 'listens'> & { readonly runs?: boolean };

/** Proofs of one kind are not multiplied without end: a host with hundreds of sites is asked for some of them. */
const MOST_SITES = 20;

export function workerProof(context: Context): readonly Proof[] {
  if (!runs(context)) return [];
  const files = nginxOf(context)?.looked.files?.map(({ realPath }) => realPath) ?? [];
  const mine = '/etc/nginx/conf.d/portcullis.conf';
  return [
    {
      id: 'tls.workers',
      title: 'nginx serves what stands in its files',
      viewpoint: 'inside',
      expect: 'works',
      check: { kind: 'workers', files: [...new Set([...files, mine])].sort() },
    },
  ];
}

type Door = { readonly name: string; readonly port: number; readonly family: Family };

/** Where a site is seen from here: its first plain name, one port, the family of the login. */
function doorTo(site: Seen, context: Context, takes: (listen: NginxListen) => boolean): readonly Door[] {
  if (!(site.runs ?? runs(context)) || answerOf(outside, context) !== true) return [];
  const family: Family = context.connection.address.includes(':') ? 'ipv6' : 'ipv4';
  const [name] = hostNames(site);
  const listen = doorsOf(site).find((one) => one.family === family && one.address === '*' && takes(one));
  return name === undefined || listen === undefined ? [] : [{ name, port: listen.port, family }];
}

const secure = ({ tls }: NginxListen): boolean => tls;

const VERSIONS: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

export function protocolProofs<Site extends Seen>(
  context: Context,
  { sites, spoken }: { readonly sites: readonly Site[]; readonly spoken: (site: Site) => readonly string[] },
): readonly Proof[] {
  return sites.slice(0, MOST_SITES).flatMap((site) =>
    doorTo(site, context, secure).flatMap((door) =>
      VERSIONS.map((version): Proof => {
        const isSpoken = spoken(site).includes(version);
        return {
          id: `tls.${version.toLowerCase()}.${door.name}.${door.port}`,
          title: `${door.name}:${door.port} ${isSpoken ? 'speaks' : 'refuses'} ${words(version)}`,
          viewpoint: 'outside',
          expect: isSpoken ? 'works' : 'fails',
          check: { kind: 'tls', ...door, version },
        };
      }),
    ),
  );
}

const words = (version: TlsVersion): string => `TLS ${version === 'TLSv1' ? '1.0' : version.slice(4)}`;

/** The certificate that the files hold is the one that is served. */
export function certificateProofs<Site extends Seen>(
  context: Context,
  { sites, of }: { readonly sites: readonly Site[]; readonly of: (site: Site) => string | undefined },
): readonly Proof[] {
  return sites.slice(0, MOST_SITES).flatMap((site) => {
    const certificate = of(site);
    if (certificate === undefined) return [];
    return doorTo(site, context, secure).map(
      (door): Proof => ({
        id: `tls.certificate.${door.name}.${door.port}`,
        title: `${door.name}:${door.port} shows the certificate that stands in its file`,
        viewpoint: 'outside',
        expect: 'works',
        check: { kind: 'tls', ...door, certificate },
      }),
    );
  });
}

/** What an authority gave is what is shown, for every name of the site, and of others that show the same file. None is left out: they are few. */
export function issuedProofs(context: Context, orders: readonly Need[]): readonly Proof[] {
  return orders.flatMap(({ name, names, targets }) => {
    const { certificate: file } = pairOf(name);
    const sites = [
      ...targets.map((site) =>
        site.listens.some(secure)
          ? site
          : { ...site, listens: site.listens.map((one) => ({ ...one, port: 443, tls: true })) },
      ),
      ...tlsSites(context).filter((site) => shows(site, name) && !targets.includes(site)),
    ];
    return names.flatMap((asked) =>
      sites
        .filter((site) => hostNames(site).includes(asked))
        .flatMap((site) => doorTo({ ...site, names: [asked] }, context, secure))
        .slice(0, 1)
        .map(
          (door): Proof => ({
            id: `tls.issued.${asked}.${door.port}`,
            title: `${asked}:${door.port} shows the certificate that the authority gave, with its chain`,
            viewpoint: 'outside',
            expect: 'works',
            check: { kind: 'issued', ...door, file, names },
          }),
        ),
    );
  });
}

export function redirectProofs(context: Context, sites: readonly Seen[]): readonly Proof[] {
  return sites.slice(0, MOST_SITES).flatMap((site) =>
    doorTo(site, context, ({ tls }) => !tls).map(
      (door): Proof => ({
        id: `tls.redirect.${door.name}.${door.port}`,
        title: `http://${door.name} leads to https`,
        viewpoint: 'outside',
        expect: 'works',
        check: { kind: 'http', ...door, tls: false, path: '/', redirect: true, headers: [] },
      }),
    ),
  );
}

type Sent = readonly { readonly name: string; readonly value: string }[];

/** Answers of every part of a site that has a path of its own carry what its block shall send. */
export function headerProofs(
  context: Context,
  it: {
    readonly sites: readonly NginxSite[];
    readonly topic: string;
    readonly sent: (scope: NginxHeaderScope, site: NginxSite) => Sent;
  },
): readonly Proof[] {
  return headerProofsAt(context, {
    ...{ sites: it.sites, topic: it.topic },
    paths: (site) =>
      site.scopes.flatMap((scope) =>
        scope.path === undefined ? [] : [{ path: scope.path, headers: it.sent(scope, site) }],
      ),
  });
}

/** Answers for each path carry its headers; a path without any is not asked for. */
export function headerProofsAt<Site extends Seen>(
  context: Context,
  it: {
    readonly sites: readonly Site[];
    readonly topic: string;
    readonly paths: (site: Site) => readonly { readonly path: string; readonly headers: Sent }[];
  },
): readonly Proof[] {
  return it.sites.slice(0, MOST_SITES).flatMap((site) =>
    doorTo(site, context, secure).flatMap((door) =>
      it
        .paths(site)
        .filter(({ headers }) => headers.length > 0)
        .map(
          ({ path, headers }): Proof => ({
            id: `tls.${it.topic}.${door.name}.${door.port}.${path}`,
            title: `https://${door.name}${path} sends ${headers.map(({ name }) => name).join(', ')}`,
            viewpoint: 'outside',
            expect: 'works',
            check: { kind: 'http', ...door, tls: true, path, redirect: false, headers },
          }),
        ),
    ),
  );
}
