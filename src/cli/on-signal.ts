import type { Emit } from '../model/session.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const ARMED: ReadonlySet<string> = new Set(['PREPARED', 'ARMED', 'APPLYING', 'APPLIED', 'ROLLING_BACK']);

/**
 * Follows the events; when a signal ends a headless run in the middle of a transaction, says what the host will do now.
 * The signal then does what it does: the exit code is 128 + its number.
 */
export function tellOnSignal(emit: Emit, say: (line: string) => void): Emit {
  let open: { readonly id: string; readonly left: number } | undefined;
  let starting = false;
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      if (open !== undefined) {
        say(`Leaving in the middle of transaction ${open.id}.`);
        say(`Nothing renews it now: the host takes the change back by itself within ${open.left} s.`);
      } else if (starting) {
        say('Leaving while a transaction is being started: whether the host holds it is not known.');
        say(
          'If it does, nothing renews it now, and the host takes the change back by itself when its lease is over.',
        );
      }
      if (open !== undefined || starting)
        say('Afterwards: portcullis status TARGET; the recovery card says how to do it by hand.');
      process.kill(process.pid, signal);
    });
  }
  return (event) => {
    // Shown just before the host is asked to begin; its answer is the first word about the transaction.
    if (event.type === 'recovery-card') starting = true;
    if (event.type === 'transaction') {
      starting = false;
      open = ARMED.has(event.state) ? { id: event.id, left: open?.left ?? 90 } : undefined;
    }
    if (event.type === 'lease' && open !== undefined) open = { id: open.id, left: event.left };
    emit(event);
  };
}
