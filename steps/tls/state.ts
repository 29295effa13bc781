// Rules: what the files say, put together as nginx does, is judged, and only a whole reading can pass; what only this machine itself reaches is
// nobody's risk; a setting is changed where it stands, and one that stands nowhere goes into a drop-in of ours.
import type { CertificateFile, KeyFile } from '../../src/facts/certificate.ts';
import type { NginxFact, NginxListen, NginxSetting, NginxSite } from '../../src/facts/nginx-values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Verdict } from '../../src/model/control.ts';
import { knownValue } from '../../src/model/outcome.ts';
import type { NginxEditResource } from '../../src/model/resource.ts';

const DROP_IN = '/etc/nginx/conf.d/portcullis.conf';

export function nginxOf(context: Context): NginxFact | undefined {
  const { nginx } = context.readings;
  return nginx.kind === 'known' ? nginx.value : undefined;
}

export const runs = (context: Context): boolean => nginxOf(context)?.unit.active === 'active';

/** Judges what is there; what is not wholly known passes nothing. */
export function onNginx(context: Context, judge: (fact: NginxFact) => Verdict): Verdict {
  const { nginx } = context.readings;
  if (nginx.kind === 'unknown') return { result: 'unknown', evidence: [nginx.reason] };
  if (nginx.kind === 'absent') return { result: 'unknown', evidence: ['nginx is not installed'] };
  const verdict = judge(nginx.value);
  const { problems } = nginx.value;
  return verdict.result === 'pass' && problems.length > 0
    ? { result: 'unknown', evidence: ['not all of the configuration could be read', ...problems] }
    : verdict;
}

/** fail with every fault, or pass with `fine`. */
export function faultsOr(faults: readonly string[], fine: string): Verdict {
  return faults.length > 0 ? { result: 'fail', evidence: faults } : { result: 'pass', evidence: [fine] };
}

const isNear = ({ address }: NginxListen): boolean => /^(127\.|::1$|localhost$)/.test(address);

/** Where others than this machine itself come in. */
export function doorsOf(site: Pick<NginxSite, 'listens'>): readonly NginxListen[] {
  return site.listens.filter((listen) => !isNear(listen));
}

/** It answers over TLS; one that refuses every handshake does not. */
export const isTls = (site: NginxSite): boolean =>
  site.settings.ssl_reject_handshake?.args[0] !== 'on' && doorsOf(site).some(({ tls }) => tls);

export const isPlain = (site: Pick<NginxSite, 'listens'>): boolean => doorsOf(site).some(({ tls }) => !tls);

/** Sites that somebody else than this machine itself reaches. */
export function sitesOf(context: Context): readonly NginxSite[] {
  return (nginxOf(context)?.sites ?? []).filter((site) => doorsOf(site).length > 0);
}

export const tlsSites = (context: Context): readonly NginxSite[] => sitesOf(context).filter(isTls);

/** Where the same names are served over TLS: the port, or undefined when nowhere. */
export function securePort(site: NginxSite, sites: readonly NginxSite[]): number | undefined {
  const twins = [site, ...sites.filter((one) => one.names.some((name) => site.names.includes(name)))];
  return twins.flatMap(doorsOf).find(({ tls }) => tls)?.port;
}

/** There may be something to judge: what could not be read is judged as unknown. */
export const mayHave = (context: Context, sites: (context: Context) => readonly NginxSite[]): boolean =>
  context.readings.nginx.kind === 'unknown' ||
  sites(context).length > 0 ||
  (nginxOf(context)?.problems.length ?? 0) > 0;

/** Names that say one host each: no patterns, no catch-all. */
export function hostNames(site: Pick<NginxSite, 'names'>): readonly string[] {
  return site.names
    .map((name) => name.toLowerCase().replace(/\.$/, ''))
    .filter((name) => /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name) && !/^_+$/.test(name));
}

/** An IPv4 address: what looks like a name and is none. */
export const isAddress = (name: string): boolean => /^\d+(\.\d+){3}$/.test(name);

export function titleOf(site: NginxSite): string {
  const [name] = [...hostNames(site), ...site.names.filter((one) => !/^_*$/.test(one))];
  return name ?? `the server in ${site.file}, line ${site.line}`;
}

const absolute = (context: Context, path: string): string => {
  const main = nginxOf(context)?.main ?? '/etc/nginx/nginx.conf';
  return path.startsWith('/') ? path : `${main.slice(0, main.lastIndexOf('/'))}/${path}`;
};

export type Pair = { readonly certificate: CertificateFile | undefined; readonly key: KeyFile | undefined };

/** The certificates of a site and their keys; undefined where only a variable names them. */
export function pairsOf(site: NginxSite, context: Context): readonly Pair[] {
  const fact = nginxOf(context);
  return site.certificates.map(({ certificate, key }) => ({
    certificate: fact?.certificates.find(({ path }) => path === absolute(context, certificate)),
    key: fact?.keys.find(({ path }) => path === absolute(context, key)),
  }));
}

/** It shows the certificate that certbot keeps under this name. */
export const shows = (site: NginxSite, name: string): boolean =>
  site.certificates.some(({ certificate }) => certificate.startsWith(`/etc/letsencrypt/live/${name}/`));

/** "*.example.com" is for one label below it. */
export function coversName(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  const rest = pattern.startsWith('*.') ? pattern.slice(1) : undefined;
  return (
    rest !== undefined && name.endsWith(rest) && !name.slice(0, -rest.length).includes('.') && name !== rest
  );
}

/** Edits that put a directive right for every site where `isFine` says no. */
export function settle(
  context: Context,
  it: {
    readonly name: string;
    readonly args: readonly string[];
    readonly sites: readonly NginxSite[];
    readonly isFine: (setting: NginxSetting | undefined, site: NginxSite) => boolean;
  },
): readonly NginxEditResource[] {
  const edits = it.sites.flatMap((site) => {
    const setting = site.settings[it.name];
    if (it.isFine(setting, site)) return [];
    const block = setting?.block ?? freshBlock(context);
    if (block === undefined) return [];
    const { file, at } = block;
    const edit = { do: 'set', name: it.name, args: it.args, kept: 0 } as const;
    return [{ kind: 'nginx-edit', file, block: at, edit } as const];
  });
  return [...new Map(edits.map((one) => [JSON.stringify(one), one])).values()];
}

/** Where a setting for all sites goes that stands nowhere yet. */
function freshBlock(
  context: Context,
): { readonly file: string; readonly at: NginxEditResource['block'] } | undefined {
  const fact = nginxOf(context);
  return fact?.dropIns === true ? { file: DROP_IN, at: [] } : fact?.http;
}

/** The host's own clock, Unix seconds. */
export const nowOf = (context: Context): number | undefined =>
  knownValue(context.readings.boot)?.epochSeconds;
