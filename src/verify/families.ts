// Rules: a proof from outside is made in every IP family in which this host can be reached from here, and claims no other. The
// second family is tried at an address the host itself names, and only where its door shows the pinned host key.
import ipaddr from 'ipaddr.js';
import type { Connection, Family } from '../model/target.ts';

export type Way = {
  readonly family: Family | undefined;
  /** Absent: as in the first login. */
  readonly address?: string;
};

function plain(address: string): string {
  return address.replace(/%.*$/, '');
}

export function familyOf(address: string): Family | undefined {
  return ipaddr.isValid(plain(address)) ? ipaddr.parse(plain(address)).kind() : undefined;
}

const PRIVATE = ['private', 'uniqueLocal', 'linkLocal', 'loopback', 'carrierGradeNat', 'unspecified'];

/** It means something inside one site only: dialled from elsewhere it may be another machine. */
function isPrivate(address: string): boolean {
  return PRIVATE.includes(ipaddr.parse(plain(address)).range());
}

/** Where the other family could be tried; undefined when there is no honest way to. */
export function otherWay(connection: Connection, addresses: readonly string[]): Way | undefined {
  if (connection.viaProxy) return undefined;
  const mine = familyOf(connection.address);
  if (mine === undefined) return undefined;
  const address = addresses.find((one) => {
    const family = familyOf(one);
    return family !== undefined && family !== mine && (!isPrivate(one) || isPrivate(connection.address));
  });
  return address === undefined ? undefined : { family: mine === 'ipv4' ? 'ipv6' : 'ipv4', address };
}
