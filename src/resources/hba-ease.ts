// Whether anybody, connected now or not, would come in more easily by changed lines of pg_hba.conf. Rules: whom a line lets go falls to the lines
// behind it, and whom it takes anew they lose; what cannot be told may overlap and never covers; ways that cannot be compared count as easier.
import ipaddr from 'ipaddr.js';
import type { HbaRow, PostgresServer } from '../facts/postgresql-values.ts';
import type { PairedRow } from './hba-after.ts';
import { fitUser, isByWord, isMember, networkOf } from './hba-match.ts';

const KINDS = ['over the local socket', 'without TLS', 'with TLS', 'encrypted by GSSAPI'] as const;
type Kind = (typeof KINDS)[number];

const TAKEN: ReadonlyMap<string, readonly Kind[]> = new Map<string, readonly Kind[]>([
  ['local', ['over the local socket']],
  ['host', ['without TLS', 'with TLS', 'encrypted by GSSAPI']],
  ['hostssl', ['with TLS']],
  ['hostnossl', ['without TLS', 'encrypted by GSSAPI']],
  ['hostgssenc', ['encrypted by GSSAPI']],
  ['hostnogssenc', ['without TLS', 'with TLS']],
]);

function takes(row: HbaRow, kind: Kind): boolean {
  return row.error === '' && TAKEN.get(row.type)?.includes(kind) === true;
}

/** Somebody of this kind is let in by `now`, more easily than by `was`; null: no line surely decided about him. */
export type Eased = { readonly kind: Kind; readonly was: HbaRow | null; readonly now: HbaRow };

type Place = {
  readonly lines: readonly PairedRow[];
  readonly index: number;
  readonly server: PostgresServer;
};

/** Who comes in more easily when the line at this place becomes what it becomes; undefined: nobody. */
export function easedAt(it: Place): Eased | undefined {
  const { before, after } = it.lines[it.index] ?? {};
  if (after === undefined) return undefined;
  for (const kind of KINDS) {
    const was = before !== undefined && takes(before, kind) ? before : undefined;
    const eased = takes(after, kind)
      ? was === undefined
        ? won(it, after, kind)
        : inPlace(was, after, kind)
      : was === undefined
        ? undefined
        : fallen(it, was, kind);
    if (eased !== undefined) return eased;
  }
  return undefined;
}

function inPlace(was: HbaRow, now: HbaRow, kind: Kind): Eased | undefined {
  const same = was.method === now.method && JSON.stringify(was.options) === JSON.stringify(now.options);
  return same || isNoEasier(now, was) ? undefined : { kind, was, now };
}

/** The line lets them go: they meet what stands behind it. */
function fallen({ lines, index, server }: Place, was: HbaRow, kind: Kind): Eased | undefined {
  const rows = lines.map(({ after }) => after);
  const isReached = (row: HbaRow, place: number): boolean =>
    !rows.slice(0, place).some((one) => takes(one, kind) && covers(one, row, server));
  if (!isReached(was, index)) return undefined;
  for (const [place, now] of rows.entries()) {
    if (place <= index || !takes(now, kind) || !overlap(now, was, server)) continue;
    if (!isNoEasier(now, was) && isReached(now, place)) return { kind, was, now };
    if (covers(now, was, server)) return undefined;
  }
  return undefined;
}

/** The line takes them before those behind it do. */
function won({ lines, index, server }: Place, now: HbaRow, kind: Kind): Eased | undefined {
  // Whoever is that account of the host can write the file himself.
  const isAdministrator = now.type === 'local' && now.method === 'peer' && now.options.length === 0;
  if (now.method === 'reject' || (isAdministrator && now.users.every((one) => one === server.superuser)))
    return undefined;
  for (const { before: was } of lines.slice(index + 1)) {
    if (was === undefined || !takes(was, kind) || !overlap(was, now, server)) continue;
    if (!isNoEasier(now, was)) return { kind, was, now };
    if (covers(was, now, server)) return undefined;
  }
  return { kind, was: null, now };
}

/** From the weakest. */
const BY_PASSWORD: readonly string[] = ['password', 'md5', 'scram-sha-256'];

/** Whoever comes in by the first line would come in by the second as well. */
function isNoEasier(now: HbaRow, was: HbaRow): boolean {
  if (now.method === 'reject') return true;
  if (was.method === 'reject' || certificate(now) < certificate(was)) return false;
  if (was.method === 'trust' && certificate(was) < 2) return true;
  if (isByWord(now)) return now.method === was.method && hasNoMore(now) && hasNoMore(was);
  const [will, did] = [BY_PASSWORD.indexOf(now.method), BY_PASSWORD.indexOf(was.method)];
  // Besides what it proves by its certificate.
  const bare = (row: HbaRow) => (row.method === 'cert' || row.method === 'trust') && hasNoMore(row);
  if (isByWord(was) || bare(was)) return will >= 0 || bare(now);
  if (did >= 0) return will >= did;
  return now.method === was.method && hasNoMore(now) && hasNoMore(was);
}

/** Nothing hangs on values that stay on the host. */
function hasNoMore({ options }: HbaRow): boolean {
  return options.every((one) => one.startsWith('clientcert='));
}

/** 0: it asks for none; 1: for one that an authority signed; 2: for the role's own. */
function certificate({ method, options }: HbaRow): number {
  if (method === 'cert' || options.includes('clientcert=verify-full')) return 2;
  return options.some((one) => one.startsWith('clientcert=')) ? 1 : 0;
}

/** Somebody may be meant by both, whatever their types. */
function overlap(one: HbaRow, other: HbaRow, server: PostgresServer): boolean {
  return (
    some(one.databases, other.databases, mayBeSameDatabase) &&
    some(one.users, other.users, (a, b) => mayBeSameUser(a, b, server)) &&
    (one.type === 'local' || mayBeSameAddress(one, other))
  );
}

const some = (
  ones: readonly string[],
  others: readonly string[],
  same: (one: string, other: string) => boolean,
): boolean => ones.some((one) => others.some((other) => same(one, other)));

const OPEN_DATABASE = /^(all|sameuser|samerole|samegroup|[/@].*)$/s;

function mayBeSameDatabase(one: string, other: string): boolean {
  if (one === 'replication' || other === 'replication') return one === other;
  return one === other || OPEN_DATABASE.test(one) || OPEN_DATABASE.test(other);
}

function mayBeSameUser(one: string, other: string, server: PostgresServer): boolean {
  if (one === other || one === 'all' || other === 'all') return true;
  return server.roles.some(
    ({ name }) => fitUser(one, name, server) !== 'no' && fitUser(other, name, server) !== 'no',
  );
}

function mayBeSameAddress(one: HbaRow, other: HbaRow): boolean {
  const networks = [networkOf(one), networkOf(other)];
  const [first, second] = networks.map((network) => network?.split('/'));
  if (first === undefined || second === undefined) return true;
  const wider = Number(first[1]) <= Number(second[1]) ? [first, second] : [second, first];
  return holdsNetwork(wider[0]?.join('/') ?? '', wider[1]?.join('/') ?? '');
}

function holdsNetwork(wide: string, narrow: string): boolean {
  const [[one, bits], [other, length]] = [ipaddr.parseCIDR(wide), ipaddr.parseCIDR(narrow)];
  return one.kind() === other.kind() && bits <= length && other.match(one, bits);
}

/** Everybody whom the second means, the first surely means too, whatever their types. */
export function covers(one: HbaRow, other: HbaRow, server: PostgresServer): boolean {
  const isIn = (word: string) =>
    one.databases.some((all) => all === word || (all === 'all' && word !== 'replication'));
  const isMeant = (word: string) =>
    one.users.some(
      (all) => all === 'all' || all === word || (all.startsWith('+') && isMember(word, all.slice(1), server)),
    );
  const [wide, narrow] = [networkOf(one), networkOf(other)];
  const isFrom =
    one.type === 'local' ||
    one.address === 'all' ||
    (wide === undefined || narrow === undefined
      ? wide === narrow && one.address === other.address && one.netmask === other.netmask
      : holdsNetwork(wide, narrow));
  return other.databases.every(isIn) && other.users.every(isMeant) && isFrom;
}
