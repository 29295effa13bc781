// Rules: a row for every site that others reach; what the controls judge about it is repeated in its row, so that table and findings never
// disagree; what was seen from the operator's machine is told as such.
import type { CaddySite } from '../../src/facts/caddy-values.ts';
import type { NginxListen, NginxSite } from '../../src/facts/nginx-values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import type { Door } from '../../src/model/outside.ts';
import type { StepView, ViewRow } from '../../src/model/view.ts';
import { utc } from '../../src/text/utc.ts';
import { caddyOf, caddySites, caddyTitle, isSecure, shownBy } from './caddy/state.ts';
import { hstsIn } from './hsts.ts';
import { doorsOf, isPlain, isTls, nginxOf, pairsOf, sitesOf, titleOf } from './state.ts';
import { protocolsOf } from './versions.ts';

const COLUMNS = ['Site', 'Ports', 'Certificate', 'Until', 'TLS', 'HSTS', 'Plain http', 'From here'];

export function sitesView(context: Context, controls: readonly Control[]): StepView {
  const { nginx, caddy } = context.readings;
  const untold = [nginx, caddy].find(({ kind }) => kind === 'unknown');
  return {
    id: 'tls.sites',
    title: 'Sites',
    about:
      'Every site of nginx and Caddy that others reach, as their files say once they are put together; "From here" is what your own machine saw.',
    columns: COLUMNS,
    rows: [
      ...sitesOf(context).map((site) => rowOf(aloneOf(site, context), cellsOf(site, context), controls)),
      ...caddySites(context).map((site) =>
        rowOf(aloneWithCaddy(site, context), caddyCells(site, context), controls),
      ),
    ],
    empty:
      untold?.kind === 'unknown'
        ? `What is served could not be told: ${untold.reason}.`
        : nginx.kind === 'absent' && caddy.kind === 'absent'
          ? 'There is no nginx and no Caddy on this host.'
          : 'Nothing is served that others reach.',
    legend: {
      good: 'nothing to put right',
      bad: 'something fails',
      unknown: 'could not be told',
    },
  };
}

/** The ports of all sites, for a look from outside. */
export function doors(context: Context): readonly Door[] {
  const all = [...sitesOf(context), ...caddySites(context)]
    .flatMap(doorsOf)
    .map(({ family, port }) => ({ family, port }));
  return [...new Map(all.map((door) => [JSON.stringify(door), door])).values()];
}

/** The context with no other site. */
function aloneOf(site: NginxSite, context: Context): Context {
  const fact = nginxOf(context);
  if (fact === undefined) return context;
  const sites = fact.sites.filter(
    (one) => one === site || one.names.some((name) => site.names.includes(name)),
  );
  const nginx = { kind: 'known', value: { ...fact, sites } } as const;
  return { ...context, readings: { ...context.readings, nginx, caddy: { kind: 'absent' } } };
}

/** What is about Caddy as a whole is told once, not in every row. */
function aloneWithCaddy(site: CaddySite, context: Context): Context {
  const fact = caddyOf(context);
  if (fact === undefined) return context;
  const sites = fact.sites.filter(
    (one) => one === site || one.names.some((name) => site.names.includes(name)),
  );
  const { adminNow: _, ...rest } = fact;
  const admin = { ...fact.admin, off: true };
  const value = { ...rest, sites, admin, ...(fact.adminNow === undefined ? {} : { adminNow: admin }) };
  const caddy = { kind: 'known', value } as const;
  return { ...context, readings: { ...context.readings, caddy, nginx: { kind: 'absent' } } };
}

function rowOf(alone: Context, cells: readonly string[], controls: readonly Control[]): ViewRow {
  const said = controls
    .filter((control) => control.applies?.(alone) !== false)
    .map((control) => ({ title: control.title, verdict: control.judge(alone) }));
  const words = (result: string, verb: string) =>
    said
      .filter(({ verdict }) => verdict.result === result)
      .map(({ title, verdict }) => `“${title}” ${verb}: ${verdict.evidence.join('; ')}.`);
  const [bad, untold] = [words('fail', 'fails'), words('unknown', 'cannot be told')];
  return {
    state: bad.length > 0 ? 'bad' : untold.length > 0 ? 'unknown' : 'good',
    cells,
    notes: [...bad, ...untold],
  };
}

function cellsOf(site: NginxSite, context: Context): readonly string[] {
  const [first] = pairsOf(site, context).flatMap(({ certificate }) => certificate?.certificates[0] ?? []);
  const hsts = hstsIn(site.scopes[0]?.headers ?? []);
  const tls = isTls(site);
  return [
    `${titleOf(site)}${context.readings.caddy.kind === 'known' ? ' (nginx)' : ''}`,
    portsOf(doorsOf(site)),
    first === undefined ? (tls ? 'not told' : 'none') : first.selfSigned ? 'self-signed' : first.issuer,
    first === undefined ? '–' : utc(first.until).slice(0, 10),
    tls ? protocolsOf(site, context).join(' ').replaceAll('TLSv', '') : '–',
    tls ? (hsts === undefined ? 'none' : `${hsts.seconds} s`) : '–',
    isPlain(site) ? PLAIN[site.plain] : 'closed',
    fromHere(site, context),
  ];
}

function caddyCells(site: CaddySite, context: Context): readonly string[] {
  const [shown] = shownBy(site, context);
  const first = shown?.file.certificates[0];
  const hsts = hstsIn(site.headers);
  const tls = isSecure(site);
  const missing = { internal: 'of Caddy itself', acme: 'not yet', files: 'not told', none: 'none' };
  const isOpen = doorsOf(site).some((door) => !door.tls);
  return [
    `${caddyTitle(site)}${context.readings.nginx.kind === 'known' ? ' (Caddy)' : ''}`,
    portsOf(doorsOf(site)),
    first === undefined ? missing[site.issuer] : first.selfSigned ? 'self-signed' : first.issuer,
    first === undefined ? '–' : utc(first.until).slice(0, 10),
    tls ? site.protocols.join(' ').replaceAll('TLSv', '') : '–',
    tls ? (hsts === undefined ? 'none' : `${hsts.seconds} s`) : '–',
    isOpen ? PLAIN[site.plain] : 'closed',
    fromHere(site, context),
  ];
}

const PLAIN = { https: 'to https', refused: 'refused', served: 'served' };

const portsOf = (doors: readonly NginxListen[]): string =>
  [...new Set(doors.map(({ port, tls }) => `${port}${tls ? ' tls' : ''}`))].join(', ');

function fromHere(site: Pick<NginxSite, 'listens'>, context: Context): string {
  const { outside } = context;
  if (outside === undefined) return 'not looked';
  const seen = doorsOf(site).flatMap(({ family, port }) =>
    outside.doors.filter((door) => door.family === family && door.port === port),
  );
  if (seen.length === 0) return 'not tried';
  return [...new Set(seen.map(({ port, reached }) => `${port} ${reached}`))].join(', ');
}
