import { setTimeout as sleep } from 'node:timers/promises';
import { TargetError } from '../model/errors.ts';
import type { Emit } from '../model/session.ts';
import { type Handle, renew } from '../transaction/driver.ts';
import { type Line, LineClosed } from './line.ts';

export type Heart = {
  readonly stop: () => void;
  /** Waits; true when the heart was stopped meanwhile. */
  readonly pause: (milliseconds: number) => Promise<boolean>;
};

/** Renews the lease every third of it, at most every 10 s, until stopped. A missed beat is told, never hidden. */
export function startHeart(it: { handle: Handle; lease: number; line: Line; emit: Emit }): Heart {
  const stopper = new AbortController();
  const pause = async (milliseconds: number): Promise<boolean> => {
    const wait = sleep(Math.max(0, milliseconds), undefined, { signal: stopper.signal });
    await wait.catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
    return stopper.signal.aborted;
  };
  const beat = async (): Promise<void> => {
    const every = Math.min(10, it.lease / 3) * 1000;
    while (!stopper.signal.aborted) {
      try {
        const { kind, status } = await renew(await it.line.transport(), it.handle);
        // The longest time is over, or the host is already taking it back: more beats would not be heard.
        if (kind === 'too-late') return;
        it.emit({ type: 'lease', id: it.handle.id, left: status.leaseLeft ?? it.lease, length: it.lease });
      } catch (error) {
        if (!(error instanceof TargetError)) throw error;
        if (stopper.signal.aborted || error instanceof LineClosed) return;
        it.emit({ type: 'note', level: 'warning', text: `The lease was not renewed: ${error.message}` });
      }
      await pause(every);
    }
  };
  void beat();
  return { stop: () => stopper.abort(), pause };
}
