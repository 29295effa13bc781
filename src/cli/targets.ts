import { homedir } from 'node:os';
import type { Emit } from '../model/session.ts';
import { stateFolder } from '../session/folders.ts';
import { knownTargets, rememberTarget } from '../session/known-targets.ts';

const now = () => Math.floor(Date.now() / 1000);

/** What is offered where no machine was named. */
export async function targetsToOffer(): ReturnType<typeof knownTargets> {
  return await knownTargets({ stateDir: stateFolder(process.env), home: homedir(), now: now() });
}

/** The same events; the machine is remembered once it was reached, because a name that never answered helps nobody. */
export function remembering(target: string, emit: Emit): Emit {
  return (event) => {
    emit(event);
    if (event.type !== 'connected') return;
    rememberTarget(stateFolder(process.env), target, now()).catch((error: unknown) => {
      const text = `This machine will not be offered next time: ${error instanceof Error ? error.message : 'it could not be noted'}`;
      emit({ type: 'note', level: 'warning', text });
    });
  };
}
