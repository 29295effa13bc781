// What a run that a signal ends says of the host. Rules: said once, in words that are true at that moment; then the signal does
// what it does, so the exit code is 128 + its number; a question that is open gives the terminal back before.
import type { Emit } from '../model/session.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const ARMED: ReadonlySet<string> = new Set(['PREPARED', 'ARMED', 'APPLYING', 'APPLIED', 'ROLLING_BACK']);

export type Ending = {
  readonly say: (line: string) => void;
  /** Another command on the same host, reached the same way: "portcullis status ana@shop". */
  readonly again: (command: string, ...more: string[]) => string;
  /** The person was led through it and is told, too, that nothing was changed; a command ends without a word then. */
  readonly nothing?: string;
};

type Open = { readonly id: string; readonly left: number; readonly sure: boolean };

/** Follows the events, and tells at a signal what the host will do now. */
export function tellOnSignal(emit: Emit, ending: Ending): Emit {
  let open: Open | undefined;
  let kept: string | undefined;
  let card: string | undefined;
  let ended = false;
  for (const signal of SIGNALS) {
    const handler = () => {
      if (ended) return;
      ended = true;
      // Later than those who only tidy up: a question that is open must first give the terminal back.
      setImmediate(() => {
        for (const line of lastWords(ending, { open, kept, card })) ending.say(line);
        process.off(signal, handler);
        process.kill(process.pid, signal);
      });
    };
    process.on(signal, handler);
  }
  return (event) => {
    if (event.type === 'starting') open = { id: event.id, left: event.lease, sure: false };
    if (event.type === 'transaction') {
      open = ARMED.has(event.state) ? { id: event.id, left: open?.left ?? 90, sure: true } : undefined;
      if (event.state === 'COMMITTED') kept = event.step;
    }
    if (event.type === 'lease' && open !== undefined) open = { ...open, left: event.left };
    if (event.type === 'recovery-card') card = event.path;
    emit(event);
  };
}

/** What is to be known when nobody is there any more to see it. */
export function lastWords(
  { again, nothing }: Pick<Ending, 'again' | 'nothing'>,
  it: {
    readonly open: Open | undefined;
    readonly kept: string | undefined;
    readonly card: string | undefined;
  },
): readonly string[] {
  const { open, kept, card } = it;
  if (open === undefined) {
    if (nothing === undefined) return [];
    // A rollback leaves a lockdown closed: who takes a change back does not mean to open the gate.
    const back = again(kept === 'lockdown' ? 'unlock' : 'rollback', '--yes');
    return [kept === undefined ? nothing : `What was kept stays. To take it back: ${back}`];
  }
  const back = 'takes the change back by itself';
  return [
    ...(open.sure
      ? [
          `Leaving in the middle of transaction ${open.id}.`,
          `Nothing renews it now: the host ${back} when its lease ends, in ${open.left} s.`,
        ]
      : [
          `Leaving while transaction ${open.id} is being started: whether the host holds it is not known.`,
          `If it does, nothing renews it now, and the host ${back} when its lease of ${open.left} s ends.`,
        ]),
    `See how it stands: ${again('status')}`,
    `To keep it before that: ${again('confirm')}`,
    `To take it back at once: ${again('rollback', '--yes')}`,
    ...(card === undefined ? [] : [`By hand, on its console: ${card}`]),
  ];
}
