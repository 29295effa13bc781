import type { Plan } from '../../model/plan.ts';
import type { Decision, LockdownRequest, NewSecret, PlanRequest, Reply } from '../../model/session.ts';
import type { StatementRequest } from '../../model/statement.ts';

/** What the machine wants done. A value: the shell runs each once, tests assert it. */
export type Effect =
  | { readonly type: 'connect'; readonly target: string }
  | { readonly type: 'discover' }
  /** `begun`: comes back with the answer, so that an answer to an older question is known. */
  | { readonly type: 'look-outside'; readonly begun: number }
  | { readonly type: 'plan'; readonly request: PlanRequest }
  | { readonly type: 'apply'; readonly plan: Plan }
  | { readonly type: 'history' }
  /** What these changed, and what became of it. */
  | { readonly type: 'sides'; readonly transactions: readonly string[] }
  | { readonly type: 'undo'; readonly transactions: readonly string[] }
  | { readonly type: 'read-open' }
  | { readonly type: 'roll-back-open' }
  | { readonly type: 'keep-open' }
  | { readonly type: 'extend-open' }
  | { readonly type: 'lockdown'; readonly request: Omit<LockdownRequest, 'lease' | 'approve'> }
  | { readonly type: 'unlock' }
  | { readonly type: 'declare'; readonly request: StatementRequest }
  | { readonly type: 'withdraw'; readonly control: string }
  /** The new values of this run, which are given once. */
  | { readonly type: 'reveal' }
  /** Nobody looks at them any more. */
  | { readonly type: 'wipe'; readonly secrets: readonly NewSecret[] }
  | { readonly type: 'reply'; readonly reply: Reply }
  | { readonly type: 'decide'; readonly decision: Decision }
  /** For the next time, on this machine. */
  | { readonly type: 'remember-guide'; readonly on: boolean }
  /** Give the terminal back and stop until the shell continues us. */
  | { readonly type: 'suspend' }
  | { readonly type: 'leave'; readonly exitCode: number };
