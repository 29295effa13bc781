import type { Plan } from '../model/plan.ts';
import type { Emit } from '../model/session.ts';
import { type Stage, stageName, stagesOf } from '../model/stage.ts';

/** Seconds that installing packages may take: others' locks, slow links. */
export const LONGEST_INSTALL = 3600;

/** Seconds that one certificate may take: an authority makes itself heard in its own time. */
const LONGEST_ISSUE = 300;
/** And its dry run, a proof: a little more than src/verify/renewal.ts waits. */
const LONGEST_DRY_RUN = 180;
/** What any transaction has, for everything else. */
const LONGEST = 900;

const issuesIn = ({ changes }: Pick<Stage, 'changes'>): number =>
  changes.flatMap(({ primitives }) => primitives).filter(({ kind }) => kind === 'certbot-issue').length;

/** What takes long by its nature has its lease renewed meanwhile. */
export function patienceFor(stage: Pick<Stage, 'phase' | 'changes'>): { readonly patience?: number } {
  if (stage.phase === 'packages') return { patience: LONGEST_INSTALL };
  const issues = issuesIn(stage);
  return issues === 0 ? {} : { patience: issues * LONGEST_ISSUE };
}

/** Seconds after which the host takes the stage back whatever happens; none where the engine's own number does. */
export function longestFor(stage: Pick<Stage, 'phase' | 'changes' | 'proofs'>): {
  readonly maximum?: number;
} {
  if (stage.phase === 'packages') return { maximum: LONGEST_INSTALL };
  const issues = issuesIn(stage);
  const dryRuns = stage.proofs.filter(({ check }) => check.kind === 'renewal').length;
  const more = issues * LONGEST_ISSUE + dryRuns * LONGEST_DRY_RUN;
  return more === 0 ? {} : { maximum: LONGEST + more };
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
