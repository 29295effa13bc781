// The loop around the machine: events in, state and effects out. Rules: events are taken strictly in the order they
// came; those of the session wait up to BATCH ms so that a busy host cannot outrun the screen; an effect runs once, after
// the state that wanted it.
import type { Effect } from './machine/effect.ts';
import type { UiEvent } from './machine/event.ts';
import type { State } from './machine/state.ts';
import { type Result, update } from './machine/update.ts';

const BATCH = 100;

/** An event without its time; the store stamps it. */
export type Happening = UiEvent extends infer E ? (E extends unknown ? Omit<E, 'at'> : never) : never;

export type Store = {
  state(): State;
  /** At once, after everything that waits. */
  dispatch(event: Happening): void;
  /** With the next batch. */
  queue(event: Happening): void;
  /** Shows the first state and runs the effects of the start. */
  begin(): void;
  stop(): void;
};

export function createStore(options: {
  readonly start: Result;
  readonly now: () => number;
  readonly changed: (state: State) => void;
  readonly run: (effect: Effect) => void;
  /** The machine or a screen threw: a defect of ours. */
  readonly crashed: (error: unknown) => void;
}): Store {
  let [state] = options.start;
  let waiting: UiEvent[] = [];
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const batch = waiting;
    waiting = [];
    if (stopped || batch.length === 0) return;
    const wanted: Effect[] = [];
    guarded(() => {
      for (const event of batch) {
        const [next, effects] = update(state, event);
        state = next;
        wanted.push(...effects);
      }
      options.changed(state);
    });
    for (const effect of wanted) if (!stopped) options.run(effect);
  }

  function guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      options.crashed(error);
    }
  }

  const stamped = (event: Happening): UiEvent => ({ ...event, at: options.now() }) as UiEvent;

  return {
    state: () => state,
    dispatch: (event) => {
      waiting.push(stamped(event));
      flush();
    },
    queue: (event) => {
      waiting.push(stamped(event));
      timer ??= setTimeout(flush, BATCH);
    },
    begin: () => {
      guarded(() => options.changed(state));
      for (const effect of options.start[1]) options.run(effect);
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
