// Rules: pure and deterministic: the same context, steps and answers give the same plan and digest. Only failing controls bring
// resources; nothing is weakened; what adds comes before what takes away. A plan that rests on something nobody could tell is
// not complete; a plan with a refusal is not applyable.
import { answerOf, type Context } from '../model/context.ts';
import type { AnswerValue, Control, Finding, Proof, Step } from '../model/control.ts';
import { UserError } from '../model/errors.ts';
import type { Plan, Refusal } from '../model/plan.ts';
import { type Change, contentsOf } from '../model/resource.ts';
import { diffResources } from '../resources/index.ts';
import type { Wanted } from '../resources/wanted.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { affected } from './affected.ts';
import { checkAnswers, questionsOf } from './answers.ts';
import type { Candidate } from './candidate.ts';
import { closingProofs, withClosing } from './closing.ts';
import { assurances, rehearsalOf } from './confidence.ts';
import { digestOf, readingHashes } from './digest.ts';
import { edgeRefusals, inWalkOrder } from './edges.ts';
import { effectiveChanges, settledProofs } from './effective.ts';
import { acmeRefusals } from './guards/acme.ts';
import { banRefusals } from './guards/banned.ts';
import { databaseRightRefusals } from './guards/database-rights.ts';
import { firewallRefusals } from './guards/firewall.ts';
import { hbaRefusals } from './guards/hba.ts';
import { refusalsOf } from './guards/index.ts';
import { peopleRefusals } from './guards/people.ts';
import { packetRefusals, rehearsalRefusals } from './guards/rehearsal.ts';
import { sudoersRefusals } from './guards/sudoers.ts';
import { judge, score } from './judge.ts';
import { candidateNotes, contextNotes } from './notes.ts';
import { type PackageSet, settlePackages } from './package-set.ts';

/** Everything that can be said before the host was asked about the candidate. */
export type Draft = {
  /** With the answers of this plan. */
  readonly context: Context;
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
  readonly changes: readonly Change[];
  readonly contents: Readonly<Record<string, string>>;
  readonly proofs: readonly Proof[];
  readonly notes: readonly string[];
  /** What its resources alone refuse. */
  readonly refusals: readonly Refusal[];
  /** What could not be told. */
  readonly unknown: readonly string[];
  readonly projected: number;
};

/**
 * Judges, collects the remedies of failing controls (but for `without`) and works out what changes.
 * Throws UserError (exit 64) on answers that cannot be and on conflicts.
 */
export function draftPlan(options: {
  readonly context: Context;
  readonly steps: readonly Step[];
  /** Every step of the profile; `steps` when left out. */
  readonly walk?: readonly Step[];
  /** In addition to those in the context, and before them. */
  readonly answers?: ReadonlyMap<string, AnswerValue>;
  /** Controls that were toggled off. */
  readonly without?: ReadonlySet<string>;
}): Draft {
  const context: Context = {
    ...options.context,
    answers: new Map([...options.context.answers, ...(options.answers ?? [])]),
  };
  checkAnswers(options.steps, context, options.walk);
  const findings = judge({ steps: options.steps, context });
  const remedied = options.steps.flatMap((step) =>
    step.controls
      .filter((control) => !options.without?.has(control.id))
      .filter((control) => findings.some((one) => one.control === control.id && one.result === 'fail'))
      .flatMap((control) => {
        const resources = control.remedy?.(context) ?? [];
        return resources.length === 0 ? [] : [{ step, control, resources }];
      }),
  );
  const wanted = withClosing(
    remedied.flatMap(({ step, control, resources }): Wanted[] =>
      resources.map((resource) => ({ resource, step: step.id, control: control.id, why: control.why })),
    ),
  );
  const diff = diffResources(wanted, context);
  const changes = inOrder(diff.changes, inWalkOrder(options.steps, context));
  refuseDoubles(changes);
  const fixed = new Set(remedied.map(({ control }) => control.id));
  const acting = changes.some((change) => change.action !== 'none');
  return {
    context,
    steps: options.steps,
    findings,
    changes,
    contents: used(diff.contents, changes),
    proofs: acting
      ? closingProofs(proofsOf(options.steps, findings, fixed, context, options.without), wanted)
      : [],
    notes: acting ? [...diff.notes, ...contextNotes(context)] : [],
    refusals: acting
      ? [
          ...edgeRefusals({
            steps: options.steps,
            walk: options.walk ?? options.steps,
            context,
            changes,
            fixed,
          }),
          ...banRefusals(context),
          ...firewallRefusals(wanted, context),
          ...acmeRefusals(wanted, context),
          ...sudoersRefusals(wanted, context),
          ...peopleRefusals(wanted, context),
          ...hbaRefusals(wanted, context),
          ...databaseRightRefusals(wanted, context),
        ]
      : [],
    unknown: diff.unknown,
    projected: score(findings.map((one) => (fixed.has(one.control) ? { ...one, result: 'pass' } : one))),
  };
}

/**
 * The draft with what the host said about it. `candidate` undefined: nothing in it could touch a login, so nobody was asked.
 * `created` is ISO 8601, UTC.
 */
export function finishPlan(
  draft: Draft,
  candidate: Candidate | undefined,
  made: {
    readonly tool: string;
    readonly created: string;
    /** What apt said about the packages that are to be installed. */
    readonly packages?: PackageSet | undefined;
  },
): Plan {
  const { context } = draft;
  const unknown = [...draft.unknown];
  if (candidate?.kind === 'unknown') unknown.push(candidate.reason);
  const seen = candidate?.kind === 'seen' ? candidate : undefined;
  // A table that could lock out is tried by nft itself, and judged by its policy.
  const risky = draft.changes.some(
    (change) =>
      change.action !== 'none' && change.risk === 'lockout' && !change.address.startsWith('nft-table:'),
  );
  if (risky && candidate === undefined) unknown.push('sshd was not asked about the changes');
  const prepared = settlePackages(draft.changes, made.packages, context);
  unknown.push(...prepared.unknown);
  const assured = seen === undefined ? new Map() : assurances(prepared.changes, seen, context);
  const changes =
    seen === undefined ? prepared.changes : effectiveChanges(prepared.changes, seen, { context, assured });
  const proofs = seen === undefined ? draft.proofs : settledProofs(draft.proofs, seen);
  // What needs a package that is not there yet cannot be tried: the plan that is made again after it came is rehearsed whole.
  const waiting = changes.some((change) => change.phase === 'packages' && change.action !== 'none');
  const refusals = [
    ...draft.refusals,
    ...prepared.refusals,
    ...(seen === undefined ? [] : refusalsOf({ context, candidate: seen, changes, proofs })),
    ...(seen === undefined ? [] : packetRefusals(seen, context)),
    ...(seen === undefined || waiting ? [] : rehearsalRefusals(seen)),
  ];
  const complete = unknown.length === 0;
  const identity = context.readings.identity.kind === 'known' ? context.readings.identity.value : undefined;
  const plan: Omit<Plan, 'digest'> & { readonly basis: Readonly<Record<string, string>> } = {
    version: 1,
    tool: made.tool,
    created: made.created,
    target: {
      name: context.target.name,
      hostKey: context.connection.hostKey,
      machineId: identity?.machineId ?? '',
    },
    profile: context.profile.id,
    answers: answersUsed(draft),
    findings: draft.findings,
    changes,
    proofs,
    contents: draft.contents,
    refusals,
    notes: [
      ...draft.notes,
      ...prepared.notes,
      ...(seen === undefined ? [] : candidateNotes({ context, candidate: seen, changes, proofs })),
      ...affected({ context, last: seen?.stages.at(-1), changes }),
      ...unknown.map((reason) => `could not tell: ${reason}`),
    ].map((note) => sanitizeLine(note, 300)),
    score: { now: score(draft.findings), projected: draft.projected },
    ...(seen === undefined ? {} : { rehearsal: rehearsalOf(seen, assured) }),
    complete,
    applyable: complete && refusals.length === 0 && changes.some((change) => change.action !== 'none'),
    basis: readingHashes(context.readings),
  };
  return { ...plan, digest: digestOf(plan) };
}

/** Questions whose steps are planned, with the value that was used. */
function answersUsed(draft: Draft): Readonly<Record<string, AnswerValue>> {
  const questions = questionsOf(draft.steps, draft.context);
  return Object.fromEntries(questions.map((question) => [question.id, answerOf(question, draft.context)]));
}

function inOrder(changes: readonly Change[], steps: readonly Step[]): readonly Change[] {
  const rank = (change: Change): number => {
    if (change.phase === 'packages') return -1;
    const place = steps.findIndex((step) => step.id === change.step);
    // What guards a way in is the last to forget it.
    return change.phase === 'contract' ? 2 * steps.length - place : place;
  };
  return changes
    .map((change, index) => ({ change, index }))
    .sort((a, b) => rank(a.change) - rank(b.change) || a.index - b.index)
    .map(({ change }) => change);
}

/** One file is written once a stage, and a later stage starts from what the earlier one leaves (C-24). */
function refuseDoubles(changes: readonly Change[]): void {
  const last = new Map<string, { readonly change: Change; readonly sha256: string }>();
  for (const change of changes) {
    for (const primitive of change.primitives) {
      if (primitive.kind !== 'put-file' && primitive.kind !== 'fill-file') continue;
      const before = last.get(primitive.path);
      // Nobody knows yet what a filled file holds, so nothing can follow it.
      const sha256 = primitive.kind === 'put-file' ? primitive.sha256 : '';
      last.set(primitive.path, { change, sha256 });
      if (before === undefined) continue;
      const follows = change.base?.kind === 'file' && change.base.sha256 === before.sha256;
      const sameStage = before.change.step === change.step && before.change.phase === change.phase;
      if (follows && !sameStage) continue;
      const who =
        before.change.step === change.step
          ? [before.change.controls[0], change.controls[0]]
          : [before.change.step, change.step];
      throw new UserError(
        `conflict: "${who[0]}" and "${who[1]}" both write ${sanitizeLine(primitive.path, 120)}`,
        { hints: ['leave one of them out with --steps, or switch the control off'] },
      );
    }
  }
}

/** Claims of what is remedied and of what holds already and must go on holding; each id once. */
function proofsOf(
  steps: readonly Step[],
  findings: readonly Finding[],
  fixed: ReadonlySet<string>,
  context: Context,
  without: ReadonlySet<string> | undefined,
): readonly Proof[] {
  const holds = (control: Control): boolean =>
    fixed.has(control.id) ||
    (!without?.has(control.id) &&
      findings.some((one) => one.control === control.id && one.result === 'pass'));
  const proofs = steps
    .flatMap((step) => step.controls)
    .filter(holds)
    .flatMap((control) => control.proofs?.(context) ?? []);
  return [...new Map(proofs.map((proof) => [proof.id, proof])).values()];
}

function used(
  contents: Readonly<Record<string, string>>,
  changes: readonly Change[],
): Readonly<Record<string, string>> {
  const names = new Set(changes.flatMap((change) => change.primitives.flatMap(contentsOf)));
  return Object.fromEntries(
    Object.entries(contents)
      .filter(([name]) => names.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
