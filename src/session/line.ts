// The line to one host. Rules: one connection at a time; when it is lost the next asker waits for a new one, with
// pauses that no penalty counts as an attack; closing is final.
import { setTimeout as sleep } from 'node:timers/promises';
import { TargetError } from '../model/errors.ts';
import type { Transport } from '../model/target.ts';

/** We closed the line ourselves: whoever still waits on it stops at once. */
export class LineClosed extends TargetError {
  constructor() {
    super('the connection was closed', { exitCode: 6 });
  }
}

export type Line = {
  /** The living connection; a new login when the old one is gone. Rejects with TargetError when it cannot be had. */
  transport(): Promise<Transport>;
  /** From now on a new login goes to this port (the host moved its sshd). */
  movedTo(port: number): void;
  close(): Promise<void>;
};

/** Seconds between attempts: OpenSSH counts faster unauthenticated knocks as abuse. */
const PAUSES = [1, 2, 6, 6];

export function createLine(open: (port: number | undefined) => Promise<Transport>): Line {
  let current: Transport | undefined;
  let opening: Promise<Transport> | undefined;
  let port: number | undefined;
  let closed = false;

  async function reopen(): Promise<Transport> {
    const first = current === undefined;
    await current?.close();
    for (const pause of first ? [0] : PAUSES) {
      if (closed) throw new LineClosed();
      try {
        return await open(port);
      } catch (error) {
        if (first || !(error instanceof TargetError)) throw error;
        await sleep(pause * 1000);
      }
    }
    throw new TargetError('the connection is lost and a new login does not work', {
      exitCode: 6,
      hints: [
        'the host takes an unconfirmed change back by itself when the lease ends',
        'then run: portcullis status TARGET',
      ],
    });
  }

  return {
    async transport() {
      if (closed) throw new LineClosed();
      if (current !== undefined && !current.lost()) return current;
      opening ??= reopen().finally(() => {
        opening = undefined;
      });
      current = await opening;
      return current;
    },
    movedTo(next) {
      port = next;
    },
    async close() {
      closed = true;
      await current?.close();
    },
  };
}
