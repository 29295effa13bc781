// How nginx would answer a request for an ACME challenge, from its files. Rules: the location is chosen as nginx chooses it; only a plain file
// below a plain folder counts as an answer; whatever else decides on the way is named, so that nobody asks an authority in vain.
import { sanitizeLine } from '../text/sanitize.ts';
import type { NginxNode } from './nginx-tree.ts';
import type { NginxChallenge } from './nginx-values.ts';

const CHALLENGES = '/.well-known/acme-challenge/';
/** A name such as authorities choose. */
const ASKED = `${CHALLENGES}0aZ_-`;

/** What hands a request on, or turns it down. */
const OTHERWISE =
  /^(proxy_pass|fastcgi_pass|uwsgi_pass|scgi_pass|grpc_pass|memcached_pass|return|rewrite|internal|auth_basic|auth_request|deny|satisfy|content_by_lua_block|js_content|empty_gif|stub_status|alias|error_page)$/;
/** nginx of Debian serves from here where nothing else is said. */
const BUILT_IN = '/usr/share/nginx/html';

/** `server`: directives of the block; `http`: those around it. */
export function challengeOf(server: readonly NginxNode[], http: readonly NginxNode[]): NginxChallenge {
  const early = server.find((node) => decidesEarly(node));
  if (early !== undefined) {
    const to = early.name === 'return' && (early.args[1] ?? '').startsWith('https://');
    return {
      why: `${placeOf(early)} answers everything`,
      stuck: 'early',
      ...(to ? { sentTo: 'https' as const } : {}),
    };
  }
  const taken = server.some(({ name, args }) => name === 'location' && args.at(-1) === CHALLENGES);
  const stuck = taken ? ({ stuck: 'taken' } as const) : {};
  const location = chosen(server.filter(({ name, children }) => name === 'location' && children !== null));
  if (typeof location === 'string') return { why: location, ...stuck };
  const inside = location?.children ?? [];
  const odd = inside.find(({ name, args }) => OTHERWISE.test(name) && !isHarmless(name, args));
  if (odd !== undefined) return { why: `${placeOf(odd)} decides about it`, ...stuck };
  const nested = inside.find(({ name }) => name === 'location' || name === 'if');
  if (nested !== undefined) return { why: `${placeOf(nested)} may decide about it`, ...stuck };
  for (const name of ['auth_basic', 'auth_request', 'deny'] as const) {
    const near = [inside, server, http].find((nodes) => nodes.some((node) => node.name === name));
    const shut = near?.find((node) => node.name === name && !isHarmless(name, node.args));
    if (shut !== undefined) return { why: `${placeOf(shut)} keeps strangers out`, ...stuck };
  }
  const root = [inside, server, http].flatMap((nodes) => nodes.find(({ name }) => name === 'root') ?? [])[0];
  const folder = root === undefined ? BUILT_IN : (root.args[0] ?? '').replace(/\/+$/, '');
  if (!/^\/[^$]*$/.test(folder) || folder.split('/').includes('..'))
    return { why: `${root === undefined ? folder : placeOf(root)} is no plain folder`, ...stuck };
  return { root: folder };
}

const isHarmless = (name: string, args: readonly string[]): boolean =>
  (name === 'auth_basic' && args[0] === 'off') ||
  (name === 'deny' && args[0] !== 'all') ||
  name === 'error_page';

const placeOf = ({ name, args, file, line }: NginxNode): string =>
  sanitizeLine(`"${[name, ...args].join(' ')}" in ${file}, line ${line}`, 200);

/** Directives of the server itself that nginx carries out before it looks for a location. */
function decidesEarly({ name, args, children }: NginxNode): boolean {
  if (name === 'return' || name === 'rewrite') return true;
  if (name !== 'if' || children === null) return false;
  if (!children.some((child) => child.name === 'return' || child.name === 'rewrite')) return false;
  // A condition of ours, and of others who know the same trick, lets challenges through.
  return !args.join(' ').includes('acme-challenge');
}

/** The location nginx takes; undefined: none. A text says why that cannot be told. */
function chosen(locations: readonly NginxNode[]): NginxNode | undefined | string {
  const exact = locations.find(({ args }) => args[0] === '=' && args[1] === ASKED);
  if (exact !== undefined) return exact;
  const prefixes = locations.flatMap((node) => {
    const [first = '', second = ''] = node.args;
    const prefix = first === '^~' ? second : first.startsWith('/') ? first : undefined;
    return prefix !== undefined && ASKED.startsWith(prefix) ? [{ node, prefix, ends: first === '^~' }] : [];
  });
  const [longest] = [...prefixes].sort((a, b) => b.prefix.length - a.prefix.length);
  if (longest?.ends === true) return longest.node;
  for (const node of locations) {
    const [kind = '', pattern = ''] = node.args;
    if (kind !== '~' && kind !== '~*') continue;
    try {
      if (new RegExp(pattern, kind === '~*' ? 'i' : '').test(ASKED)) return node;
    } catch {
      return `${placeOf(node)} could not be understood`;
    }
  }
  return longest?.node;
}
