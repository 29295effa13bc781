// One profile file on its own, with everything that is wrong with it. Rules: a line that holds a secret is told once, by the
// rule that does not show its value; problems come in the order of the file. The YAML parser and the schema library are
// loaded with this, so nobody imports it who may not need it.
import { basename } from 'node:path';
import type { Problem } from '../model/errors.ts';
import { shown } from '../text/grammar.ts';
import { answerProblems } from './answer-grammar.ts';
import { confidentialProblems } from './confidential.ts';
import { schemaProblems } from './explain.ts';
import { type Located, parseYaml, plainValue } from './parse-yaml.ts';
import { type ProfileDocument, profileSchema } from './schema.ts';

/** One file on its own: everything but what it extends. */
export function readDocument(
  text: string,
  path: string,
): {
  readonly root: Located | undefined;
  readonly document: ProfileDocument | undefined;
  readonly faults: readonly Problem[];
} {
  const { root, problems } = parseYaml(text, path);
  const isEmpty = root === undefined || (root.kind === 'scalar' && root.value === null);
  if (isEmpty) {
    const empty = {
      file: path,
      line: 1,
      column: 1,
      what: 'profile is empty',
      allowed: 'a map with schema, id, title and description',
      fix: '`portcullis profile show linux` prints one to start from',
    };
    return { root: undefined, document: undefined, faults: problems.length > 0 ? problems : [empty] };
  }
  const confidential = confidentialProblems(root, path, 'refused');
  // A line that holds a secret is told once, by the rule that does not show its value.
  const told = new Set(confidential.map((it) => it.line));
  const rest = [...schemaProblems(root, path), ...answersOf(root, path), ...nameProblems(root, path)];
  const faults = [...problems, ...confidential, ...rest.filter((it) => !told.has(it.line))];
  const parsed = profileSchema.safeParse(plainValue(root));
  return {
    root,
    document: parsed.success ? parsed.data : undefined,
    faults: unique(faults).toSorted((a, b) => a.line - b.line || a.column - b.column),
  };
}

function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((it) => [`${it.line}:${it.what}`, it])).values()];
}

function answersOf(root: Located, path: string): readonly Problem[] {
  const answers = root.kind === 'map' ? root.entries.get('answers')?.value : undefined;
  if (answers?.kind !== 'map') return [];
  return [...answers.entries].flatMap(([id, entry]) => answerProblems(id, entry.value, path));
}

function nameProblems(root: Located, path: string): readonly Problem[] {
  const id = root.kind === 'map' ? root.entries.get('id')?.value : undefined;
  const file = basename(path).replace(/\.ya?ml$/, '');
  if (id?.kind !== 'scalar' || typeof id.value !== 'string' || id.value === file) return [];
  return [
    {
      file: path,
      line: id.line,
      column: id.column,
      what: `id ${shown(id.value)} is not the name of the file`,
      allowed: shown(file),
      fix: 'rename the file or the id',
    },
  ];
}
