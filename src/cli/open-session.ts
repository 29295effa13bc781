import { steps as allSteps } from '../../steps/index.ts';
import type { AnswerValue } from '../model/control.ts';
import type { Ask, Emit, Session } from '../model/session.ts';
import { loadAnswers, parseSet } from '../profile/answers.ts';
import { loadProfile } from '../profile/load.ts';
import { stateFolder } from '../session/folders.ts';
import { createSession } from '../session/session.ts';
import { parseTarget } from '../transport/target.ts';
import type { ChoiceOptions, LeaseOptions, ReachOptions } from './options.ts';
import { repeatLine } from './repeat.ts';

export type Opened = {
  readonly session: Session;
  readonly answers: ReadonlyMap<string, AnswerValue>;
  readonly without: ReadonlySet<string>;
  readonly steps: readonly string[] | undefined;
};

const NOTHING_CHOSEN: ChoiceOptions = { profile: 'linux', set: [], without: [] };

/** Reads everything the person gave, so that every mistake shows before a connection is made, and makes the session. */
export async function openSession(run: {
  readonly target: string;
  readonly reach: ReachOptions;
  readonly choice?: ChoiceOptions;
  readonly lease?: Pick<LeaseOptions, 'recheck'>;
  readonly version: string;
  readonly ask: Ask;
  readonly emit: Emit;
}): Promise<Opened> {
  const { reach, choice = NOTHING_CHOSEN } = run;
  const target = parseTarget(run.target);
  const profile = await loadProfile(choice.profile);
  const questions = allSteps.flatMap((step) => step.questions);
  const fromFile =
    choice.answers === undefined
      ? new Map<string, AnswerValue>()
      : await loadAnswers(choice.answers, questions);
  const answers = new Map([...fromFile, ...choice.set.map((word) => parseSet(word, questions))]);
  const session = createSession({
    target,
    profile,
    steps: allSteps,
    tool: run.version,
    stateDir: stateFolder(process.env),
    reach: {
      sudo: reach.sudo,
      ...(reach.identity === undefined ? {} : { identity: reach.identity }),
      ...(reach.jump === undefined ? {} : { jump: reach.jump }),
      ...(reach.knownHosts === undefined ? {} : { knownHosts: reach.knownHosts }),
      ...(reach.acceptHostKey === undefined ? {} : { acceptHostKey: reach.acceptHostKey }),
    },
    answers,
    recheck: run.lease?.recheck ?? [5, 30],
    repeat: (plan) =>
      repeatLine({
        target: run.target,
        profile: choice.profile,
        answers: plan?.answers ?? Object.fromEntries(answers),
        without: choice.without,
        ...(choice.steps === undefined ? {} : { steps: choice.steps }),
      }),
    ask: run.ask,
    emit: run.emit,
  });
  return { session, answers, without: new Set(choice.without), steps: choice.steps };
}
