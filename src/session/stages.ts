import type { Proof } from '../model/control.ts';
import type { Plan } from '../model/plan.ts';
import type { Change } from '../model/resource.ts';
import type { Emit } from '../model/session.ts';

/** One transaction's worth of a plan: the changes of one step and phase, with the proofs that must hold after it. */
export type Stage = {
  readonly step: string;
  readonly phase: 'prepare' | 'expand' | 'contract';
  readonly changes: readonly Change[];
  readonly proofs: readonly Proof[];
  /** More stages of the same step follow, so what only holds at the very end is not asked yet. */
  readonly last: boolean;
};

/** Seconds that installing packages may take: others' locks, slow links. */
export const LONGEST_PREPARE = 3600;

/** Name of the transaction that installs packages, whichever steps want them. */
export const PREPARE = 'prepare';

/**
 * A plan cut into stages, in order: packages, then step by step, in each first what only adds, then what takes away. A proof without a
 * phase belongs to every stage of its step, except when it could only hold after a later one.
 */
export function stagesOf(plan: Plan): readonly Stage[] {
  const acting = plan.changes.filter((change) => change.action !== 'none');
  const packages = acting.filter((change) => change.phase === 'prepare');
  const others = acting.filter((change) => change.phase !== 'prepare');
  const prepare: Stage = { step: PREPARE, phase: 'prepare', changes: packages, proofs: [], last: true };
  const steps = [...new Set(others.map((change) => change.step))];
  const rest = steps.flatMap((step) => {
    const ofStep = others.filter((change) => change.step === step);
    const phases = (['expand', 'contract'] as const).filter((phase) =>
      ofStep.some((change) => change.phase === phase),
    );
    return phases.map((phase, index) => ({
      step,
      phase,
      changes: ofStep.filter((change) => change.phase === phase),
      proofs: plan.proofs.filter(
        (proof) => proof.id.startsWith(`${step}.`) && belongs(proof, { phase, only: phases.length === 1 }),
      ),
      last: index === phases.length - 1,
    }));
  });
  return packages.length === 0 ? rest : [prepare, ...rest];
}

/** What a stage is called on a screen. */
function stageName({ step, phase }: Pick<Stage, 'step'> & { readonly phase?: Stage['phase'] }): string {
  if (step === PREPARE) return 'packages';
  return phase === 'contract' ? `${step}, taking the old way away` : step;
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

function belongs(proof: Proof, stage: { phase: 'expand' | 'contract'; only: boolean }): boolean {
  if (proof.phase === undefined || proof.phase === stage.phase) return true;
  // A stage alone answers for the other phase too, but not for a way in that it closes.
  const wayIn = proof.check.kind === 'login' && proof.expect === 'works';
  return stage.only && !(stage.phase === 'contract' && wayIn);
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
  const stage = stagesOf(plan).filter(({ phase }) => phase !== 'prepare')[kept - 1];
  if (stage === undefined || stage.phase !== 'contract') return undefined;
  const port = loginPort(stage, operator);
  return port === operator.port ? undefined : port;
}
