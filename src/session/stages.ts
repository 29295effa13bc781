import type { Proof } from '../model/control.ts';
import type { Plan } from '../model/plan.ts';
import type { Change } from '../model/resource.ts';

/** One transaction's worth of a plan: the changes of one step and phase, with the proofs that must hold after it. */
export type Stage = {
  readonly step: string;
  readonly phase: 'expand' | 'contract';
  readonly changes: readonly Change[];
  readonly proofs: readonly Proof[];
  /** More stages of the same step follow, so what only holds at the very end is not asked yet. */
  readonly last: boolean;
};

/**
 * A plan cut into stages, in order: step by step, in each first what only adds, then what takes away. A proof without a
 * phase belongs to every stage of its step, except when it could only hold after a later one.
 */
export function stagesOf(plan: Plan): readonly Stage[] {
  const acting = plan.changes.filter((change) => change.action !== 'none');
  const steps = [...new Set(acting.map((change) => change.step))];
  return steps.flatMap((step) => {
    const ofStep = acting.filter((change) => change.step === step);
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
