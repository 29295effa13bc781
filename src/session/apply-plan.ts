// A plan carried out: stage by stage, each its own transaction; the first that is not kept stops the run. Rules: what was
// shown is what is done, so a plan that no longer fits the host is refused; packages come first, then the rest is planned
// again and must come out as shown; the recovery card comes before the first risky change; nothing to do writes nothing.
import { randomBytes } from 'node:crypto';
import type { Finding } from '../model/control.ts';
import { EXIT, TargetError, UserError } from '../model/errors.ts';
import type { RunSummary } from '../model/event.ts';
import { knownValue } from '../model/outcome.ts';
import type { Plan } from '../model/plan.ts';
import type { ApplyRequest, Survey } from '../model/session.ts';
import { PACKAGES, type Stage, stagesOf } from '../model/stage.ts';
import { whyStale } from '../plan/digest.ts';
import { wayRefusals } from '../plan/guards/firewall.ts';
import { score } from '../plan/judge.ts';
import { newTransaction, startTransaction } from '../transaction/driver.ts';
import { hostEngine } from '../transaction/engine.ts';
import { issueCard } from './card.ts';
import { carryOut, type End, type Job } from './carry-out.ts';
import { fillStage, type KnownValues } from './fill-secrets.ts';
import { noteRotated } from './look-at-secrets.ts';
import { makePlan } from './make-plan.ts';
import { refuseWhileOpen } from './open-now.ts';
import { dropOpenRecord, startRecorded } from './open-record.ts';
import { operatorName } from './operator.ts';
import { notShown, sameRequest } from './same-plan.ts';
import { needSurvey, type SessionState, surveyAgain } from './session.ts';
import { answersFor, loginPort, longestFor, movedPort, patienceFor, tellStage } from './stages.ts';
import { summarise, summaryWithout } from './summary.ts';

export async function applyPlan(state: SessionState, plan: Plan, request: ApplyRequest): Promise<RunSummary> {
  const survey = needSurvey(state);
  const repeat = state.options.repeat(plan, { without: state.without });
  const early = refuse(state, survey, plan);
  if (early !== undefined) return summaryWithout({ ...early, score: plan.score.now, repeat });
  const run = randomBytes(6).toString('hex');
  const stages = stagesOf(plan);
  const [first, ...rest] = stages;
  if (first?.phase !== 'packages') {
    return await carryStages({ state, survey, plan, request, run, installed: undefined });
  }
  const { line, options } = state;
  tellStage(options.emit, stages, { index: 0 });
  const { job } = await prepare({ state, survey, plan, stage: first, run, request });
  // Packages take nobody's way in and start nothing: a fresh login that works is enough to keep them.
  const installed = await carryOut(job, { line, emit: options.emit, confirm: 'auto', recheck: [] });
  if (installed === undefined || installed.status.state !== 'COMMITTED') {
    const ends = installed === undefined ? [] : [installed];
    const summary = await conclude({ state, survey, plan, ends, cards: [], missing: rest.length });
    return installed === undefined ? summary : notInstalled(summary, installed);
  }
  await dropOpenRecord(options.stateDir, installed.status.id);
  if (rest.length === 0)
    return await conclude({ state, survey, plan, ends: [installed], cards: [], missing: 0 });
  const again = await planAgain(state, plan);
  return await carryStages({ state, ...again, request, run, installed });
}

/** What the worker itself could not do changed nothing: that is an error with its reason, not a change that was taken back. */
function notInstalled(summary: RunSummary, installed: End): RunSummary {
  const { failure, state } = installed.status;
  if (failure === undefined || state !== 'ROLLED_BACK') return summary;
  return {
    ...summary,
    outcome: 'failed',
    exitCode: EXIT.error,
    message: `The packages could not be installed, and the host is as it was: ${failure}`,
  };
}

/** The host with its packages, and the rest of the plan made again. Throws TargetError (exit 7) when it is not what was shown. */
async function planAgain(state: SessionState, shown: Plan): Promise<{ survey: Survey; plan: Plan }> {
  const kept = [
    'what was installed stays; portcullis rollback TARGET --yes takes it away again',
    'make a new plan and look at its diff: portcullis plan TARGET',
  ];
  const survey = await surveyAgain(state);
  if (survey === undefined) {
    throw new TargetError('the packages are installed, but the host cannot be looked at again', {
      exitCode: EXIT.unreachable,
      hints: kept,
    });
  }
  const plan = await makePlan(state, survey, sameRequest(shown));
  const evidence = [
    ...notShown(shown, plan),
    ...plan.refusals.map((refusal) => `${refusal.message} ${refusal.remedy}`),
    ...(plan.complete ? [] : plan.notes),
  ];
  if (evidence.length > 0) {
    state.options.emit({ type: 'planned-again', differences: evidence });
    throw new TargetError('the packages are installed; with them the rest of the plan is another one', {
      exitCode: EXIT.stale,
      evidence,
      hints: kept,
    });
  }
  state.options.emit({ type: 'planned-again', differences: [] });
  return { survey, plan };
}

type Carrying = {
  readonly state: SessionState;
  readonly survey: Survey;
  readonly plan: Plan;
  readonly request: ApplyRequest;
  readonly run: string;
  /** How the packages' own transaction ended. */
  readonly installed: End | undefined;
};

/** The stages that change configuration, one transaction each. */
async function carryStages({ state, survey, plan, request, run, installed }: Carrying): Promise<RunSummary> {
  const stages = stagesOf(plan);
  const ends: End[] = [];
  const cards: string[] = [];
  // An earlier stage may have moved it for good: whoever comes after it logs in there.
  let { port } = survey.context.connection;
  for (const [index, stage] of stages.entries()) {
    tellStage(state.options.emit, stages, { index, done: installed === undefined ? 0 : 1 });
    const prepared = await prepare({ state, survey, plan, stage, run, request, port });
    if (prepared.card !== undefined) cards.push(prepared.card);
    const end = await carryOut(prepared.job, {
      line: state.line,
      emit: state.options.emit,
      confirm: request.confirm,
      // While more stages follow the old way in still stands: the late recheck belongs to the last one.
      recheck: stage.last ? state.options.recheck : state.options.recheck.slice(0, 1),
      ...(request.decide === undefined ? {} : { decide: request.decide }),
    });
    if (end === undefined) continue;
    ends.push(end);
    if (end.status.final) await dropOpenRecord(state.options.stateDir, end.status.id);
    if (end.status.state !== 'COMMITTED') break;
    port = prepared.port;
    noteRotated(state, prepared.fresh);
    state.line.movedTo(port);
  }
  const missing = stages.length - ends.length;
  const all = installed === undefined ? ends : [installed, ...ends];
  return await conclude({ state, survey, plan, ends: all, cards, missing });
}

/** Why nothing is to be started, when there is a reason. Throws what is an error and not an outcome. */
function refuse(
  state: SessionState,
  survey: Survey,
  plan: Plan,
): { outcome: RunSummary['outcome']; message: string; exitCode: number } | undefined {
  if (state.options.target.kind === 'local') {
    throw new UserError('this machine cannot prove from outside that you can still log in', {
      where: 'local',
      exitCode: EXIT.refused,
      hints: [
        'apply from another machine: portcullis apply USER@THIS-HOST',
        'looking works here: check local, plan local',
      ],
    });
  }
  const refusals = plan.refusals.length > 0 ? plan.refusals : wayRefusals(plan.changes, survey.context);
  if (refusals.length > 0) {
    const message = refusals.map((refusal) => `${refusal.message} ${refusal.remedy}`).join('\n');
    return { outcome: 'refused', message, exitCode: EXIT.refused };
  }
  refuseWhileOpen(state.options.target.name, survey);
  const moved = whyStale(plan, survey.context);
  if (moved.length > 0) {
    throw new TargetError('the host is no longer as the plan saw it', {
      exitCode: EXIT.stale,
      evidence: moved,
      hints: ['make a new plan and look at its diff: portcullis plan TARGET'],
    });
  }
  if (!plan.complete) {
    throw new TargetError('the plan rests on something that could not be told', {
      evidence: plan.notes,
      hints: ['portcullis check TARGET --verbose shows what could not be read'],
    });
  }
  if (plan.changes.every((change) => change.action === 'none')) {
    const untold = plan.findings.filter(({ result }) => result === 'unknown').length;
    const message =
      untold === 0
        ? 'Everything is as it should be.'
        : `Nothing was to change, but ${untold} control(s) could not be judged: "portcullis check" says why.`;
    return { outcome: 'nothing-to-do', message, exitCode: EXIT.fine };
  }
  return undefined;
}

type Preparing = {
  readonly state: SessionState;
  readonly survey: Survey;
  readonly plan: Plan;
  readonly stage: Stage;
  readonly run: string;
  readonly request: ApplyRequest;
  /** Where logins go now; the connection's own when left out. */
  readonly port?: number;
};

/** The job of one stage, its token, and the card where it could cut the operator off. */
async function prepare(
  it: Preparing,
): Promise<{ job: Job; port: number; card: string | undefined; fresh: KnownValues['fresh'] }> {
  const { state, survey, plan, stage, run, request } = it;
  const { stateDir } = state.options;
  const { connection, readings } = survey.context;
  const tokenHex = randomBytes(16).toString('hex');
  const { token, ...identity } = newTransaction(new Date(), tokenHex);
  const port = loginPort(stage, { user: connection.user, port: it.port ?? connection.port });
  const risky = stage.changes.some((change) => change.risk === 'lockout');
  const card = risky
    ? await issueCard({
        state,
        id: identity.id,
        step: stage.step,
        changes: stage.changes,
        lease: request.lease,
      })
    : undefined;
  const who = knownValue(readings.who);
  const filled = fillStage(stage.changes, state.vault);
  const record = {
    handle: { id: identity.id, engine: hostEngine().sha256, nonce: identity.nonce },
    hostKey: connection.hostKey,
    step: stage.step,
    token: tokenHex,
    port,
    proofs: stage.proofs,
  };
  const asked = {
    ...identity,
    run,
    step: stage.step,
    operator: operatorName(connection),
    planDigest: plan.digest,
    changes: filled.changes,
    contents: { ...plan.contents, ...filled.contents },
    secrets: new Set(Object.keys(filled.contents)),
    lease: request.lease,
    answers: answersFor(stage.step, plan.answers),
    ...longestFor(stage),
    ...(who === undefined ? {} : { client: { address: who.clientAddress, port: who.serverPort } }),
  };
  const job: Job = {
    id: identity.id,
    nonce: identity.nonce,
    step: stage.step,
    token,
    lease: request.lease,
    ...patienceFor(stage),
    start: (transport) => startRecorded(stateDir, record, () => startTransaction(transport, asked)),
    claims: async () => ({ login: { port }, proofs: stage.proofs, values: filled.values }),
  };
  return { job, port, card, fresh: filled.values.fresh };
}

/** Looks at the host again, so that the score after is what it says and not what we hoped. */
async function conclude(run: {
  readonly state: SessionState;
  readonly survey: Survey;
  readonly plan: Plan;
  readonly ends: readonly End[];
  readonly cards: readonly string[];
  /** Stages that were not begun. */
  readonly missing: number;
}): Promise<RunSummary> {
  const after = await surveyAgain(run.state);
  const findings: readonly Finding[] = after?.findings ?? run.survey.findings;
  const steps = new Set(run.plan.findings.map((it) => it.step));
  const kept = run.ends.filter((end) => end.status.state === 'COMMITTED' && end.step !== PACKAGES);
  const moved = movedPort(run.plan, { kept: kept.length, operator: run.survey.context.connection });
  const summary = summarise({
    ends: run.ends,
    done: 'Applied, proved and kept.',
    // Of what the plan is about: a step that was not walked neither helps nor spoils it.
    scoreBefore: run.plan.score.now,
    scoreAfter: after === undefined ? null : score(after.findings.filter((it) => steps.has(it.step))),
    findings,
    recoveryCards: run.cards,
    repeat: run.state.options.repeat(run.plan, { without: run.state.without, port: moved }),
  });
  const more = [
    ...(moved === undefined ? [] : [`sshd listens on port ${moved} from now on: log in there.`]),
    ...(summary.outcome === 'unconfirmed' && run.missing > 0
      ? [
          `${run.missing === 1 ? 'One more stage follows' : `${run.missing} more stages follow`} after confirm: apply again then, it carries out the rest.`,
        ]
      : []),
  ];
  const newSecrets = run.state.fresh.map(({ name }) => name);
  return {
    ...summary,
    ...(newSecrets.length === 0 ? {} : { newSecrets }),
    message: [summary.message, ...more].join('\n'),
  };
}
