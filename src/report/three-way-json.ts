// Three ways for machines. Rules: what is printed as JSON is kept in logs, so a text stands there only where all three are everybody's to
// read on the host; of anything else lengths, modes and what the undo does.
import type { Side, ThreeWay, TransactionSides } from '../model/three-way.ts';

const EVERYBODY_READS = 0o4;

export function threeWayJson(sides: readonly TransactionSides[]): readonly TransactionSides[] {
  return sides.map((it) => ({ ...it, objects: it.objects.map(forLogs) }));
}

function forLogs(object: ThreeWay): ThreeWay {
  const { before, ours, now } = object;
  if ([before, ours, now].every(isOpen)) return object;
  return { ...object, shown: false, before: untold(before), ours: untold(ours), now: untold(now) };
}

function isOpen(side: Side): boolean {
  return side.kind !== 'file' || (Number.parseInt(side.mode, 8) & EVERYBODY_READS) !== 0;
}

function untold(side: Side): Side {
  return side.kind === 'file' ? { ...side, text: null } : side;
}
