import type { Plan } from '../model/plan.ts';
import type { Emit } from '../model/session.ts';
import { type Stage, stageName, stagesOf } from '../model/stage.ts';

/** Seconds that installing packages may take: others' locks, slow links. */
export const LONGEST_INSTALL = 3600;

/** Seconds that one certificate may take: an authority makes itself heard in its own time. */
const LONGEST_ISSUE = 300;

/** What takes long by its nature has its lease renewed meanwhile. */
export function patienceFor({ phase, changes }: Stage): { readonly patience?: number } {
  const issues = changes
    .flatMap(({ primitives }) => primitives)
    .filter(({ kind }) => kind === 'certbot-issue');
  if (phase === 'packages') return { patience: LONGEST_INSTALL };
  return issues.length === 0 ? {} : { patience: issues.length * LONGEST_ISSUE };
}

/** Tells that the stage at `index` of these begins; `done` came before them in the same run. */
export function tellStage(
  emit: Emit,
  stages: readonly (Pick<Stage, 'step'> & Partial<Stage>)[],
  at: { readonly index: number; readonly done?: number },
): void {
  const [stage, ...next] = stages.slice(at.index);
  if (stage === undefined) return;
  const before = at.done ?? 0;
  emit({
    type: 'stage',
    number: before + at.index + 1,
    total: before + stages.length,
    name: stageName(stage),
    next: next.map(stageName),
    proofs: stage.proofs ?? [],
  });
}

/** The port on which the operator's next login works after this stage: a proved login of his, or the one he came by. */
export function loginPort(stage: Pick<Stage, 'proofs'>, operator: { user: string; port: number }): number {
  const logins = stage.proofs.flatMap((proof) =>
    proof.check.kind === 'login' && proof.expect === 'works' && proof.check.user === operator.user
      ? [proof.check.port]
      : [],
  );
  if (logins.length === 0 || logins.includes(operator.port)) return operator.port;
  return logins[0] ?? operator.port;
}

/** The port that logins must use now, when the `kept` stages after the packages have moved it for good. */
export function movedPort(
  plan: Plan,
  { kept, operator }: { readonly kept: number; readonly operator: { user: string; port: number } },
): number | undefined {
  const stage = stagesOf(plan).filter(({ phase }) => phase !== 'packages')[kept - 1];
  if (stage === undefined || stage.phase !== 'contract') return undefined;
  const port = loginPort(stage, operator);
  return port === operator.port ? undefined : port;
}

/** Those of one step: each transaction holds its own, and takes them along when it is undone. */
export function answersFor(step: string, answers: Plan['answers']): Plan['answers'] {
  return Object.fromEntries(Object.entries(answers).filter(([id]) => id.startsWith(`${step}.`)));
}
