// Rules: an answers file is a YAML map of question ids ("sshd.port: 2222", or nested under the step). It passes the same
// gate as a profile. A flag says the same in one line: --set sshd.port=2222, typed by its question.

import type { AnswerValue, Question } from '../model/control.ts';
import { type Problem, UserError } from '../model/errors.ts';
import { holdsPrivateKey, shown } from '../text/grammar.ts';
import { nearest } from '../text/nearest.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { answerProblems, grammarOfId } from './answer-grammar.ts';
import { confidentialProblems } from './confidential.ts';
import { problemsError } from './load.ts';
import { type Located, type Place, parseYaml } from './parse-yaml.ts';
import { readText } from './read-text.ts';

/** An answer and where it stands; line and column count from 1. */
export type PlacedAnswer = Place & { readonly value: AnswerValue; readonly file: string };

/**
 * Answers by question id. Throws UserError with all problems of the file. With `questions`, an id that no question has and a
 * value of another type are problems too.
 */
export async function loadAnswers(
  path: string,
  questions?: readonly Pick<Question, 'id' | 'type'>[],
): Promise<Map<string, AnswerValue>> {
  const { answers, problems } = readAnswers(await readText(path, 'answers file'), path);
  const strangers = questions === undefined ? [] : questionProblems(answers, questions);
  const all = [...problems, ...strangers].toSorted((a, b) => a.line - b.line || a.column - b.column);
  if (all.length > 0) throw problemsError('answers file', path, all);
  return new Map([...answers].map(([id, { value }]) => [id, value]));
}

function questionProblems(
  answers: ReadonlyMap<string, PlacedAnswer>,
  questions: readonly Pick<Question, 'id' | 'type'>[],
): readonly Problem[] {
  const ids = questions.map((it) => it.id);
  return [...answers].flatMap(([id, { file, line, column, value }]): readonly Problem[] => {
    const question = questions.find((it) => it.id === id);
    if (question === undefined) {
      const near = nearest(id, ids);
      const what = `no question is called ${shown(id)}${near === undefined ? '' : `; did you mean "${near}"?`}`;
      return [
        {
          file,
          line,
          column,
          what,
          allowed: ids.join(', '),
          fix: near === undefined ? 'remove it' : `write "${near}"`,
        },
      ];
    }
    const needed = { number: 'number', boolean: 'boolean', list: 'object', text: 'string', choice: 'string' }[
      question.type
    ];
    if (typeof value === needed) return [];
    const allowed = question.type === 'boolean' ? 'must be true or false' : `must be a ${question.type}`;
    return [
      {
        file,
        line,
        column,
        what: `${shown(value)} does not answer ${shown(id)}`,
        allowed,
        fix: `give a ${question.type}`,
      },
    ];
  });
}

/** The answers of a text with their places, and what is wrong with it. */
export function readAnswers(
  text: string,
  path: string,
): { readonly answers: ReadonlyMap<string, PlacedAnswer>; readonly problems: readonly Problem[] } {
  const { root, problems } = parseYaml(text, path);
  const whole = (what: string): Problem => ({
    file: path,
    line: 1,
    column: 1,
    what,
    allowed: 'lines such as "sshd.port: 2222"',
    fix: 'give one answer a line',
  });
  if (root === undefined || (root.kind === 'scalar' && root.value === null)) {
    return {
      answers: new Map(),
      problems: problems.length > 0 ? problems : [whole('answers file is empty')],
    };
  }
  if (root.kind !== 'map')
    return { answers: new Map(), problems: [...problems, whole('answers file is not a map')] };
  const confidential = confidentialProblems(root, path, 'allowed');
  const told = new Set(confidential.map((it) => it.line));
  const answers = new Map<string, PlacedAnswer>();
  const faults: Problem[] = [];
  for (const [id, { key, value }] of flatten(root, '')) {
    const place = { line: key.line, column: key.column };
    const earlier = answers.get(id);
    if (earlier !== undefined)
      faults.push({
        file: path,
        ...place,
        what: `${shown(id)} is already set on line ${earlier.line}`,
        allowed: 'each question once',
        fix: 'keep one of the two lines',
      });
    if (!/^[a-z][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$/.test(id)) {
      faults.push({
        file: path,
        ...place,
        what: `${shown(id)} is not a question id`,
        allowed: 'step.question, for example sshd.port',
        fix: 'correct the key',
      });
    }
    faults.push(...answerProblems(id, value, path));
    answers.set(id, { ...place, file: path, value: answerValue(value) });
  }
  const all = [...problems, ...confidential, ...faults.filter((it) => !told.has(it.line))];
  return { answers, problems: all.toSorted((a, b) => a.line - b.line || a.column - b.column) };
}

type Leaf = readonly [string, { readonly key: Place; readonly value: Located }];

function flatten(map: Extract<Located, { kind: 'map' }>, prefix: string): readonly Leaf[] {
  return [...map.entries].flatMap(([name, entry]): readonly Leaf[] =>
    entry.value.kind === 'map' ? flatten(entry.value, `${prefix}${name}.`) : [[`${prefix}${name}`, entry]],
  );
}

function answerValue(located: Located): AnswerValue {
  if (located.kind === 'list')
    return located.items.map((item) => (item.kind === 'scalar' ? textOf(item) : ''));
  if (located.kind === 'map') return '';
  const { value } = located;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : located.source;
}

/** Items of a list are texts; a number is taken as it was spelled. */
function textOf(scalar: Extract<Located, { kind: 'scalar' }>): string {
  return typeof scalar.value === 'string' ? scalar.value : scalar.source;
}

/**
 * "sshd.port=2222" → [id, typed value]. `questions` are those of the steps. Numbers are plain ASCII digits, booleans true, false,
 * yes or no, lists are split at commas. Throws UserError (exit 64) that names the flag.
 */
export function parseSet(
  text: string,
  questions: readonly Pick<Question, 'id' | 'type'>[],
): readonly [string, AnswerValue] {
  const flag = `--set ${sanitizeLine(text.slice(0, Math.max(0, text.indexOf('='))) || text, 60)}`;
  const split = text.indexOf('=');
  if (split < 1) {
    throw new UserError(`${flag}: "=" is missing`, {
      where: flag,
      hints: ['write --set step.question=value, for example --set sshd.port=2222'],
    });
  }
  const id = text.slice(0, split);
  if (holdsPrivateKey(text)) {
    throw new UserError(`${flag}: this is a PRIVATE key; it was not stored`, {
      where: flag,
      hints: ['give the public key, and replace this one: it is in your shell history now'],
    });
  }
  const question = questions.find((it) => it.id === id);
  if (question === undefined) {
    const near = nearest(
      id,
      questions.map((it) => it.id),
    );
    const hint =
      near === undefined
        ? `questions: ${questions.map((it) => it.id).join(', ')}`
        : `did you mean "${near}"?`;
    throw new UserError(`${flag}: no question has this id`, { where: flag, hints: [hint] });
  }
  const value = typed(text.slice(split + 1), question.type, flag);
  const items = Array.isArray(value) ? (value as readonly string[]) : [value];
  for (const item of items) {
    const grammar = grammarOfId(id);
    // Items of a list stay text, so a list of ports is judged by the number its digits spell.
    const judged =
      typeof item === 'string' && /^[1-9][0-9]{0,5}$/.test(item) && /ports?$/.test(id) ? Number(item) : item;
    const fault = grammar?.(judged);
    if (fault !== undefined)
      throw new UserError(`${flag}: ${fault.what}`, { where: flag, hints: [fault.allowed, fault.fix] });
  }
  return [id, value];
}

function typed(text: string, type: Question['type'], flag: string): AnswerValue {
  if (type === 'list') return text.trim() === '' ? [] : text.split(',').map((item) => item.trim());
  if (type === 'number') {
    if (/^-?[0-9]{1,15}$/.test(text)) return Number(text);
    throw new UserError(`${flag}: ${shown(text)} is not a whole number`, {
      where: flag,
      hints: ['write plain digits, for example 2222'],
    });
  }
  if (type === 'boolean') {
    if (text === 'true' || text === 'yes') return true;
    if (text === 'false' || text === 'no') return false;
    throw new UserError(`${flag}: ${shown(text)} must be true or false`, {
      where: flag,
      hints: ['write true or false'],
    });
  }
  return text;
}
