// The table of guards, and the one function that asks them all. A new guard is one file and one line.
import type { Context } from '../../model/context.ts';
import type { Proof } from '../../model/control.ts';
import type { Refusal } from '../../model/plan.ts';
import type { Change } from '../../model/resource.ts';
import type { Candidate } from '../candidate.ts';
import { accountGuard, rootGuard, userGuard } from './access.ts';
import { algorithmsGuard, hostKeyGuard } from './algorithms.ts';
import { capacityGuard } from './capacity.ts';
import { filesGuard } from './files.ts';
import { type Guard, guardInput } from './guard.ts';
import { keyGuard } from './key.ts';
import { addressGuard, familyGuard, portGuard } from './network.ts';
import { methodsGuard, sessionGuard } from './session.ts';
import { syntaxGuard } from './syntax.ts';

const GUARDS: readonly Guard[] = [
  keyGuard,
  userGuard,
  rootGuard,
  accountGuard,
  addressGuard,
  familyGuard,
  portGuard,
  capacityGuard,
  sessionGuard,
  methodsGuard,
  filesGuard,
  algorithmsGuard,
  hostKeyGuard,
];

/** Every reason not to carry the plan out, each once, whichever stage it shows in. */
export function refusalsOf(it: {
  readonly context: Context;
  readonly candidate: Extract<Candidate, { kind: 'seen' }>;
  readonly changes: readonly Change[];
  readonly proofs: readonly Proof[];
}): readonly Refusal[] {
  const found = new Map<string, Refusal>();
  for (const index of it.candidate.stages.keys()) {
    const input = guardInput({ ...it, index });
    if (input === undefined) continue;
    // Nothing can be read from a configuration that sshd refuses.
    const syntax = syntaxGuard.refuse(input);
    const refusals = syntax.length > 0 ? syntax : GUARDS.flatMap((guard) => guard.refuse(input));
    for (const refusal of refusals) found.set(`${refusal.guard} ${refusal.message}`, refusal);
  }
  return [...found.values()];
}
