import { TargetError } from '../model/errors.ts';
import type { Transport } from '../model/target.ts';
import type { TransactionSides } from '../model/three-way.ts';
import { EngineLost } from '../transaction/answer.ts';
import { previewUndo } from '../transaction/driver.ts';
import { readSides } from '../transaction/sides.ts';

/** What these transactions changed, what became of it, and what the host says that undoing them would do; changes nothing. */
export async function sidesOf(
  transport: Transport,
  ids: readonly string[],
): Promise<readonly TransactionSides[]> {
  const objects = await readSides(transport, ids);
  const sides: TransactionSides[] = [];
  for (const id of ids) {
    const known = objects.get(id);
    if (known !== undefined) sides.push({ id, objects: known, ...(await askedHost(transport, id)) });
  }
  return sides;
}

async function askedHost(
  transport: Transport,
  id: string,
): Promise<Pick<TransactionSides, 'would' | 'left' | 'refused'>> {
  try {
    return await previewUndo(transport, id);
  } catch (error) {
    if (!(error instanceof TargetError) || error instanceof EngineLost) throw error;
    return { would: [], left: [], refused: error.message };
  }
}
