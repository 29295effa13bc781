// Whether a TCP port answers from here: one connection, nothing said, closed at once. Silence and refusal are told
// apart, and both from "there is no way from here", which says nothing about the host's rules.
import { connect } from 'node:net';
import type { Reached } from '../model/outside.ts';

export type ReachOptions = {
  /** An address of either family, never a name. */
  readonly address: string;
  readonly port: number;
  /** An address of this machine to come from. */
  readonly from?: string;
  /** Milliseconds. */
  readonly patience: number;
};

/** One TCP connection attempt. Never rejects. */
export function reach({ address, port, from, patience }: ReachOptions): Promise<Reached> {
  return new Promise((settle) => {
    const socket = connect({ host: address, port, ...(from === undefined ? {} : { localAddress: from }) });
    const done = (seen: Reached) => {
      clearTimeout(timer);
      socket.destroy();
      settle(seen);
    };
    // Not the socket's own timeout: that one begins anew with every byte.
    const timer = setTimeout(() => done('silent'), patience);
    socket.once('connect', () => done('answers'));
    socket.once('error', (error: NodeJS.ErrnoException) => done(REACHED[error.code ?? ''] ?? 'unreachable'));
  });
}

/** EACCES is how IPv6 tells "administratively prohibited"; what is not here tells nothing about the host. */
const REACHED: Readonly<Record<string, Reached>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'answers',
  EACCES: 'refused',
  ETIMEDOUT: 'silent',
};
