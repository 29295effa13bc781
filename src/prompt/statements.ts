// Attesting and waiving line by line: what only the operator can tell is asked by its question; what fails may be left as it is. Rules:
// offered, never pushed; an empty reason says nothing; what cannot be is told why.
import { UserError } from '../model/errors.ts';
import type { Session, Survey } from '../model/session.ts';
import { type StatementKind, statementWords, usualDays } from '../model/statement.ts';
import { criticalLines } from '../report/statement-text.ts';
import { type Style, safe } from '../report/style.ts';
import { wrap } from '../text/wrap.ts';
import { askLine, type Terminal } from './terminal.ts';

type Talk = {
  readonly step: string;
  readonly survey: Survey;
  readonly session: Pick<Session, 'declare'>;
  readonly terminal: Terminal;
  readonly style: Style;
  readonly write: (text: string) => void;
};

const OPEN: readonly string[] = ['fail', 'unknown', 'notchecked'];

/** The survey with what was said about this step, or undefined when the person left. */
export async function offerStatements(talk: Talk): Promise<Survey | undefined> {
  let { survey } = talk;
  for (;;) {
    const open = survey.findings.filter((it) => it.step === talk.step && OPEN.includes(it.result));
    if (open.length === 0) return survey;
    const example = open[0]?.control ?? '';
    tellQuestions(talk, survey);
    const message = `Type "attest" or "waive" and a control (waive ${safe(example, talk.style)}), or Enter to go on:`;
    const typed = await askLine({ message }, talk.terminal);
    if (typed === undefined) return undefined;
    if (typed.trim() === '') return survey;
    const [word = '', control = ''] = typed.trim().split(/\s+/);
    if ((word !== 'attest' && word !== 'waive') || control === '') {
      talk.write('That is neither; nothing was recorded.\n');
      continue;
    }
    const after = await said({ ...talk, survey }, word, control);
    if (after === undefined) return undefined;
    survey = after;
  }
}

function tellQuestions({ step, style, write }: Talk, { findings, steps }: Survey): void {
  const controls = steps.flatMap((one) => one.controls);
  for (const finding of findings) {
    if (finding.step !== step || finding.result !== 'notchecked') continue;
    const question = controls.find(({ id }) => id === finding.control)?.attest?.question ?? '';
    const text = safe(`${finding.control}: ${question}`, style);
    write(`${wrap(text, { width: style.columns, indent: '    ', first: '  ' }).join('\n')}\n`);
  }
}

/** One statement; the survey as it was where it could not be made. */
async function said(talk: Talk, kind: StatementKind, control: string): Promise<Survey | undefined> {
  const { terminal, style, write, session, survey } = talk;
  const about = survey.steps.flatMap((one) => one.controls).find(({ id }) => id === control);
  const reason = await askLine({ message: 'Reason, one line (Enter: say nothing):' }, terminal);
  if (reason === undefined) return undefined;
  if (reason.trim() === '') return survey;
  const proposal = `${usualDays(kind, about)}d`;
  const until = await askLine({ message: 'Until (a day, or days from now):', proposal }, terminal);
  if (until === undefined) return undefined;
  try {
    const after = await session.declare({ kind, control, reason, until: until.trim() });
    const finding = after.findings.filter((it) => it.control === control);
    const words = finding.flatMap((it) => (it.statement === undefined ? [] : [statementWords(it.statement)]));
    const lines = [...words.map((it) => safe(`${control}: ${it}`, style)), ...criticalLines(finding, style)];
    write(`${lines.join('\n')}\n`);
    return after;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    write(`That cannot be: ${safe(error.message, style)}\n`);
    return survey;
  }
}
