// Rules: a guard judges one stage by what the candidate says, never by the text of a plan. It refuses what would stop the
// operator from coming back, and says what to do instead; what only others would miss is a note. A line that stood on the
// host before counts as much as one of ours: the next reload would read it.
import type { EffectiveSshd } from '../../facts/values.ts';
import type { Context } from '../../model/context.ts';
import type { Proof } from '../../model/control.ts';
import type { Refusal } from '../../model/plan.ts';
import type { Change } from '../../model/resource.ts';
import { canonicalKeyword, valuesIn } from '../../resources/sshd.ts';
import { sanitizeLine } from '../../text/sanitize.ts';
import type { Candidate, CandidateStage } from '../candidate.ts';
import { type Operator, operatorOf } from '../operator.ts';

export type GuardInput = {
  readonly context: Context;
  readonly stage: CandidateStage;
  /** The stage before this one, of whichever step. */
  readonly previous: CandidateStage | undefined;
  readonly changes: readonly Change[];
  readonly proofs: readonly Proof[];
  readonly addresses: readonly string[] | null;
  readonly operator: Operator | undefined;
  /** sshd's answer for the operator's own login; in general where nobody is logged in over ssh. */
  readonly mine: EffectiveSshd;
};

export type Guard = {
  readonly id: string;
  readonly refuse: (input: GuardInput) => readonly Refusal[];
};

export function guardInput(it: {
  context: Context;
  candidate: Extract<Candidate, { kind: 'seen' }>;
  index: number;
  changes: readonly Change[];
  proofs: readonly Proof[];
}): GuardInput | undefined {
  const stage = it.candidate.stages[it.index];
  if (stage === undefined) return undefined;
  const operator = operatorOf(it.context);
  const login = stage.logins.find(
    ({ probe }) =>
      operator !== undefined && probe.user === operator.user && probe.address === operator.address,
  );
  return {
    context: it.context,
    stage,
    previous: it.candidate.stages[it.index - 1],
    changes: it.changes,
    proofs: it.proofs,
    addresses: it.candidate.addresses,
    operator,
    mine: login?.effective ?? stage.general,
  };
}

/** First value of a keyword for the operator's login, lower case; '' when sshd does not know the keyword. */
export function mine(input: GuardInput, keyword: string): string {
  return (valuesIn(input.mine, keyword)?.[0] ?? '').toLowerCase();
}

/** All values of a keyword for the operator's login, as sshd prints them. */
export function allMine(input: GuardInput, keyword: string): readonly string[] {
  return valuesIn(input.mine, keyword) ?? [];
}

/** The value stood on the host before, in general or for this user. */
export function stoodBefore(input: GuardInput, keyword: string, value: string): boolean {
  const { sshd } = input.context.readings;
  if (sshd.kind !== 'known') return false;
  const views = [sshd.value.effective, ...sshd.value.perConnection.map((view) => view.effective)];
  return views.some((view) => (valuesIn(view, canonicalKeyword(keyword)) ?? []).includes(value));
}

/** A path that this plan creates. */
export function plannedFile(input: GuardInput, path: string): boolean {
  return input.changes.some(
    (change) =>
      change.action !== 'none' &&
      change.primitives.some((one) => one.kind === 'put-file' && one.path === path),
  );
}

export function shown(text: string): string {
  return sanitizeLine(text, 80);
}
