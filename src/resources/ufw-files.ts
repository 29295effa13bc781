// ufw's own files as text. Rules: a rule of ours is known by its comment; every other line keeps its bytes and its place; a file
// that is not as ufw writes it is not touched.
import type { Intent } from '../model/resource.ts';
import { isIpv6 } from './firewall-policy.ts';

export type UfwFamily = 'ipv4' | 'ipv6';
export const USER_RULES = { ipv4: '/etc/ufw/user.rules', ipv6: '/etc/ufw/user6.rules' } as const;

/** What a comment of ours begins with. */
const MARK = 'portcullis';
/** Purpose of the rule that keeps the operator's own address from being counted. */
export const UNCOUNTED = 'not counted';

/** One rule as ufw keeps it: what was typed, and what iptables gets. */
export type UfwRule = {
  readonly tuple: string;
  readonly lines: readonly string[];
  /** Of its comment; undefined for rules of others. */
  readonly purpose: string | undefined;
};

const TUPLE = '### tuple ### ';

/** Rules of a file in its order. */
export function rulesIn(text: string): readonly UfwRule[] {
  const rules: { tuple: string; lines: string[]; purpose: string | undefined }[] = [];
  let inside = false;
  for (const line of text.split('\n')) {
    if (line.startsWith(TUPLE)) {
      const tuple = line.slice(TUPLE.length);
      rules.push({ tuple, lines: [], purpose: purposeIn(tuple) });
      inside = true;
    } else if (inside && /^-[AI] /.test(line)) rules.at(-1)?.lines.push(line);
    else inside = false;
  }
  return rules;
}

/** One that was turned into a "deny" or a "limit" is its administrator's now, whatever ufw kept of the comment. */
function purposeIn(tuple: string): string | undefined {
  if (!tuple.startsWith('allow ')) return undefined;
  const hex = / comment=([0-9a-f]+)$/.exec(tuple)?.[1];
  const comment = hex === undefined ? '' : Buffer.from(hex, 'hex').toString('utf8');
  if (comment !== MARK && !comment.startsWith(`${MARK}: `)) return undefined;
  return comment.slice(MARK.length + 2);
}

/** An intent as ufw's rules of one family, one a source. */
export function ufwRules(intent: Intent, family: UfwFamily): readonly UfwRule[] {
  const { port, to, protocol, from, purpose } = intent;
  const any = family === 'ipv4' ? '0.0.0.0/0' : '::/0';
  const chain = family === 'ipv4' ? 'ufw-user-input' : 'ufw6-user-input';
  const sources =
    from === 'everyone' ? [any] : from.filter((source) => isIpv6(source) === (family === 'ipv6'));
  const ports = to === undefined ? String(port) : `${port}:${to}`;
  const asked = to === undefined ? `--dport ${ports}` : `-m multiport --dports ${ports}`;
  const plain = purpose.replace(/[^A-Za-z0-9 ._:/+-]/g, '').slice(0, 60);
  const comment = Buffer.from(plain === '' ? MARK : `${MARK}: ${plain}`).toString('hex');
  return sources.map((source) => ({
    tuple: `allow ${protocol} ${ports} ${any} any ${source} in comment=${comment}`,
    lines: [`-A ${chain} -p ${protocol} ${asked}${source === any ? '' : ` -s ${source}`} -j ACCEPT`],
    purpose: plain,
  }));
}

/** Intents that rules of ours come to: those that follow each other and differ in their source are one. */
export function ownIntents(rules: readonly UfwRule[]): readonly Intent[] {
  const found = new Map<string, Intent>();
  for (const { tuple, purpose } of rules) {
    if (purpose === undefined || purpose === UNCOUNTED) continue;
    const match = /^allow (tcp|udp) (\d+)(?::(\d+))? \S+ any (\S+) in /.exec(tuple);
    if (match === null) continue;
    const [, protocol, port, to, source = ''] = match;
    const key = `${port}-${to}/${protocol} ${purpose}`;
    const before = found.get(key)?.from;
    const everyone = before === 'everyone' || /^(0\.0\.0\.0|::)\/0$/.test(source);
    found.set(key, {
      port: Number(port),
      ...(to === undefined ? {} : { to: Number(to) }),
      protocol: protocol === 'udp' ? 'udp' : 'tcp',
      from: everyone ? 'everyone' : [...(before ?? []), source],
      purpose,
    });
  }
  return [...found.values()];
}

/** The file without rules of ours. */
export function withoutOurs(text: string): string {
  const out: string[] = [];
  let skipping = false;
  for (const line of text.split('\n')) {
    if (line.startsWith(TUPLE) && purposeIn(line.slice(TUPLE.length)) !== undefined) {
      if (out.at(-1) === '') out.pop();
      skipping = true;
    } else if (!skipping || !/^-[AI] /.test(line)) {
      skipping = false;
      out.push(line);
    }
  }
  return out.join('\n');
}

/** The file with these rules of ours and no others: `first` before all rules, `last` after them. */
export function withOurs(
  text: string,
  rules: { readonly first: readonly UfwRule[]; readonly last: readonly UfwRule[] },
  fresh: { readonly family: UfwFamily; readonly logging: boolean },
): string {
  const bare = withoutOurs(text);
  const base = bare.includes('### END RULES ###') || bare.includes(TUPLE) ? bare : freshFile(fresh);
  const lines = base.split('\n');
  const block = ({ tuple, lines: own }: UfwRule): readonly string[] => ['', `${TUPLE}${tuple}`, ...own];
  const begin = lines.indexOf('### RULES ###') + 1;
  let end = lines.indexOf('### END RULES ###');
  if (end === -1) end = afterLastRule(lines);
  else if (lines[end - 1] === '' && end - 1 >= begin) end -= 1;
  return [
    ...lines.slice(0, begin),
    ...rules.first.flatMap(block),
    ...lines.slice(begin, end),
    ...rules.last.flatMap(block),
    ...lines.slice(end),
  ].join('\n');
}

function afterLastRule(lines: readonly string[]): number {
  let index = lines.findLastIndex((line) => line.startsWith(TUPLE)) + 1;
  while (/^-[AI] /.test(lines[index] ?? '')) index += 1;
  return index;
}

const LOGGED = 'LOG --log-prefix';
const SELDOM = '-m limit --limit 3/min --limit-burst 10';

/** What ufw writes itself when it is first switched on; the file that comes with the package knows no log. */
function freshFile({ family, logging }: { readonly family: UfwFamily; readonly logging: boolean }): string {
  const name = family === 'ipv4' ? 'ufw' : 'ufw6';
  const kinds = ['input', 'output', 'forward'];
  const chains = [
    ...kinds.map((kind) => `user-${kind}`),
    ...['before', 'user', 'after'].flatMap((when) => kinds.map((kind) => `${when}-logging-${kind}`)),
    ...['logging-deny', 'logging-allow', 'user-limit', 'user-limit-accept'],
  ];
  const log = [
    `-A ${name}-after-logging-input -j ${LOGGED} "[UFW BLOCK] " ${SELDOM}`,
    `-A ${name}-after-logging-forward -j ${LOGGED} "[UFW BLOCK] " ${SELDOM}`,
    `-I ${name}-logging-deny -m conntrack --ctstate INVALID -j RETURN ${SELDOM}`,
    `-A ${name}-logging-deny -j ${LOGGED} "[UFW BLOCK] " ${SELDOM}`,
    `-A ${name}-logging-allow -j ${LOGGED} "[UFW ALLOW] " ${SELDOM}`,
  ];
  const limits = [
    `-A ${name}-user-limit -m limit --limit 3/minute -j ${LOGGED} "[UFW LIMIT BLOCK] "`,
    `-A ${name}-user-limit -j REJECT`,
    `-A ${name}-user-limit-accept -j ACCEPT`,
  ];
  return [
    ...['*filter', ...chains.map((chain) => `:${name}-${chain} - [0:0]`), '### RULES ###', ''],
    ...['### END RULES ###', '', '### LOGGING ###', ...(logging ? log : []), '### END LOGGING ###', ''],
    ...['### RATE LIMITING ###', ...limits, '### END RATE LIMITING ###', 'COMMIT', ''],
  ].join('\n');
}

/** A shell assignment set; the last one holds, so that is the one that changes. */
export function withAssignment(text: string, name: string, value: string): string {
  const lines = text.split('\n');
  const index = lines.findLastIndex((line) => new RegExp(`^\\s*${name}=`).test(line));
  if (index === -1) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${name}=${value}\n`;
  return lines.with(index, `${name}=${value}`).join('\n');
}
