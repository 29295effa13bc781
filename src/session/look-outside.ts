// Knocks on the host's ports from the operator's own machine. Rules: one TCP connection a port, nothing said; from no other address and
// at no other host: the second family is tried only where the same sshd shows its pinned key; behind a jump host nothing is.
import type { Door, OutsideSight } from '../model/outside.ts';
import type { Emit } from '../model/session.ts';
import type { Connection, Family, Transport } from '../model/target.ts';
import { reach } from '../transport/reach.ts';
import { familyOf, otherWay } from '../verify/families.ts';

/** Doors that are knocked at at the same time. */
const AT_ONCE = 16;
/** Addresses of the second family that are tried: a host with containers has many, most of them its own affair. */
const MOST_ADDRESSES = 3;
/** Milliseconds until silence is an answer. */
const PATIENCE = 2_000;

type Address = { readonly address: string } | { readonly reason: string };

/** `addresses`: those the host has by its own word. Tells each answer as it comes. Never rejects for what the host does. */
export async function lookOutside(
  transport: Pick<Transport, 'connection' | 'probe'>,
  doors: readonly Door[],
  how: { readonly addresses: readonly string[]; readonly emit?: Emit },
): Promise<OutsideSight> {
  const { addresses } = how;
  const asked = (['ipv4', 'ipv6'] as const).filter((family) => doors.some((door) => door.family === family));
  const ways = new Map<Family, Address>();
  for (const family of asked) ways.set(family, await wayTo(family, { transport, addresses }));
  const open = doors.flatMap((door) => {
    const way = ways.get(door.family);
    return way !== undefined && 'address' in way ? [{ ...door, address: way.address }] : [];
  });
  const seen: OutsideSight['doors'][number][] = [];
  const waiting = [...open];
  const tell = () => how.emit?.({ type: 'knocking', done: seen.length, total: open.length });
  tell();
  const knock = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { family, port, address } = next;
      seen.push({ family, port, reached: await reach({ address, port, patience: PATIENCE }) });
      tell();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, knock));
  return {
    doors: seen,
    untried: [...ways].flatMap(([family, way]) => ('reason' in way ? [{ family, reason: way.reason }] : [])),
  };
}

async function wayTo(
  family: Family,
  it: { readonly transport: Pick<Transport, 'connection' | 'probe'>; readonly addresses: readonly string[] },
): Promise<Address> {
  const { connection } = it.transport;
  if (connection.transport === 'local') return { reason: 'this is the host itself' };
  if (connection.viaProxy)
    return { reason: 'you come through a jump host, and what it reaches is not what you reach' };
  if (familyOf(connection.address) === family) return { address: connection.address };
  const near = it.addresses.filter(
    (address) => familyOf(address) === family && !/^(fe[89ab]|169\.254\.)/i.test(address),
  );
  const tried = near
    .flatMap((address) => otherWay(connection, [address])?.address ?? [])
    .slice(0, MOST_ADDRESSES);
  for (const address of tried)
    if (await isSame(it.transport, { connection, family, address })) return { address };
  return tried.length === 0
    ? { reason: 'the host has no address of it that could be reached from here' }
    : { reason: `at ${tried.join(', ')} this host's own sshd does not answer from here` };
}

async function isSame(
  transport: Pick<Transport, 'probe'>,
  {
    connection,
    family,
    address,
  }: { readonly connection: Connection; readonly family: Family; readonly address: string },
): Promise<boolean> {
  const door = await transport.probe({ port: connection.port, family, address, user: connection.user });
  return door.kind === 'open';
}
