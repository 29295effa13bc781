// Rules: what Caddy itself makes of its files is judged, and only a whole reading of files that it serves can pass; a site that only this
// machine's own names or addresses reach is nobody's risk.
import type { CaddyFact, CaddySite } from '../../../src/facts/caddy-values.ts';
import type { CertificateFile, KeyFile } from '../../../src/facts/certificate.ts';
import type { Context } from '../../../src/model/context.ts';
import type { Verdict } from '../../../src/model/control.ts';
import { knownValue } from '../../../src/model/outcome.ts';
import { coversName, doorsOf, hostNames } from '../state.ts';

export const caddyOf = (context: Context): CaddyFact | undefined => knownValue(context.readings.caddy);

export const caddyRuns = (context: Context): boolean => caddyOf(context)?.unit.active === 'active';

/** Judges what is there; what is not wholly known passes nothing, and neither do files that are not what is served. */
export function onCaddy(context: Context, judge: (fact: CaddyFact) => Verdict): Verdict {
  const verdict = onFiles(context, judge);
  const fact = caddyOf(context);
  return verdict.result === 'pass' && fact !== undefined && (fact.foreign || fact.unserved.length > 0)
    ? { result: 'unknown', evidence: ['Caddy serves something else than its files, which were read'] }
    : verdict;
}

/** As `onCaddy`, for what holds whatever is served. */
export function onFiles(context: Context, judge: (fact: CaddyFact) => Verdict): Verdict {
  const { caddy } = context.readings;
  if (caddy.kind === 'unknown') return { result: 'unknown', evidence: [caddy.reason] };
  if (caddy.kind === 'absent') return { result: 'unknown', evidence: ['Caddy is not installed'] };
  const verdict = judge(caddy.value);
  const { problems } = caddy.value;
  return verdict.result === 'pass' && problems.length > 0
    ? { result: 'unknown', evidence: ['not all of the configuration could be read', ...problems] }
    : verdict;
}

const isOwnName = (name: string): boolean => /^(localhost|.*\.localhost|127\.[\d.]+|::1)$/i.test(name);

/** Sites that somebody else than this machine itself reaches. */
export function caddySites(context: Context): readonly CaddySite[] {
  return (caddyOf(context)?.sites ?? []).filter(
    (site) => doorsOf(site).length > 0 && !(site.names.length > 0 && site.names.every(isOwnName)),
  );
}

export const isSecure = (site: CaddySite): boolean => doorsOf(site).some(({ tls }) => tls);

export const secureSites = (context: Context): readonly CaddySite[] => caddySites(context).filter(isSecure);

/** Those that plain requests reach by their own block; Caddy's own redirects are none. */
export const plainSites = (context: Context): readonly CaddySite[] =>
  caddySites(context).filter((site) => !isSecure(site));

/** There may be something to judge: what could not be read is judged as unknown. */
export const mayHaveCaddy = (context: Context, sites: (context: Context) => readonly CaddySite[]): boolean =>
  context.readings.caddy.kind === 'unknown' ||
  sites(context).length > 0 ||
  (caddyOf(context)?.problems.length ?? 0) > 0;

export function caddyTitle(site: CaddySite): string {
  const [name] = [...hostNames(site), ...site.names];
  const { place, listens } = site;
  const where = place === undefined ? '' : `, ${place.file}, line ${place.line}`;
  return name ?? `whatever comes to port ${listens[0]?.port ?? '?'} (Caddy${where})`;
}

type Pair = { readonly certificate: CertificateFile | undefined; readonly key: KeyFile | undefined };

/** The certificates that a site was told to use, and their keys; undefined where a path is not known. */
export function caddyPairs(site: CaddySite, context: Context): readonly Pair[] {
  const fact = caddyOf(context);
  return site.certificates.map(({ certificate, key }) => ({
    certificate: fact?.certificates.find(({ path }) => path === certificate),
    key: fact?.keys.find(({ path }) => path === key),
  }));
}

/** What Caddy fetched for one name. */
export function fetchedFor(name: string, context: Context): CertificateFile | undefined {
  const mine = (caddyOf(context)?.certificates ?? []).filter(
    ({ path }) =>
      /\/certificates\/[^/]+\/[^/]+\/[^/]+\.crt$/.test(path) && !path.includes('/certificates/local/'),
  );
  return mine.find(({ certificates: [first] }) => first?.names.some((one) => coversName(one, name)));
}

/** The certificates that a site shows, with the name each is for; none where Caddy makes its own. */
export function shownBy(
  site: CaddySite,
  context: Context,
): readonly { readonly file: CertificateFile; readonly name?: string }[] {
  if (site.issuer === 'files')
    return caddyPairs(site, context).flatMap(({ certificate }) =>
      certificate === undefined ? [] : [{ file: certificate }],
    );
  if (site.issuer !== 'acme') return [];
  return hostNames(site).flatMap((name) => {
    const file = fetchedFor(name, context);
    return file === undefined ? [] : [{ file, name }];
  });
}
