// Rules: the wizard line by line, for screen readers and dumb terminals: the same steps, questions, plan and decision as on
// the full screen. Nothing is applied without the typed word, nothing is kept without the typed word; leaving means that
// the host takes it back by itself. The connection is closed on every way out.
import type { AnswerValue, Step } from '../model/control.ts';
import { EXIT } from '../model/errors.ts';
import type { Plan } from '../model/plan.ts';
import type { Decision, Session, Survey } from '../model/session.ts';
import { LOCKDOWN_WORD } from '../report/lockdown-form.ts';
import { planText } from '../report/plan-text.ts';
import { plural, resultLabel, type Style, safe, seconds } from '../report/style.ts';
import { summaryText } from '../report/summary-text.ts';
import { wrap } from '../text/wrap.ts';
import { talkLockdown, talkUnlock } from './lockdown.ts';
import { offerNewSecrets } from './new-secrets.ts';
import { askQuestions } from './questions.ts';
import { offerStatements } from './statements.ts';
import { offerTables } from './tables.ts';
import { askLine, processTerminal, type Terminal } from './terminal.ts';

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
  readonly style: Style;
  readonly terminal?: Terminal;
  readonly write?: (text: string) => void;
};

type Room = Required<Omit<Walk, 'steps'>> & {
  readonly survey: Survey;
  readonly step: Step;
  /** Title of the step that follows; undefined in the last one. */
  readonly next: string | undefined;
};

/** Walks through the steps and returns the exit code. Rejects as the session does. */
export async function walk(it: Walk): Promise<number> {
  const terminal = it.terminal ?? processTerminal();
  const write = it.write ?? ((text: string) => void process.stdout.write(text));
  let answers = it.answers;
  let code: number = EXIT.fine;
  try {
    await it.session.connect();
    let survey = await it.session.discover();
    if (!it.dryRun && (await talkUnlock({ ...it, terminal, write, survey })) !== undefined)
      survey = await it.session.discover();
    const wanted = survey.steps.filter((step) => it.steps === undefined || it.steps.includes(step.id));
    for (const [index, step] of wanted.entries()) {
      const next = wanted[index + 1]?.title;
      const visit = await visitStep({ ...it, terminal, write, answers, survey, step, next });
      answers = visit.answers;
      if (visit.left) return visit.code;
      // What could not be done stands above what was only not wanted.
      if (code === EXIT.fine || code === EXIT.pending) code = visit.code === EXIT.fine ? code : visit.code;
      if (visit.changed && index < wanted.length - 1) survey = await it.session.discover();
    }
    return code;
  } finally {
    await it.session.close();
  }
}

type Visit = {
  readonly code: number;
  readonly answers: ReadonlyMap<string, AnswerValue>;
  readonly changed: boolean;
  /** No further step is visited. */
  readonly left: boolean;
};

/** One room: explain, ask, show, and when the person says so apply and keep. */
async function visitStep(room: Room): Promise<Visit> {
  const { step, survey, terminal, style, session, without, write } = room;
  introduce(room);
  const stay = { answers: room.answers, changed: false, left: false };
  const context = { ...survey.context, answers: room.answers };
  if (!(await offerTables({ ...room, context }))) {
    write('Left: this step changed nothing.\n');
    return { ...stay, code: EXIT.fine, left: true };
  }
  const heard = room.dryRun ? survey : await offerStatements({ ...room, step: step.id });
  if (heard === undefined) {
    write('Left: this step changed nothing.\n');
    return { ...stay, code: EXIT.fine, left: true };
  }
  for (let given = room.answers; ; ) {
    const answers = await askQuestions({
      questions: step.questions,
      context: survey.context,
      answers: given,
      terminal,
      style,
    });
    if (answers === undefined) {
      write('Left: this step changed nothing.\n');
      return { ...stay, code: EXIT.fine, left: true };
    }
    const plan = await session.plan({ steps: [step.id], answers, without });
    write(planText(plan, style));
    if (plan.refusals.length > 0) {
      const onward = room.next === undefined ? 'to leave' : `to go on without it, to "${room.next}"`;
      const message = `Type "again" to answer differently, or Enter ${onward}:`;
      const word = await askLine({ message: safe(message, style) }, terminal);
      if (word?.trim() !== 'again') return { ...stay, code: EXIT.refused, left: word === undefined };
      given = room.answers;
      continue;
    }
    if (plan.changes.every((change) => change.action === 'none'))
      return { ...stay, answers, code: EXIT.fine };
    if (room.dryRun) {
      write('DRY RUN: nothing was changed.\n');
      return { ...stay, answers, code: EXIT.pending };
    }
    if (!plan.applyable) return { ...stay, answers, code: EXIT.error };
    return { ...(await applyWhenTold(room, plan)), answers };
  }
}

function introduce({ step, survey, style, write, dryRun }: Room): void {
  const say = (text: string) => wrap(safe(text, style, 2000), { width: style.columns }).join('\n');
  const findings = survey.findings.filter((it) => it.step === step.id);
  const open = findings.filter((it) => it.result === 'fail' || it.result === 'unknown');
  const lines = open.map(
    (it) => `  ${resultLabel(it.result, style)}  ${it.severity}  ${safe(it.title, style)}`,
  );
  const passed = findings.filter((it) => it.result === 'pass').length;
  const count = (result: string) => findings.filter((it) => it.result === result).length;
  const apart = [
    ['waived', 'waived'],
    ['notchecked', 'to attest'],
    ['attested', 'attested'],
    ['notapplicable', `${count('notapplicable') === 1 ? 'does' : 'do'} not apply here`],
  ] as const;
  const others = apart.flatMap(([result, word]) => (count(result) > 0 ? [`, ${count(result)} ${word}`] : []));
  const mode = dryRun ? 'DRY RUN' : 'LIVE';
  write(`\n${mode}: ${safe(step.title, style)}\n${say(step.what)}\n${say(step.why)}\n\n`);
  write(
    `${plural(findings.length, 'control')}: ${passed} pass, ${open.length} do not${others.join('')}\n${lines.map((it) => `${it}\n`).join('')}\n`,
  );
}

async function applyWhenTold(room: Room, plan: Plan): Promise<Omit<Visit, 'answers'>> {
  const { session, terminal, lease, write, style } = room;
  const message = 'Type "apply" to apply this, "lockdown" in an emergency, or Enter to skip:';
  const word = await askLine({ message }, terminal);
  if (word === undefined) return { code: EXIT.pending, changed: false, left: true };
  if (word.trim() === LOCKDOWN_WORD) {
    const summary = await talkLockdown(room);
    // What was shown is of another host now: whoever locked it down looks at it again first.
    if (summary !== undefined) return { code: summary.exitCode, changed: true, left: true };
  }
  if (word.trim() !== 'apply') {
    write('Skipped: nothing was changed.\n');
    return { code: EXIT.pending, changed: false, left: false };
  }
  const summary = await session.apply(plan, { confirm: 'ask', lease, decide: () => decide(terminal, lease) });
  write(summaryText(summary, style));
  await offerNewSecrets(summary, { terminal, style, write, take: () => session.takeNewSecrets() });
  return { code: summary.exitCode, changed: true, left: summary.exitCode !== EXIT.fine };
}

/** The typed word; leaving the question keeps nothing. */
async function decide(terminal: Terminal, lease: number): Promise<Decision> {
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
