// How a plan is carried out: in stages, each a transaction of its own. Whoever shows a plan and whoever applies it cut it here.
import type { Proof } from './control.ts';
import type { Plan } from './plan.ts';
import type { Change } from './resource.ts';

/** One transaction's worth of a plan: the changes of one step and phase, with the proofs that must hold after it. */
export type Stage = {
  readonly step: string;
  readonly phase: 'packages' | 'expand' | 'contract';
  readonly changes: readonly Change[];
  readonly proofs: readonly Proof[];
  /** More stages of the same step follow, so what only holds at the very end is not asked yet. */
  readonly last: boolean;
};

/** Step of the transaction that installs packages, whichever steps want them; on every screen and in the host's history. */
export const PACKAGES = 'packages';

/**
 * A plan cut into stages, in order: packages, then step by step what only adds, then what takes away, in the plan's order. A proof without a
 * phase belongs to every stage of its step, except when it could only hold after a later one.
 */
export function stagesOf(plan: Plan): readonly Stage[] {
  const acting = plan.changes.filter((change) => change.action !== 'none');
  const packages = acting.filter((change) => change.phase === 'packages');
  const others = acting.filter((change) => change.phase !== 'packages');
  const installing: Stage = { step: PACKAGES, phase: 'packages', changes: packages, proofs: [], last: true };
  const rest = (['expand', 'contract'] as const).flatMap((phase) => {
    const ofPhase = others.filter((change) => change.phase === phase);
    return [...new Set(ofPhase.map(({ step }) => step))].map((step) => {
      const both = others.some((change) => change.step === step && change.phase !== phase);
      return {
        step,
        phase,
        changes: ofPhase.filter((change) => change.step === step),
        proofs: plan.proofs.filter(
          (proof) => proof.id.startsWith(`${step}.`) && belongs(proof, { phase, only: !both }),
        ),
        last: phase === 'contract' || !both,
      };
    });
  });
  return packages.length === 0 ? rest : [installing, ...rest];
}

function belongs(proof: Proof, stage: { phase: 'expand' | 'contract'; only: boolean }): boolean {
  if (proof.phase === undefined || proof.phase === stage.phase) return true;
  // A stage alone answers for the other phase too, but not for a way in that it closes.
  const wayIn = proof.check.kind === 'login' && proof.expect === 'works';
  return stage.only && !(stage.phase === 'contract' && wayIn);
}

/** What a stage is called on a screen. */
export function stageName({
  step,
  phase,
}: Pick<Stage, 'step'> & { readonly phase?: Stage['phase'] }): string {
  return phase === 'contract' ? `${step}, taking the old way away` : step;
}
