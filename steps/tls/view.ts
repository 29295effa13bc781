// Rules: a row for every site that others reach; what the controls judge about it is repeated in its row, so that table and findings never
// disagree; what was seen from the operator's machine is told as such.
import type { NginxSite } from '../../src/facts/nginx-values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import type { Door } from '../../src/model/outside.ts';
import type { StepView, ViewRow } from '../../src/model/view.ts';
import { utc } from '../../src/text/utc.ts';
import { hstsIn } from './hsts.ts';
import { doorsOf, isPlain, isTls, nginxOf, pairsOf, sitesOf, titleOf } from './state.ts';
import { protocolsOf } from './versions.ts';

const COLUMNS = ['Site', 'Ports', 'Certificate', 'Until', 'TLS', 'HSTS', 'Plain http', 'From here'];

export function sitesView(context: Context, controls: readonly Control[]): StepView {
  const { nginx } = context.readings;
  return {
    id: 'tls.sites',
    title: 'Sites',
    about:
      'Every site of nginx that others reach, as its files say once they are put together; "From here" is what your own machine saw.',
    columns: COLUMNS,
    rows: sitesOf(context).map((site) => rowOf(site, context, controls)),
    empty:
      nginx.kind === 'unknown'
        ? `What nginx serves could not be told: ${nginx.reason}.`
        : nginx.kind === 'absent'
          ? 'There is no nginx on this host.'
          : 'nginx serves nothing that others reach.',
    legend: {
      good: 'nothing to put right',
      bad: 'something fails',
      unknown: 'could not be told',
    },
  };
}

/** The ports of all sites, for a look from outside. */
export function doors(context: Context): readonly Door[] {
  const all = sitesOf(context)
    .flatMap(doorsOf)
    .map(({ family, port }) => ({ family, port }));
  return [...new Map(all.map((door) => [JSON.stringify(door), door])).values()];
}

/** What the controls say of this site alone: the context with no other. */
function rowOf(site: NginxSite, context: Context, controls: readonly Control[]): ViewRow {
  const fact = nginxOf(context);
  if (fact === undefined) return { state: 'unknown', cells: COLUMNS.map(() => '–'), notes: [] };
  const mine = (fact.sites ?? []).filter(
    (one) => one === site || one.names.some((name) => site.names.includes(name)),
  );
  const alone: Context = {
    ...context,
    readings: { ...context.readings, nginx: { kind: 'known', value: { ...fact, sites: mine } } },
  };
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
    cells: cellsOf(site, context),
    notes: [...bad, ...untold],
  };
}

function cellsOf(site: NginxSite, context: Context): readonly string[] {
  const [first] = pairsOf(site, context).flatMap(({ certificate }) => certificate?.certificates[0] ?? []);
  const hsts = hstsIn(site.scopes[0]?.headers ?? []);
  const tls = isTls(site);
  const ports = [...new Set(doorsOf(site).map(({ port, tls: over }) => `${port}${over ? ' tls' : ''}`))];
  return [
    titleOf(site),
    ports.join(', '),
    first === undefined ? (tls ? 'not told' : 'none') : first.selfSigned ? 'self-signed' : first.issuer,
    first === undefined ? '–' : utc(first.until).slice(0, 10),
    tls ? protocolsOf(site, context).join(' ').replaceAll('TLSv', '') : '–',
    tls ? (hsts === undefined ? 'none' : `${hsts.seconds} s`) : '–',
    isPlain(site) ? { https: 'to https', refused: 'refused', served: 'served' }[site.plain] : 'closed',
    fromHere(site, context),
  ];
}

function fromHere(site: NginxSite, context: Context): string {
  const { outside } = context;
  if (outside === undefined) return 'not looked';
  const seen = doorsOf(site).flatMap(({ family, port }) =>
    outside.doors.filter((door) => door.family === family && door.port === port),
  );
  if (seen.length === 0) return 'not tried';
  return [...new Set(seen.map(({ port, reached }) => `${port} ${reached}`))].join(', ');
}
