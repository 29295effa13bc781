// Rules: the step's questions line by line. The proposal stands beside its reason and is taken by Enter. An answer that cannot
// be is told why and asked again. What flags already answered is shown as answered, so that the transcript is the same.
import { answerOf, type Context, isRisky, proposalOf } from '../model/context.ts';
import type { AnswerValue, Question } from '../model/control.ts';
import { GUIDE } from '../report/guide-text.ts';
import type { Style } from '../report/style.ts';
import { safe } from '../report/style.ts';
import { isTable } from '../report/table-form.ts';
import { wrap } from '../text/wrap.ts';
import { askTable } from './table.ts';
import { askLine, type Terminal } from './terminal.ts';

/** What was answered before, with the answers to these questions; undefined when the person left. */
export async function askQuestions(it: {
  readonly questions: readonly Question[];
  readonly context: Context;
  /** Answers of flags and files: shown, not asked. */
  readonly given: ReadonlyMap<string, AnswerValue>;
  readonly answers: ReadonlyMap<string, AnswerValue>;
  readonly terminal: Terminal;
  readonly style: Style;
  /** Plain words, for the first time. */
  readonly guide?: boolean;
}): Promise<ReadonlyMap<string, AnswerValue> | undefined> {
  const answers = new Map(it.answers);
  for (const question of it.questions) {
    const context: Context = { ...it.context, answers };
    if (question.when !== undefined && !question.when(context)) continue;
    const given = it.given.get(question.id);
    if (given !== undefined) {
      it.terminal.output.write(
        `${safe(question.prompt, it.style)} ${safe(textOf(given), it.style)} (given)\n`,
      );
      continue;
    }
    const answer = await askQuestion(question, context, it);
    if (answer === undefined) return undefined;
    answers.set(question.id, answer);
  }
  return answers;
}

async function askQuestion(
  question: Question,
  context: Context,
  {
    terminal,
    style,
    guide = false,
  }: { readonly terminal: Terminal; readonly style: Style; readonly guide?: boolean },
): Promise<AnswerValue | undefined> {
  const choices = question.choices?.(context) ?? [];
  const say = (text: string) =>
    terminal.output.write(`${wrap(safe(text, style), { width: style.columns, indent: '  ' }).join('\n')}\n`);
  const proposal = answerOf(question, context);
  say(question.help);
  if (guide) say(GUIDE[isRisky(question, context) ? 'risky question' : 'question'][0]);
  for (const [index, { value, label }] of choices.entries())
    say(`${index + 1}. ${label.startsWith(value) ? label : `${value}: ${label}`}`);
  const reason = context.answers.has(question.id) ? undefined : proposalOf(question, context).reason;
  const shown = textOf(proposal) || '(nothing)';
  say(reason === undefined ? `Yours: ${shown}` : `Proposed: ${shown}; ${reason}`);
  if (isTable(question)) {
    say(question.prompt);
    return await askTable({ question, context, terminal, style }, Array.isArray(proposal) ? proposal : []);
  }
  for (;;) {
    const typed = await askLine(
      { message: safe(question.prompt, style), proposal: safe(textOf(proposal), style) },
      terminal,
    );
    if (typed === undefined) return undefined;
    const answer =
      typed === safe(textOf(proposal), style) ? proposal : readAnswer(typed, question.type, choices);
    const problem = answer === undefined ? mustBe(question.type) : question.check?.(answer, context);
    if (answer !== undefined && problem === undefined) return answer;
    say(`That cannot be: ${problem ?? ''}`);
  }
}

/** Typed text as the question wants it; undefined when it is of another kind. A choice may be given by its number. */
export function readAnswer(
  typed: string,
  type: Question['type'],
  choices: readonly { readonly value: string }[] = [],
): AnswerValue | undefined {
  const text = typed.trim();
  switch (type) {
    case 'number':
      return /^-?[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
    case 'boolean':
      if (/^(y|yes|true)$/i.test(text)) return true;
      return /^(n|no|false)$/i.test(text) ? false : undefined;
    case 'list':
      return text === ''
        ? []
        : text
            .split(',')
            .map((item) => item.trim())
            .filter((item) => item !== '')
            .map((item) => choiceOf(item, choices) ?? item);
    case 'choice':
      return choiceOf(text, choices);
    case 'text':
      return typed;
  }
}

/** A choice by its value or its number. */
function choiceOf(text: string, choices: readonly { readonly value: string }[]): string | undefined {
  const byNumber = /^[0-9]{1,3}$/.test(text) ? choices[Number(text) - 1]?.value : undefined;
  return choices.find((it) => it.value === text)?.value ?? byNumber;
}

function mustBe(type: Question['type']): string {
  const words: Readonly<Record<Question['type'], string>> = {
    number: 'give a whole number in plain digits',
    boolean: 'answer yes or no',
    list: 'give names separated by commas',
    choice: 'give one of the numbers or values above',
    text: 'give some text',
  };
  return words[type];
}

function textOf(value: AnswerValue): string {
  if (value === true) return 'yes';
  if (value === false) return 'no';
  return typeof value === 'object' ? value.join(', ') : String(value);
}
