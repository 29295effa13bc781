// The effectful shell: wires transport, facts, plan, transaction and proofs, and yields events. Rules: it decides nothing
// about hardening; apply takes a plan and never a configuration; what is unfinished on the host comes before anything new.

import { existsSync } from 'node:fs';
import { type Asking, gather } from '../facts/gather.ts';
import type { Context } from '../model/context.ts';
import type { AnswerValue, Step } from '../model/control.ts';
import { TargetError, UserError } from '../model/errors.ts';
import { knownValue } from '../model/outcome.ts';
import type { OutsideSight } from '../model/outside.ts';
import type { Plan } from '../model/plan.ts';
import type { Profile } from '../model/profile.ts';
import type { ApplyRequest, NewSecret, PlanRequest, Session, Survey } from '../model/session.ts';
import type { Transport } from '../model/target.ts';
import { decidedBefore } from '../plan/answers.ts';
import { judge, score } from '../plan/judge.ts';
import { connectOnce, type Way } from './connect.ts';
import { type FirstLook, firstLookOf, type LookKind } from './first-look.ts';
import { statementFolder } from './folders.ts';
import { createLine, type Line } from './line.ts';
import { lockdownWarning } from './lockdown-warning.ts';
import type { Vault } from './look-at-secrets.ts';
import { openNow } from './open-now.ts';
import { sweepRecords } from './sweep-records.ts';

export type SessionOptions = Way & {
  readonly profile: Profile;
  /** Every step there is; the profile names those of the walk. */
  readonly steps: readonly Step[];
  /** Version of this program. */
  readonly tool: string;
  /** The first login, when it was begun while this program was still loading. */
  readonly begun?: Promise<Transport>;
  /** What is asked first; it goes along with the first login. */
  readonly first?: Promise<FirstLook>;
  /** Given before the start: flags, answers file. */
  readonly answers?: ReadonlyMap<string, AnswerValue>;
  /** Seconds after the first proofs at which they are made again before a change is kept. */
  readonly recheck: readonly number[];
  /** The command line that would do the same again. */
  readonly repeat: (
    plan: Plan,
    more: { readonly without: ReadonlySet<string>; readonly port?: number | undefined },
  ) => string;
  /** Another command on the same host, reached the same way. */
  readonly again: (command: string, ...more: string[]) => string;
};

/** What the parts of a session share. */
export type SessionState = {
  readonly options: SessionOptions;
  readonly line: Line;
  readonly steps: readonly Step[];
  readonly firstLook: (kind: LookKind) => Promise<Asking | undefined>;
  survey: Survey | undefined;
  /** Over which login the survey was made, and when (performance.now); undefined when it must not be relied on. */
  surveyed: { readonly over: Transport; readonly at: number } | undefined;
  /** What was answered so far; judging uses it as planning does. */
  answers: ReadonlyMap<string, AnswerValue>;
  /** Controls that the last plan left alone. */
  without: ReadonlySet<string>;
  /** Of declared secrets, what was read at the last look. */
  vault: Vault | undefined;
  /** Names of secrets that this session gave new values, kept. */
  rotated: ReadonlySet<string>;
  /** Their values, until somebody takes them. */
  readonly fresh: NewSecret[];
};

export function createSession(options: SessionOptions): Session {
  const line = createLine(opener(options));
  const steps = stepsOf(options.profile, options.steps);
  const state: SessionState = {
    options,
    line,
    steps,
    firstLook: firstLookOf(options.first),
    survey: undefined,
    surveyed: undefined,
    answers: options.answers ?? new Map(),
    without: new Set(),
    vault: undefined,
    rotated: new Set(),
    fresh: [],
  };
  return {
    connect: async () => {
      await line.transport();
    },
    discover: (how) => discover(state, how),
    lookOutside: () => knock(state, { ...needSurvey(state).context, answers: state.answers }),
    plan: (request: PlanRequest) => plan(state, request),
    declare: async (request) => await (await import('./statements.ts')).declare(state, request),
    withdraw: async (control) => await (await import('./statements.ts')).withdraw(state, control),
    // What looking does not need is loaded when it is needed, and whole before anything begins.
    apply: async (approved: Plan, request: ApplyRequest) =>
      await (await import('./apply-plan.ts')).applyPlan(state, approved, request),
    confirmOpen: async () => await (await import('./open-transaction.ts')).confirmOpen(state),
    readOpen: async () => await (await import('./open-transaction.ts')).openStatus(state),
    extendOpen: async () => await (await import('./open-transaction.ts')).extendOpen(state),
    rollbackOpen: async () => await (await import('./open-transaction.ts')).rollbackOpen(state),
    takeNewSecrets: () => state.fresh.splice(0),
    undo: async (request) => await (await import('./undo-run.ts')).undoRun(state, request),
    lockdown: async (request) => await (await import('./lockdown.ts')).lockDown(state, request),
    unlock: async (request) => await (await import('./lockdown.ts')).unlock(state, request),
    lockdownNow: async () => await (await import('./lockdown.ts')).lockdownNow(state),
    history: async () => {
      const { history } = await import('../transaction/driver.ts');
      return (await history(await line.transport())).toReversed();
    },
    sides: async (ids) => await (await import('./sides.ts')).sidesOf(await line.transport(), ids),
    close: async () => {
      for (const { value } of state.fresh.splice(0)) value.wipe();
      await line.close();
    },
  };
}

function stepsOf(profile: Profile, steps: readonly Step[]): readonly Step[] {
  return profile.steps.map((id) => {
    const step = steps.find((one) => one.id === id);
    if (step !== undefined) return step;
    throw new UserError(`there is no step "${id}"`, {
      where: `profile ${profile.id}, steps`,
      hints: [`steps of this version: ${steps.map((one) => one.id).join(', ')}`],
    });
  });
}

/** The first login may have begun before there was a session; every later one is made here. */
function opener(options: SessionOptions): (port: number | undefined) => Promise<Transport> {
  let { begun, first } = options;
  return async (port) => {
    const under = begun;
    const look = first?.then((it) => it.asking.command);
    begun = undefined;
    first = undefined;
    return await (under ?? connectOnce(options, { port, first: look }));
  };
}

/** Reads every fact in one exchange and judges every control of the walk. */
async function discover(state: SessionState, how: { readonly outside?: boolean } = {}): Promise<Survey> {
  const { options, line } = state;
  const transport = await line.transport();
  const asked = Date.now();
  const readings = await gather(transport, options.emit, await state.firstLook('all'));
  const own = knownValue(readings.ownState);
  if (own !== undefined && own.stateFolder !== 'not-private') {
    const open = own.open.map(({ id }) => id);
    await sweepRecords(options.stateDir, { hostKey: transport.connection.hostKey, open, asked });
  }
  const plain: Context = {
    target: options.target,
    connection: transport.connection,
    readings,
    profile: options.profile,
    answers: state.answers,
  };
  const known = { ...plain, decided: decidedBefore(state.steps, plain) };
  const looked = await lookedAtNames(state, await lookedAtSecrets(state, known));
  const seen = how.outside === true ? { ...looked, outside: await knock(state, looked) } : looked;
  judgeAgain(state, await heardOf(state, seen));
  state.surveyed = { over: transport, at: performance.now() };
  const survey = needSurvey(state);
  await tellUnfinished(state, survey);
  return survey;
}

/** With what the operator said about this host; nothing of it is loaded where nothing ever was said. */
async function heardOf(state: SessionState, context: Context): Promise<Context> {
  if (!existsSync(statementFolder(state.options.stateDir))) return context;
  return await (await import('./statements.ts')).withStatements(state, context);
}

/** The context with declared secrets looked at; nothing of it is loaded where none are. */
async function lookedAtSecrets(state: SessionState, context: Context): Promise<Context> {
  if (state.steps.every((step) => (step.secrets?.(context) ?? []).length === 0)) return context;
  return await (await import('./look-at-secrets.ts')).withSecrets(state, context);
}

/** The context with names that are put to an authority looked at; nothing of it is loaded where none are. */
async function lookedAtNames(state: SessionState, context: Context): Promise<Context> {
  if (state.steps.every((step) => (step.names?.(context) ?? []).length === 0)) return context;
  const [{ withNames }, { resolveHere }] = await Promise.all([
    import('./look-at-names.ts'),
    import('../transport/names.ts'),
  ]);
  return await withNames(state, context, resolveHere);
}

/** The survey with what these answers declare and name; looked at again when that is something else than before. */
async function surveyFor(state: SessionState, before: Survey): Promise<Survey> {
  const survey = await surveyWithNames(state, before);
  const context = { ...survey.context, answers: state.answers };
  if (!state.steps.some((step) => step.secrets !== undefined)) return survey;
  const { declaresOthers, withSecrets } = await import('./look-at-secrets.ts');
  if (!declaresOthers(state, context)) return survey;
  return judgeAgain(state, await withSecrets(state, context));
}

async function surveyWithNames(state: SessionState, survey: Survey): Promise<Survey> {
  const context = { ...survey.context, answers: state.answers };
  const asked = state.steps.some((step) => (step.names?.(context) ?? []).length > 0);
  if (!asked && context.names === undefined) return survey;
  const { namesOthers } = await import('./look-at-names.ts');
  if (!namesOthers(state, context)) return survey;
  const { names: _, ...bare } = context;
  return judgeAgain(state, await lookedAtNames(state, bare));
}

/** Knocks from here at what the steps want to know. */
async function knock(state: SessionState, context: Context): Promise<OutsideSight> {
  const { lookOutside } = await import('./look-outside.ts');
  const doors = state.steps.flatMap((step) => step.doors?.(context) ?? []);
  const addresses = knownValue(context.readings.network)?.addresses ?? [];
  const { emit } = state.options;
  return await lookOutside(await state.line.transport(), doors, { addresses, emit });
}

/** Judges what was read, and takes it for what is known from now on. */
export function judgeAgain(state: SessionState, context: Context): Survey {
  const findings = judge({ steps: state.steps, context });
  const now = score(findings);
  state.options.emit({ type: 'judged', findings, score: now });
  state.survey = { context, steps: state.steps, findings, score: now };
  return state.survey;
}

async function tellUnfinished(state: SessionState, survey: Survey): Promise<void> {
  const { emit } = state.options;
  const locked = lockdownWarning(survey.context.readings);
  if (locked !== undefined) emit({ type: 'note', level: 'warning', text: locked });
  if (openNow(survey) === undefined) return;
  const status = await (await import('./open-transaction.ts')).openStatus(state);
  if (status !== null) emit({ type: 'unfinished', status });
}

async function plan(state: SessionState, request: PlanRequest): Promise<Plan> {
  state.answers = request.answers;
  state.without = request.without ?? new Set();
  const survey = await surveyFor(state, state.survey ?? (await discover(state)));
  // Applying is loaded with the plan: a program that is replaced on the disk meanwhile must not fail at the approval.
  const [{ makePlan }] = await Promise.all([import('./make-plan.ts'), import('./apply-plan.ts')]);
  const made = await makePlan(state, survey, request);
  state.options.emit({ type: 'planned', plan: made });
  if (made.refusals.length > 0) state.options.emit({ type: 'refused', refusals: made.refusals });
  return made;
}

/** The survey, or the mistake of asking for something that needs one. */
export function needSurvey(state: SessionState): Survey {
  if (state.survey === undefined) throw new TargetError('the host was not looked at yet');
  return state.survey;
}

/** Looks again after a change. Undefined when the host cannot be asked now: that is told, it undoes nothing. */
export async function surveyAgain(state: SessionState): Promise<Survey | undefined> {
  try {
    return await discover(state);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    const text = `The host could not be looked at again: ${error.message}`;
    state.options.emit({ type: 'note', level: 'warning', text });
    return undefined;
  }
}
