// Rules: handlers run in the order in which Caddy put them, and the first that answers ends it; one behind a matcher, or in a group of
// which only one is taken, is for some requests only; fields are set at once, or late, when the answer goes out.
import type { CaddyHeader, CaddySite } from './caddy-values.ts';
import { type JsonRecord, listOf, recordOf, textOf, textsOf } from './json.ts';

const DEPTH = 20;
/** They look at a request, or change it, and hand it on. */
const HANDED_ON = [
  'headers',
  'vars',
  'rewrite',
  'encode',
  'request_body',
  'map',
  'tracing',
  'authentication',
  'templates',
  'push',
  'copy_response_headers',
  'invoke',
  'log_append',
  'intercept',
];

/** What a matcher leaves out: nothing, nothing that matters (other schemes, the ACME challenge), or some requests. */
function matched(route: JsonRecord): 'all' | 'plain' | 'some' {
  const sets = listOf(route.match).map(recordOf);
  if (sets.length === 0) return 'all';
  return sets.some((set) => Object.entries(set).every(([name, value]) => isHarmless(name, value)))
    ? 'plain'
    : 'some';
}

function isHarmless(name: string, value: unknown): boolean {
  if (name === 'protocol') return value === 'http';
  return name === 'not' && listOf(value).every((set) => isChallenge(recordOf(set)));
}

const isChallenge = (set: JsonRecord): boolean => {
  const paths = textsOf(set.path);
  return paths.length > 0 && paths.every((path) => path.startsWith('/.well-known/'));
};

/** How a plain request is answered by the handlers of a site. */
export function plainOf(handlers: readonly unknown[]): CaddySite['plain'] {
  return wayOf(handlers, 0) ?? 'served';
}

function wayOf(handlers: readonly unknown[], depth: number): CaddySite['plain'] | undefined {
  if (depth > DEPTH) return 'served';
  for (const handler of handlers.map(recordOf)) {
    const way = wayOfOne(handler, depth);
    if (way !== undefined) return way;
  }
  return undefined;
}

function wayOfOne(handler: JsonRecord, depth: number): CaddySite['plain'] | undefined {
  const kind = textOf(handler.handler);
  if (kind === 'subroute') return wayOfRoutes(listOf(handler.routes).map(recordOf), depth + 1);
  if (HANDED_ON.includes(kind)) return undefined;
  if (kind !== 'static_response') return 'served';
  if (handler.abort === true) return 'refused';
  const status = Number(handler.status_code ?? 200);
  const [location = ''] = textsOf(recordOf(handler.headers).Location);
  if (status >= 301 && status <= 308 && location.startsWith('https://')) return 'https';
  return status >= 400 && status < 500 ? 'refused' : 'served';
}

function wayOfRoutes(routes: readonly JsonRecord[], depth: number): CaddySite['plain'] | undefined {
  const parts: CaddySite['plain'][] = [];
  for (const route of routes) {
    const way = wayOf(listOf(route.handle), depth);
    const sets = listOf(route.match).map(recordOf);
    if (way === undefined || (sets.length > 0 && sets.every(isChallenge))) continue;
    parts.push(way);
    if (matched(route) !== 'some') break;
  }
  if (parts.length === 0) return undefined;
  return parts.find((way) => way === 'served') ?? (parts.includes('https') ? 'https' : 'refused');
}

/** Fields of every answer, and those that some answers have otherwise. */
export function answersOf(handlers: readonly unknown[]): Pick<CaddySite, 'headers' | 'partly'> {
  const all = new Map<string, CaddyHeader>();
  const partly: CaddyHeader[] = [];
  walk(handlers, { isWhole: true, depth: 0, all, partly });
  return { headers: [...all.values()].filter(({ value }) => value !== ''), partly };
}

type Walk = {
  readonly isWhole: boolean;
  readonly depth: number;
  readonly all: Map<string, CaddyHeader>;
  readonly partly: CaddyHeader[];
};

function walk(handlers: readonly unknown[], at: Walk): void {
  if (at.depth > DEPTH) return;
  for (const handler of handlers.map(recordOf)) {
    const kind = textOf(handler.handler);
    if (kind === 'headers') apply(recordOf(handler.response), at);
    if (kind === 'reverse_proxy')
      apply(recordOf(recordOf(handler.headers).response), { ...at, isWhole: false });
    if (kind !== 'subroute') continue;
    for (const route of listOf(handler.routes).map(recordOf)) {
      const isWhole = at.isWhole && matched(route) === 'all' && route.group === undefined;
      walk(listOf(route.handle), { ...at, isWhole, depth: at.depth + 1 });
    }
  }
}

function apply(response: JsonRecord, at: Walk): void {
  const isDefault = response.require !== undefined;
  const late = response.deferred === true || isDefault;
  const put = (header: CaddyHeader): void => {
    const key = header.name.toLowerCase();
    if (!at.isWhole) at.partly.push(header);
    // Of two, the late one has the last word; a default has none where there is one.
    else if (!(at.all.get(key)?.late === true && !late) && !(isDefault && at.all.has(key)))
      at.all.set(key, header);
  };
  for (const [name, values] of [
    ...Object.entries(recordOf(response.set)),
    ...Object.entries(recordOf(response.add)),
  ])
    put({ name, value: textsOf(values).join(', '), late });
  for (const name of [...textsOf(response.delete), ...Object.keys(recordOf(response.replace))])
    put({ name, value: '', late });
}
