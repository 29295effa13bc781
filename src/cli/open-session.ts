// From words to a session. Rules: what the person chose is read, and its mistakes told, before a connection is made; where
// nothing was chosen there is nothing to be wrong, and the login begins while the rest of the program is still loading.
import type { AnswerValue, Question } from '../model/control.ts';
import type { Ask, Emit, Session } from '../model/session.ts';
import type { Transport } from '../model/target.ts';
import { connectOnce, type Way } from '../session/connect.ts';
import type { FirstLook, LookKind } from '../session/first-look.ts';
import { stateFolder } from '../session/folders.ts';
import type { AskedConfig } from '../transport/ssh-config.ts';
import { parseTarget } from '../transport/target.ts';
import { refuseUnknownControls } from './known-controls.ts';
import type { ChoiceOptions, LeaseOptions, ReachOptions } from './options.ts';
import { againLine, repeatLine, stepWords, withPort } from './repeat.ts';

export type Opened = {
  readonly session: Session;
  readonly answers: ReadonlyMap<string, AnswerValue>;
  readonly without: ReadonlySet<string>;
  readonly steps: readonly string[] | undefined;
};

const NOTHING_CHOSEN: ChoiceOptions = { profile: 'linux', set: [], without: [] };

/** What the start of the program leaves for its commands. */
export type Start = {
  readonly version: string;
  /** What ssh was asked about the target of the words before they were read whole. */
  readonly asked?: AskedConfig | undefined;
};

type Run = Start & {
  readonly target: string;
  readonly reach: ReachOptions;
  readonly choice?: ChoiceOptions;
  /** When a password was the way in: ask which key shall be the next. */
  readonly chooseKey?: boolean;
  readonly lease?: LeaseOptions;
  /** What the command asks the host first; it goes along with the login. */
  readonly look?: LookKind;
  /** The one step that is meant, whatever the profile walks. */
  readonly only?: string;
  /** Words of the command that does the same again, behind the target; `apply` with the plan's answers where they are left out. */
  readonly again?: readonly string[];
  readonly ask: Ask;
  readonly emit: Emit;
};

/** Reads everything the person gave and makes the session. Throws UserError for the first thing that is wrong. */
export async function openSession(run: Run): Promise<Opened> {
  const { reach, choice = NOTHING_CHOSEN, ask, emit } = run;
  const way: Way = {
    target: parseTarget(run.target),
    stateDir: stateFolder(process.env),
    reach: {
      sudo: reach.sudo,
      transport: reach.transport,
      ...(run.chooseKey === undefined ? {} : { chooseKey: run.chooseKey }),
      ...(reach.identity === undefined ? {} : { identity: reach.identity }),
      ...(reach.jump === undefined ? {} : { jump: reach.jump }),
      ...(reach.knownHosts === undefined ? {} : { knownHosts: reach.knownHosts }),
      ...(reach.acceptHostKey === undefined ? {} : { acceptHostKey: reach.acceptHostKey }),
    },
    asked: run.asked,
    ask,
    emit,
  };
  if (!nothingChosen(choice)) return await assemble(run, choice, { ...way, ...firstLook(run) });
  let onDialled = () => {};
  const dialled = new Promise<void>((resolve) => {
    onDialled = resolve;
  });
  // Not before ssh is on its way: loading what is asked takes as long as the login does, if need be.
  const look = firstLook(run, dialled);
  const begun = connectOnce(way, { onDialled, first: look.first?.then((it) => it.asking.command) });
  // Whoever asks the session for its connection gets the failure.
  begun.catch(onDialled);
  try {
    // Loading keeps this process busy: ssh must be on its way before.
    await Promise.race([dialled, begun.catch(() => undefined)]);
    return await assemble(run, choice, { ...way, ...look, begun });
  } catch (error) {
    await begun.then(
      (transport) => transport.close(),
      () => undefined,
    );
    throw error;
  }
}

function firstLook({ look }: Run, after?: Promise<void>): { readonly first?: Promise<FirstLook> } {
  if (look === undefined) return {};
  const first = Promise.resolve(after)
    .then(() => import('../session/first-look.ts'))
    .then(({ makeFirstLook }) => makeFirstLook(look));
  // Whoever looks gets the failure.
  first.catch(() => undefined);
  return { first };
}

function nothingChosen(choice: ChoiceOptions): boolean {
  return (
    choice.profile === NOTHING_CHOSEN.profile &&
    choice.answers === undefined &&
    choice.steps === undefined &&
    choice.set.length === 0 &&
    choice.without.length === 0
  );
}

async function assemble(
  run: Run,
  choice: ChoiceOptions,
  way: Way & { readonly begun?: Promise<Transport>; readonly first?: Promise<FirstLook> },
): Promise<Opened> {
  const { reach } = run;
  const [{ steps: allSteps }, { loadProfile }, { createSession }] = await Promise.all([
    import('../../steps/index.ts'),
    import('../profile/load.ts'),
    import('../session/session.ts'),
  ]);
  const loaded = await loadProfile(choice.profile);
  const profile = run.only === undefined ? loaded : { ...loaded, steps: [run.only] };
  const answers = await readAnswers(
    choice,
    allSteps.flatMap((step) => step.questions),
  );
  refuseUnknownControls(choice.without, { steps: allSteps, where: '--without' });
  const session = createSession({
    ...way,
    profile,
    steps: allSteps,
    tool: run.version,
    answers,
    recheck: run.lease?.recheck ?? [5, 30],
    again: (command, ...more) => againLine(command, run.target, reach, ...more),
    repeat: (plan, { without, port }) => {
      if (run.again !== undefined)
        return againLine(run.only ?? 'apply', run.target, { ...reach, ...run.lease }, ...run.again);
      return repeatLine({
        target: port === undefined ? run.target : withPort(run.target, port),
        way: { ...reach, ...run.lease },
        profile: choice.profile,
        answers: plan.answers,
        without: new Set([...choice.without, ...without]),
        steps: stepWords(plan, profile),
      });
    },
  });
  return { session, answers, without: new Set(choice.without), steps: choice.steps };
}

async function readAnswers(
  choice: ChoiceOptions,
  questions: readonly Question[],
): Promise<ReadonlyMap<string, AnswerValue>> {
  if (choice.answers === undefined && choice.set.length === 0) return new Map();
  const { loadAnswers, parseSet } = await import('../profile/answers.ts');
  const fromFile = choice.answers === undefined ? [] : await loadAnswers(choice.answers, questions);
  return new Map([...fromFile, ...choice.set.map((word) => parseSet(word, questions))]);
}
