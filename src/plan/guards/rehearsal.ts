// What the rehearsal ran into would stop the change itself: the engine's own refusals, and a checker that accepts the tree as
// it is but not as it would be.
import type { Refusal } from '../../model/plan.ts';
import type { Candidate } from '../candidate.ts';

export function rehearsalRefusals(seen: Extract<Candidate, { kind: 'seen' }>): readonly Refusal[] {
  return seen.carried.flatMap(({ stopped, checkers }): Refusal[] => [
    ...(stopped?.kind === 'refused'
      ? [
          {
            guard: 'guard.rehearsal',
            message: `the host would refuse to begin: ${stopped.why}`,
            remedy: 'put this right on the host, then plan again',
          },
        ]
      : []),
    ...checkers
      .filter(({ result }) => result === 'failed')
      .map(({ name, message }) => ({
        guard: 'guard.checker',
        message: `${name} accepts the files as they are, but not as they would be: ${message}`,
        remedy: 'change the answer that leads to this, or leave the control out',
      })),
  ]);
}
