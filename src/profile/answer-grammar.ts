// Rules: answers are named by question ids, and the last word of an id tells what kind of value it takes: port and
// ports, user and users, path, mode, source and sources. Whether the id exists and the value fits its question
// is for src/plan; here only grammar and the traps of YAML are judged.
import type { Problem } from '../model/errors.ts';
import {
  type Grammar,
  modeGrammar,
  pathGrammar,
  portGrammar,
  shown,
  sourceGrammar,
  userGrammar,
} from '../text/grammar.ts';
import type { Located } from './parse-yaml.ts';

const BY_WORD: Readonly<Record<string, Grammar>> = {
  port: portGrammar,
  ports: portGrammar,
  user: userGrammar,
  users: userGrammar,
  path: pathGrammar,
  mode: modeGrammar,
  source: sourceGrammar,
  sources: sourceGrammar,
};

/** The grammar that the name of a question promises, if any. */
export function grammarOfId(id: string): Grammar | undefined {
  const word = id.split(/[.-]/).at(-1) ?? '';
  return Object.hasOwn(BY_WORD, word) ? BY_WORD[word] : undefined;
}

/** What is wrong with one answer; `value` is where it stands in the file. */
export function answerProblems(id: string, value: Located, file: string): readonly Problem[] {
  const items = value.kind === 'list' ? value.items : [value];
  return items.flatMap((item) => {
    const fault = answerFault(id, item);
    return fault === undefined ? [] : [{ file, line: item.line, column: item.column, ...fault }];
  });
}

function answerFault(id: string, item: Located): Pick<Problem, 'what' | 'allowed' | 'fix'> | undefined {
  const allowed = 'text, a number, true or false, or a list of texts';
  if (item.kind !== 'scalar' || item.value === null) {
    return {
      what: `the answer to ${shown(id)} is ${item.kind === 'scalar' ? 'empty' : 'a map or a list in a list'}`,
      allowed,
      fix: 'write one value, or remove the line',
    };
  }
  if (item.plain && typeof item.value === 'string' && /^(yes|no|on|off)$/i.test(item.value)) {
    return {
      what: `${shown(item.value)} is text in YAML 1.2`,
      allowed: 'must be true or false',
      fix: 'write true or false, or put the text in quotes',
    };
  }
  if (typeof item.value === 'number' && !Number.isSafeInteger(item.value) && Number.isInteger(item.value)) {
    return {
      what: `${shown(item.source)} is too large to be read exactly`,
      allowed,
      fix: 'put it in quotes',
    };
  }
  if (item.plain && typeof item.value === 'number' && /^0[xo]/i.test(item.source)) {
    return {
      what: `${shown(item.source)} would be read as ${item.value}`,
      allowed: 'decimal numbers',
      fix: `write ${item.value}, or put the text in quotes`,
    };
  }
  const grammar = grammarOfId(id);
  if (grammar === modeGrammar && typeof item.value === 'number') {
    return {
      what: `mode must be quoted: "${shown(item.source).slice(1, -1)}" (YAML reads ${shown(item.source).slice(1, -1)} as decimal ${item.value})`,
      allowed: 'four octal digits in quotes',
      fix: 'put it in quotes',
    };
  }
  return grammar?.(item.value);
}
