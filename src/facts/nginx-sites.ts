// Rules: what is in force for a server is worked out as nginx merges its levels: a directive of the server hides that of http; add_header
// is all or nothing a block; the first matching way of answering a plain request decides. Only http is looked at.
import { sanitizeLine } from '../text/sanitize.ts';
import { challengeOf } from './nginx-challenge.ts';
import type { NginxNode, NginxTree } from './nginx-tree.ts';
import type {
  NginxBlock,
  NginxFact,
  NginxHeader,
  NginxHeaderScope,
  NginxListen,
  NginxSetting,
  NginxSite,
} from './nginx-values.ts';

/** Directives that http hands down to its servers as a whole. */
const HANDED_DOWN = [
  'ssl_protocols',
  'ssl_ciphers',
  'ssl_session_tickets',
  'ssl_prefer_server_ciphers',
  'ssl_conf_command',
  'server_tokens',
  'ssl_reject_handshake',
];

export function sitesOf(
  tree: NginxTree,
  main: string,
): Pick<NginxFact, 'http' | 'dropIns' | 'sites' | 'behind' | 'problems'> {
  const http = tree.nodes.filter(({ name, children }) => name === 'http' && children !== null);
  const [block] = http;
  const odd = [
    ...(block === undefined ? [`${main} has no block "http"`] : []),
    ...(http.length > 1 ? ['there are two blocks "http"'] : []),
    ...(everyNode(tree.nodes).some(({ name }) => name === 'add_header_inherit')
      ? ['add_header_inherit is used: which headers are in force cannot be told']
      : []),
  ];
  const inside = block?.children ?? [];
  return {
    ...(block === undefined ? {} : { http: blockOf(block) }),
    dropIns: tree.dropIns,
    sites: inside.flatMap((node) => (node.name === 'server' ? [siteOf(node, inside)] : [])),
    behind: everyNode(inside).flatMap((node) => (isBehind(node) ? [placeOf(node)] : [])),
    problems: [...tree.problems, ...odd],
  };
}

const placeOf = ({ name, file, line }: NginxNode): string =>
  sanitizeLine(`${name} in ${file}, line ${line}`, 200);

/** It takes from others who the visitor is, or how he came. Telling those behind the own scheme is no such sign. */
function isBehind({ name, args }: NginxNode): boolean {
  if (name === 'real_ip_header' || name === 'set_real_ip_from') return true;
  if (name === 'listen' && args.includes('proxy_protocol')) return true;
  if (/^x[-_]forwarded[-_]proto$/i.test(args[0] ?? '') && args[1] !== '$scheme') return true;
  return args.some((one) =>
    /\$(proxy_protocol_|http_(x_forwarded_(proto|ssl|scheme)|cf_visitor|x_scheme))/.test(one),
  );
}

/** Every directive of a tree, with those inside of it. */
export function everyNode(nodes: readonly NginxNode[]): readonly NginxNode[] {
  return nodes.flatMap((node) => [node, ...everyNode(node.children ?? [])]);
}

const blockOf = ({ file, at }: NginxNode): NginxBlock => ({ file, at });

const named = (nodes: readonly NginxNode[], name: string) => nodes.filter((node) => node.name === name);

function siteOf(server: NginxNode, http: readonly NginxNode[]): NginxSite {
  const own = server.children ?? [];
  const settings = HANDED_DOWN.flatMap((name): readonly (readonly [string, NginxSetting])[] => {
    const [mine, above] = [named(own, name).at(-1), named(http, name).at(-1)];
    const found = mine ?? above;
    if (found === undefined) return [];
    const block = { file: found.file, at: found.at.slice(0, -1) };
    return [[name, { args: found.args, level: mine === undefined ? 'http' : 'server', block }]];
  });
  const pairs = (of: readonly NginxNode[]) => {
    const keys = named(of, 'ssl_certificate_key').map(({ args }) => args[0] ?? '');
    return named(of, 'ssl_certificate').map(({ args }, index) => ({
      certificate: args[0] ?? '',
      key: keys[index] ?? '',
    }));
  };
  const certificates = pairs(own);
  return {
    ...blockOf(server),
    line: server.line,
    names: named(own, 'server_name').flatMap(({ args }) => args),
    listens: listensOf(own),
    settings: Object.fromEntries(settings),
    certificates: certificates.length > 0 ? certificates : pairs(http),
    plain: plainOf(own),
    challenge: challengeOf(own, http),
    scopes: scopesOf(server, headersOf(http)),
  };
}

function listensOf(own: readonly NginxNode[]): readonly NginxListen[] {
  const all = named(own, 'listen');
  const isOld = named(own, 'ssl').some(({ args }) => args[0] === 'on');
  if (all.length === 0) return [{ address: '*', family: 'ipv4', port: 80, tls: isOld, isDefault: false }];
  return all.flatMap(({ args: [place = '', ...words] }) => {
    // QUIC is of UDP, and comes beside a listener of TCP.
    if (place.startsWith('unix:') || words.includes('quic')) return [];
    const [, six, four, port] = /^(?:(\[[^\]]*\])|([^:]+?))?(?::(\d{1,5}))?$/.exec(place) ?? [];
    const alone = six === undefined && /^\d{1,5}$/.test(place);
    const address = alone ? '*' : (six ?? four ?? '*');
    return [
      {
        address: address === '[::]' ? '*' : address.replace(/^\[|\]$/g, ''),
        family: six === undefined ? 'ipv4' : 'ipv6',
        port: Number(alone ? place : (port ?? 80)),
        tls: isOld || words.includes('ssl'),
        isDefault: words.includes('default_server'),
      },
    ];
  });
}

/** How a request that comes in plain is answered. What leads elsewhere but for the ACME challenge counts as a redirect. */
function plainOf(own: readonly NginxNode[]): NginxSite['plain'] {
  const here = waysOf(own);
  if (here !== undefined) return here;
  const places = named(own, 'location').filter(({ args }) => !args.join(' ').includes('/.well-known/'));
  const ways = places.map(({ children }) => waysOf(children ?? []));
  const whole = places.some(({ args }) => args.join(' ') === '/' || args.join(' ') === '^~ /');
  return whole && ways.every((way) => way === 'https') ? 'https' : 'served';
}

function waysOf(nodes: readonly NginxNode[]): 'https' | 'refused' | undefined {
  for (const { name, args, children } of nodes) {
    const [first = '', second = ''] = args;
    if (name === 'return' && /^30[1278]$/.test(first) && isSecure(second)) return 'https';
    if (name === 'return' && first.startsWith('https://')) return 'https';
    if (name === 'return' && /^4\d\d$/.test(first)) return 'refused';
    if (name === 'rewrite' && isSecure(second)) return 'https';
    if (name === 'if' && children !== null && waysOf(children) === 'https') return 'https';
  }
  return undefined;
}

const isSecure = (url: string): boolean => url.startsWith('https://');

function headersOf(nodes: readonly NginxNode[]): readonly NginxHeader[] {
  return named(nodes, 'add_header').map(({ args: [name = '', value = '', always], file, at }) => ({
    ...{ name, value, always: always === 'always' },
    block: { file, at: at.slice(0, -1) },
  }));
}

function scopesOf(server: NginxNode, above: readonly NginxHeader[]): readonly NginxHeaderScope[] {
  const walk = (node: NginxNode, inherited: readonly NginxHeader[]): readonly NginxHeaderScope[] => {
    const own = headersOf(node.children ?? []);
    const headers = own.length > 0 ? own : inherited;
    const [first = '', second = ''] = node.args;
    const prefix = node.name !== 'location' ? undefined : ['=', '^~'].includes(first) ? second : first;
    const path = node.name === 'server' ? '/' : prefix?.startsWith('/') ? prefix : undefined;
    const scope: NginxHeaderScope = {
      title: [node.name, ...node.args].join(' '),
      ...(path === undefined ? {} : { path }),
      block: blockOf(node),
      own,
      headers,
    };
    const inner = (node.children ?? []).filter(
      ({ name, children }) => children !== null && ['location', 'if', 'limit_except'].includes(name),
    );
    return [
      ...(node === server || own.length > 0 ? [scope] : []),
      ...inner.flatMap((child) => walk(child, headers)),
    ];
  };
  return walk(server, above);
}
