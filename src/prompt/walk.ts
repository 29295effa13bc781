// Rules: the wizard line by line, for screen readers and dumb terminals: the same steps and questions, then one plan of all that was
// chosen, applied as one run, as on the full screen. Nothing is applied without the typed word, nothing is kept without the
// typed word; leaving means that the host takes it back by itself. The connection is closed on every way out.
import type { AnswerValue, Step } from '../model/control.ts';
import { EXIT } from '../model/errors.ts';
import type { RunSummary } from '../model/event.ts';
import type { Plan } from '../model/plan.ts';
import type { Decision, Session, Survey } from '../model/session.ts';
import { GUIDE, type GuideSpot } from '../report/guide-text.ts';
import { planText } from '../report/plan-text.ts';
import { type Style, safe, seconds } from '../report/style.ts';
import { summaryText } from '../report/summary-text.ts';
import { wrap } from '../text/wrap.ts';
import { talkLockdown, talkUnlock } from './lockdown.ts';
import { type Act, askAct } from './menu.ts';
import { offerNewSecrets } from './new-secrets.ts';
import type { Talk } from './talk.ts';
import { askLine, processTerminal, type Terminal } from './terminal.ts';
import { nothingToJudge, passBy, visitStep } from './visit.ts';

export type Walk = {
  readonly session: Session;
  /** Answers that flags and files gave; they are not asked again. */
  readonly answers: ReadonlyMap<string, AnswerValue>;
  readonly without: ReadonlySet<string>;
  /** Step ids; undefined = all of the profile. */
  readonly steps: readonly string[] | undefined;
  /** Seconds. */
  readonly lease: number;
  readonly dryRun: boolean;
  /** Plain words, for the first time. */
  readonly guide?: boolean;
  readonly style: Style;
  readonly terminal?: Terminal;
  readonly write?: (text: string) => void;
};

/** What was chosen so far, and on which sight of the host. */
type Chosen = {
  readonly survey: Survey;
  readonly answers: ReadonlyMap<string, AnswerValue>;
  readonly without: ReadonlySet<string>;
  readonly skipped: ReadonlySet<string>;
  /** Something was done on the host in this walk. */
  readonly ran: boolean;
};

/** How the walk goes on, or the exit code it ends with. */
type Next = Chosen | number;

/** Walks through the steps and returns the exit code. Rejects as the session does. */
export async function walk(it: Walk): Promise<number> {
  const talk: Talk = {
    ...it,
    guide: it.guide ?? false,
    given: it.answers,
    terminal: it.terminal ?? processTerminal(),
    write: it.write ?? ((text: string) => void process.stdout.write(text)),
  };
  try {
    await it.session.connect();
    explain(talk, 'discover');
    const survey = await discovered(talk);
    const unwanted = survey.steps.filter((step) => it.steps !== undefined && !it.steps.includes(step.id));
    const skipped = new Set(unwanted.map(({ id }) => id));
    const start: Chosen = { survey, answers: it.answers, without: it.without, skipped, ran: false };
    const first = await visitAll(talk, start);
    if (typeof first === 'number') return first;
    return await decideAll(talk, first);
  } finally {
    await it.session.close();
  }
}

function explain({ guide, write, style }: Talk, spot: GuideSpot): void {
  if (!guide) return;
  const text = GUIDE[spot].join(' ');
  write(`${wrap(safe(text, style), { width: style.columns, indent: '  ', first: '  ' }).join('\n')}\n`);
}

function left({ write }: Talk, { ran }: Chosen): number {
  write(`Left: nothing ${ran ? 'more ' : ''}was changed.\n`);
  return EXIT.fine;
}

async function visitAll(talk: Talk, start: Chosen): Promise<Next> {
  let chosen = start;
  for (const step of start.survey.steps) {
    if (chosen.skipped.has(step.id)) continue;
    if (nothingToJudge(step, chosen.survey)) {
      passBy({ ...talk, ...chosen, step });
      continue;
    }
    const next = await visitStep({ ...talk, ...chosen, step });
    if (next === undefined) return left(talk, chosen);
    chosen = { ...chosen, ...next };
  }
  return chosen;
}

/** The plan of all that was chosen, and what is done about it, until it is left. */
async function decideAll(talk: Talk, start: Chosen): Promise<number> {
  const { session, write, style, dryRun } = talk;
  let chosen = start;
  for (;;) {
    const { answers, without, survey, skipped } = chosen;
    const steps = survey.steps.map(({ id }) => id).filter((id) => !skipped.has(id));
    const plan = steps.length === 0 ? undefined : await session.plan({ steps, answers, without });
    if (plan === undefined) write('Every step is left out: there is no plan.\n');
    else write(planText(plan, style));
    const code = codeOf(plan);
    if (plan !== undefined && code === EXIT.pending && !dryRun) explain(talk, 'ready');
    for (;;) {
      const act = await askAct(talk, {
        steps: survey.steps,
        skipped,
        without,
        applicable: code === EXIT.pending,
      });
      if (act === undefined) return ended(talk, chosen, code);
      const next = await carriedOut(talk, { act, plan, chosen });
      if (next === undefined) continue;
      if (typeof next === 'number') return next;
      chosen = next;
      break;
    }
  }
}

/** What leaving the plan as it is ends with. */
function codeOf(plan: Plan | undefined): number {
  if (plan === undefined) return EXIT.fine;
  if (plan.refusals.length > 0) return EXIT.refused;
  if (plan.changes.every((change) => change.action === 'none')) return EXIT.fine;
  return plan.applyable ? EXIT.pending : EXIT.error;
}

function ended(talk: Talk, chosen: Chosen, code: number): number {
  if (code !== EXIT.fine && talk.dryRun) talk.write('DRY RUN: nothing was changed.\n');
  else if (code !== EXIT.fine) left(talk, chosen);
  return code;
}

type Carried = { readonly act: Act; readonly plan: Plan | undefined; readonly chosen: Chosen };

/** What a word brings: another choice, the end, or undefined for the same plan once more. */
async function carriedOut(talk: Talk, { act, plan, chosen }: Carried): Promise<Next | undefined> {
  const { session, lease } = talk;
  switch (act.kind) {
    case 'change':
      return await changed(talk, chosen, act.step);
    case 'skip':
      return { ...chosen, skipped: toggled(chosen.skipped, act.step) };
    case 'without':
      return { ...chosen, without: toggled(chosen.without, act.control) };
    case 'lockdown': {
      const summary = await talkLockdown({ ...talk, survey: chosen.survey });
      // What was shown is of another host now: whoever locked it down looks at it again first.
      return summary === undefined ? undefined : await lookAgain(talk, chosen, summary.exitCode);
    }
    case 'undo': {
      const how = act.step === undefined ? {} : { step: act.step };
      const decision = () => decide(talk);
      const summary = await session.undo({ ...how, confirm: 'ask', lease, decide: decision });
      return await afterRun(talk, { summary, chosen });
    }
    case 'apply': {
      if (plan === undefined) return undefined;
      const decision = () => decide(talk);
      const summary = await session.apply(plan, { confirm: 'ask', lease, decide: decision });
      return await afterRun(talk, { summary, chosen });
    }
  }
}

function toggled(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

async function changed(talk: Talk, chosen: Chosen, step: Step): Promise<Next> {
  const next = await visitStep({ ...talk, ...chosen, step });
  return next === undefined ? left(talk, chosen) : { ...chosen, ...next };
}

/** Says how it ended; a run that was kept can be looked at, or taken back, at once. */
async function afterRun(
  talk: Talk,
  { summary, chosen }: { readonly summary: RunSummary; readonly chosen: Chosen },
): Promise<Next> {
  talk.write(summaryText(summary, talk.style));
  await offerNewSecrets(summary, { ...talk, take: () => talk.session.takeNewSecrets() });
  if (summary.exitCode !== EXIT.fine) return summary.exitCode;
  return await lookAgain(talk, chosen, summary.exitCode);
}

async function lookAgain(talk: Talk, chosen: Chosen, code: number): Promise<Next> {
  const message = 'Type "look" to read the host again and go on, or Enter to leave:';
  const word = await askLine({ message }, talk.terminal);
  if (word?.trim().toLowerCase() !== 'look') return code;
  return { ...chosen, survey: await discovered(talk), ran: true };
}

/** What the host says now; where it is locked down, unlocking is offered first. */
async function discovered(talk: Talk): Promise<Survey> {
  const survey = await talk.session.discover();
  if (talk.dryRun || (await talkUnlock({ ...talk, survey })) === undefined) return survey;
  return await talk.session.discover();
}

/** The typed word; leaving the question keeps nothing. */
async function decide(talk: Talk): Promise<Decision> {
  const { terminal, lease } = talk;
  explain(talk, 'decide');
  terminal.output.write(
    `If you say nothing, the host takes it back by itself within ${seconds(lease)} of the last sign of life.\n`,
  );
  for (;;) {
    const typed = await askLine({ message: 'Type "keep", "roll back" or "later":' }, terminal);
    if (typed === undefined) return 'later';
    const word = typed
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '-');
    if (word === 'keep' || word === 'roll-back' || word === 'later') return word;
    terminal.output.write('That is none of the three words.\n');
  }
}
