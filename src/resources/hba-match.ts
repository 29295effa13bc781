// Which line of pg_hba.conf a connection meets. Rules: the first line that matches decides, and there is no other after it; what cannot be told
// from here (samehost, names, lines that PostgreSQL cannot read) may match, and is never taken for a sure no.
import ipaddr from 'ipaddr.js';
import type { HbaRow, PostgresClient, PostgresServer } from '../facts/postgresql-values.ts';
import { holdsAddress } from '../text/network.ts';

export type Visitor = Pick<PostgresClient, 'user' | 'database' | 'address' | 'ssl' | 'gss' | 'replication'>;

type Fits = 'yes' | 'no' | 'perhaps';

/** Lines that may decide, in their order, and whether the last of them surely does: without it nothing may match at all. */
export type Met = { readonly rows: readonly HbaRow[]; readonly sure: boolean };

export function linesMet(rows: readonly HbaRow[], visitor: Visitor, server: PostgresServer): Met {
  const met: HbaRow[] = [];
  for (const row of rows) {
    const fits = fitRow(row, visitor, server);
    if (fits !== 'no') met.push(row);
    if (fits === 'yes') return { rows: met, sure: true };
  }
  return { rows: met, sure: false };
}

function fitRow(row: HbaRow, visitor: Visitor, server: PostgresServer): Fits {
  if (row.error !== '') return 'perhaps';
  const parts = [
    fitType(row.type, visitor),
    fitDatabase(row, visitor, server),
    anyOf(row.users.map((word) => fitUser(word, visitor.user, server))),
    fitAddress(row, visitor.address),
  ];
  if (parts.includes('no')) return 'no';
  return parts.includes('perhaps') ? 'perhaps' : 'yes';
}

const yes = (is: boolean): Fits => (is ? 'yes' : 'no');

function anyOf(fits: readonly Fits[]): Fits {
  if (fits.includes('yes')) return 'yes';
  return fits.includes('perhaps') ? 'perhaps' : 'no';
}

function fitType(type: string, { address, ssl, gss }: Visitor): Fits {
  if (type === 'local' || address === '') return yes(type === 'local' && address === '');
  if (type === 'hostssl') return yes(ssl);
  if (type === 'hostnossl') return yes(!ssl);
  if (type === 'hostgssenc') return yes(gss);
  if (type === 'hostnogssenc') return yes(!gss);
  return yes(type === 'host');
}

function fitDatabase(row: HbaRow, visitor: Visitor, server: PostgresServer): Fits {
  return anyOf(
    row.databases.map((word): Fits => {
      if (visitor.replication || word === 'replication')
        return yes(visitor.replication && word === 'replication');
      if (word === 'all') return 'yes';
      if (word === 'sameuser') return yes(visitor.database === visitor.user);
      if (word === 'samerole' || word === 'samegroup')
        return yes(isMember(visitor.user, visitor.database, server));
      return word.startsWith('/') || word.startsWith('@') ? 'perhaps' : yes(word === visitor.database);
    }),
  );
}

/** Whether a word of the second list means this role. */
export function fitUser(word: string, user: string, server: PostgresServer): Fits {
  if (word === 'all') return 'yes';
  if (word.startsWith('+')) return yes(isMember(user, word.slice(1), server));
  return word.startsWith('/') || word.startsWith('@') ? 'perhaps' : yes(word === user);
}

/** Directly or through others; a superuser is a member of nothing by that. */
export function isMember(user: string, group: string, server: PostgresServer): boolean {
  const seen = new Set<string>();
  const open = [user];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (one === group) return true;
    if (seen.has(one)) continue;
    seen.add(one);
    open.push(...(server.roles.find(({ name }) => name === one)?.memberOf ?? []));
  }
  return false;
}

function fitAddress(row: HbaRow, address: string): Fits {
  if (row.type === 'local' || address === '') return 'yes';
  if (row.address === 'all') return 'yes';
  const network = networkOf(row);
  return network === undefined ? 'perhaps' : yes(holdsAddress(network, address));
}

/** The network of a line, as address/prefix; undefined for what is none (samehost, a name). */
export function networkOf({ address, netmask }: HbaRow): string | undefined {
  if (address === 'all') return undefined;
  if (!ipaddr.isValid(address)) return undefined;
  const bits = ipaddr.isValid(netmask) ? ipaddr.parse(netmask).prefixLengthFromSubnetMask() : null;
  return bits === null ? undefined : `${address}/${bits}`;
}

/** Everybody may come by it, whatever his address. */
export function isFromEverywhere(row: HbaRow): boolean {
  return row.address === 'all' || /\/0$/.test(networkOf(row) ?? '');
}

/** Only this machine itself comes by it. */
export function isNear(row: HbaRow): boolean {
  // "localhost" resolves to nothing else, and packets between a host's own addresses never leave it.
  if (row.type === 'local' || row.address === 'samehost' || row.address === 'localhost') return true;
  const network = networkOf(row);
  return network !== undefined && /^(127\.|::1\/128$)/.test(network) && !/\/[0-7]$/.test(network);
}

/** Whoever comes by it is whom he says; with clientcert=verify-full he has that role's certificate. */
export function isByWord({ type, method, options }: HbaRow): boolean {
  if (method === 'trust') return !options.includes('clientcert=verify-full');
  return method === 'ident' && type !== 'local';
}

/** A line as people name it. */
export function rowWords(row: HbaRow): string {
  const network = networkOf(row);
  const where = row.type === 'local' ? [] : [network ?? row.address];
  return [row.type, row.databases.join(','), row.users.join(','), ...where, row.method].join(' ');
}
