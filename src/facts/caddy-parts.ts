// What the caddy fact makes of its sections: what is configured, where, and whether it is in force.
import { sanitizeLine } from '../text/sanitize.ts';
import { blocksOf } from './caddy-blocks.ts';
import { sitesIn } from './caddy-sites.ts';
import type { CaddyAdmin, CaddyFact } from './caddy-values.ts';
import { canonicalJson, listOf, parsedJson, recordOf, textOf } from './json.ts';
import { linesOf, type Sections } from './sections.ts';
import type { ConfigFile } from './values.ts';

/** Sites and orders of a configuration ("caddy adapt", parsed), and where in the files they stand. `admin`: of its environment. */
export function configuredIn(
  config: unknown,
  files: readonly ConfigFile[],
  admin = '',
): Pick<CaddyFact, 'admin' | 'automatic' | 'sites' | 'behind' | 'problems'> {
  const blocks = blocksOf(files, portsIn(config));
  const { automatic, sites } = sitesIn(config);
  return {
    admin: adminIn(config, admin),
    automatic,
    sites: sites.map((site) => {
      // The first is its own; what Caddy adds by itself stands in no block.
      const place = blocks.find({ names: site.names, port: site.listens[0]?.port ?? 0 });
      return place === undefined ? site : { ...site, place };
    }),
    behind: behindIn(files),
    problems: blocks.problems,
  };
}

/** Why what the files say is not all, or not what Caddy serves. */
export function unreadIn(
  sections: Sections,
  it: { readonly config: unknown; readonly files: readonly ConfigFile[]; readonly main: string },
): readonly string[] {
  const { config, files, main } = it;
  const why = sections.find('refused')?.body.trim() || 'it does not say why';
  return [
    ...(files.some(({ path }) => path === main) ? [] : [`there is no ${main}`]),
    ...(config === undefined && files.length > 0 ? [`Caddy does not take its files: ${why}`] : []),
    ...(/^ExecStart=.* --resume(?: |$)/m.test(sections.body('unit'))
      ? ['Caddy is started with --resume: what it was told last is in force, not its files']
      : []),
  ].map((one) => sanitizeLine(one, 400));
}

/** When it took its configuration, Unix seconds. */
export function loadedIn(sections: Sections): number | undefined {
  const note = sections.find('loaded')?.body.trim() ?? '';
  return note === '' ? undefined : Number(note);
}

/** Those for http and https. */
function portsIn(config: unknown): readonly [number, number] {
  const http = recordOf(recordOf(recordOf(config).apps).http);
  const port = (value: unknown, standard: number) => (typeof value === 'number' ? value : standard);
  return [port(http.http_port, 80), port(http.https_port, 443)];
}

/** Marks what the configuration itself names. */
export function namesIn(
  config: unknown,
): <T extends { readonly path: string; readonly named: boolean }>(it: T) => T {
  const tls = recordOf(recordOf(recordOf(config).apps).tls);
  const paths = listOf(recordOf(tls.certificates).load_files)
    .map(recordOf)
    .flatMap(({ certificate, key }) => [textOf(certificate), textOf(key)]);
  return (it) => ({ ...it, named: paths.includes(it.path) });
}

function adminIn(config: unknown, environment: string): CaddyAdmin {
  const said = recordOf(recordOf(config).admin);
  return { off: said.disabled === true, listen: textOf(said.listen) || environment || 'localhost:2019' };
}

/** Where it takes orders now, by the configuration that it took last; nothing where it keeps no note of that. */
export function adminNow(sections: Sections, loaded: number | undefined): Pick<CaddyFact, 'adminNow'> {
  const force = loaded === undefined ? undefined : parsedJson(sections.find('loaded-json')?.body ?? '');
  return force === undefined ? {} : { adminNow: adminIn(force, adminSaid(sections)) };
}

/** CADDY_ADMIN of its environment. */
export const adminSaid = (sections: Sections): string => sections.find('admin')?.body.trim() ?? '';

/** Signs of somebody in front who ends TLS: who the visitor is, or how he came, is taken from others. */
function behindIn(files: readonly ConfigFile[]): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const [, word] =
        /^\s*(trusted_proxies|proxy_protocol)\b/.exec(line) ??
        /\{(?:http\.request\.)?header\.(X-Forwarded-Proto)\}/i.exec(line) ??
        [];
      return word === undefined ? [] : [sanitizeLine(`${word} in ${path}, line ${index + 1}`, 200)];
    }),
  );
}

/** Files that changed after Caddy took its configuration; that what it took is another one, where no file tells why. */
export function unservedIn(
  sections: Sections,
  it: { readonly config: unknown; readonly loaded: number | undefined },
): Pick<CaddyFact, 'unserved' | 'foreign'> {
  const { config, loaded } = it;
  if (loaded === undefined) return { unserved: [], foreign: false };
  const unserved = linesOf(sections.find('changed')?.body ?? '').flatMap((line) => {
    const cut = line.indexOf(' ');
    return Number(line.slice(0, cut)) > loaded ? [line.slice(cut + 1)] : [];
  });
  const force = parsedJson(sections.find('loaded-json')?.body ?? '');
  const isTold = unserved.length === 0 && config !== undefined && force !== undefined;
  return { unserved, foreign: isTold && canonicalJson(config) !== canonicalJson(force) };
}
