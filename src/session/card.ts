import { join } from 'node:path';
import type { Change } from '../model/resource.ts';
import { recoveryCard } from '../transaction/recovery-card.ts';
import { privateFolder, writePrivate } from './folders.ts';
import type { SessionState } from './session.ts';

/**
 * Writes the recovery card of a transaction that is about to begin and shows it. Resolves to its path. It is there before
 * the first change, because it is for the moment when this program is not.
 */
export async function issueCard(it: {
  readonly state: SessionState;
  readonly id: string;
  readonly step: string;
  readonly changes: readonly Change[];
  readonly lease: number;
}): Promise<string> {
  const { target, stateDir, emit } = it.state.options;
  const lines = recoveryCard({
    host: target.name,
    id: it.id,
    step: it.step,
    changes: it.changes,
    lease: it.lease,
  });
  const path = join(await privateFolder(stateDir, 'cards'), `${it.id}.txt`);
  await writePrivate(path, `${lines.join('\n')}\n`);
  emit({ type: 'recovery-card', path, lines });
  return path;
}
