// One step line by line: what it is about, what was found, its tables, what may be said about it, its questions. Rules: nothing is
// planned or applied here; leaving any question leaves the walk; a step that finds nothing to judge is one line.
import type { AnswerValue, Step } from '../model/control.ts';
import type { Survey } from '../model/session.ts';
import { plural, resultLabel, safe } from '../report/style.ts';
import { wrap } from '../text/wrap.ts';
import { askQuestions } from './questions.ts';
import { offerStatements } from './statements.ts';
import { offerTables } from './tables.ts';
import type { Talk } from './talk.ts';

export type Visited = { readonly survey: Survey; readonly answers: ReadonlyMap<string, AnswerValue> };

type Visit = Talk & Visited & { readonly step: Step };

/** Whether nothing of the step is there on this host. */
export function nothingToJudge(step: Step, survey: Survey): boolean {
  return !survey.findings.some((it) => it.step === step.id && it.result !== 'notapplicable');
}

/** The answers with those of this step, and what was said about it; undefined when the person left. */
export async function visitStep(visit: Visit): Promise<Visited | undefined> {
  const { step, survey, dryRun } = visit;
  introduce(visit);
  const context = { ...survey.context, answers: visit.answers };
  if (!(await offerTables({ ...visit, context }))) return undefined;
  const heard = dryRun ? survey : await offerStatements({ ...visit, step: step.id });
  if (heard === undefined) return undefined;
  const answers = await askQuestions({ ...visit, questions: step.questions, context: heard.context });
  return answers === undefined ? undefined : { survey: heard, answers };
}

/** What stands for a step that has nothing to do here. */
export function passBy({ step, survey, style, write }: Visit): void {
  const number = survey.findings.filter((it) => it.step === step.id).length;
  const why = `${plural(number, 'control')} ${number === 1 ? 'finds' : 'find'} nothing to judge here; "change ${step.id}" asks its questions all the same.`;
  const lines = wrap(safe(why, style), { width: style.columns, indent: '  ' });
  write(`\n${safe(step.title, style)}\n${lines.join('\n')}\n`);
}

function introduce({ step, survey, style, write, dryRun, guide }: Visit): void {
  const say = (text: string) => wrap(safe(text, style, 2000), { width: style.columns }).join('\n');
  const findings = survey.findings.filter((it) => it.step === step.id);
  const open = findings.filter((it) => it.result === 'fail' || it.result === 'unknown');
  const lines = open.flatMap((it) => {
    const head = `  ${resultLabel(it.result, style)}  ${it.severity}  `;
    const text = safe(`${it.title} (${it.control})`, style);
    return wrap(`${head}${text}`, { width: style.columns, indent: '      ', first: '' });
  });
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
  write(`\n${mode}: ${safe(step.title, style)}\n${say(step.what)}\n${say(step.why)}\n`);
  const words = guide ? (step.words ?? []) : [];
  if (words.length > 0) write(`\n${words.map(({ word, means }) => say(`${word}: ${means}`)).join('\n')}\n`);
  write(
    `\n${plural(findings.length, 'control')}: ${passed} pass, ${open.length} do not${others.join('')}\n${lines.map((it) => `${it}\n`).join('')}\n`,
  );
}
