// How sshd matches AllowUsers and its relatives: "*" and "?" in names; "user@host" where the host part is a comma list of names,
// addresses and CIDR blocks that may be negated with "!"; no negation in names of users and groups.
import ipaddr from 'ipaddr.js';

/** match_pattern(): the whole text, "*" any run, "?" any one character. */
export function matchesPattern(text: string, pattern: string): boolean {
  let [at, token, star, resume] = [0, 0, -1, 0];
  while (at < text.length) {
    if (pattern[token] === '*') {
      star = token;
      token += 1;
      resume = at;
    } else if (token < pattern.length && (pattern[token] === '?' || pattern[token] === text[at])) {
      token += 1;
      at += 1;
    } else if (star !== -1) {
      token = star + 1;
      resume += 1;
      at = resume;
    } else return false;
  }
  while (pattern[token] === '*') token += 1;
  return token === pattern.length;
}

/** One host list of "user@…" or from="…": a negated hit decides, then any plain hit. */
export function matchesHosts(address: string, list: string): boolean {
  const entries = list.split(',').filter((entry) => entry !== '');
  const hit = (entry: string): boolean =>
    inBlock(address, entry) || matchesPattern(address, entry.toLowerCase());
  if (entries.some((entry) => entry.startsWith('!') && hit(entry.slice(1)))) return false;
  return entries.some((entry) => !entry.startsWith('!') && hit(entry));
}

/** match_user(): "name" or "name@hosts". */
function matchesUser(user: string, address: string, pattern: string): boolean {
  const cut = pattern.indexOf('@');
  if (cut === -1) return matchesPattern(user, pattern);
  return matchesPattern(user, pattern.slice(0, cut)) && matchesHosts(address, pattern.slice(cut + 1));
}

/** An entry of AllowUsers that means this account, from anywhere or from some hosts only. */
export function namesUser(user: string, pattern: string): boolean {
  const cut = pattern.indexOf('@');
  return matchesPattern(user, cut === -1 ? pattern : pattern.slice(0, cut));
}

export type AccessLists = {
  readonly denyUsers: readonly string[];
  readonly allowUsers: readonly string[];
  readonly denyGroups: readonly string[];
  readonly allowGroups: readonly string[];
};

/** The list that shuts a login out, in sshd's order; undefined = let in. `groups` undefined: they are not known. */
export function shutOutBy(
  login: { readonly user: string; readonly address: string; readonly groups: readonly string[] | undefined },
  lists: AccessLists,
): 'DenyUsers' | 'AllowUsers' | 'DenyGroups' | 'AllowGroups' | undefined {
  const { user, address } = login;
  const inGroup = (patterns: readonly string[]): boolean =>
    (login.groups ?? []).some((group) => patterns.some((pattern) => matchesPattern(group, pattern)));
  if (lists.denyUsers.some((pattern) => matchesUser(user, address, pattern))) return 'DenyUsers';
  if (
    lists.allowUsers.length > 0 &&
    !lists.allowUsers.some((pattern) => matchesUser(user, address, pattern))
  ) {
    return 'AllowUsers';
  }
  if (lists.denyGroups.length > 0 && (login.groups === undefined || inGroup(lists.denyGroups)))
    return 'DenyGroups';
  if (lists.allowGroups.length > 0 && !inGroup(lists.allowGroups)) return 'AllowGroups';
  return undefined;
}

function inBlock(address: string, block: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const at = ipaddr.process(address);
  try {
    if (!block.includes('/'))
      return ipaddr.isValid(block) && ipaddr.process(block).toString() === at.toString();
    const [network, bits] = ipaddr.parseCIDR(block);
    return network.kind() === at.kind() && at.match(network, bits);
  } catch {
    // Not an address at all: a host name pattern, which is matched as text.
    return false;
  }
}
