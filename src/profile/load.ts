// Rules: a profile is data, never code: no commands, keys or secrets. Everything wrong with a file and with what it
// extends is reported at once. Built-in profiles are the YAML files of the package's profiles folder: adding one is
// adding a file. A child replaces the steps of its parent and adds to or overrides the rest.
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Problem, UserError } from '../model/errors.ts';
import type { Profile } from '../model/profile.ts';
import { shown } from '../text/grammar.ts';
import { nearest } from '../text/nearest.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { answerProblems } from './answer-grammar.ts';
import { confidentialProblems } from './confidential.ts';
import { schemaProblems } from './explain.ts';
import { packageRoot } from './package-root.ts';
import { type Located, parseYaml, plainValue } from './parse-yaml.ts';
import { readText } from './read-text.ts';
import { type ProfileDocument, profileSchema } from './schema.ts';

const CHAIN_LIMIT = 8;

export type ProfileEntry = {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly path: string;
};

/** A built-in profile by name, or a file (anything with "/" or ending in .yaml or .yml). Throws UserError with all problems. */
export async function loadProfile(nameOrPath: string, folder = builtInFolder()): Promise<Profile> {
  const path = await resolveName(nameOrPath, folder);
  const { documents, problems } = await readChain(path, folder);
  if (problems.length > 0) throw problemsError('profile', path, problems);
  return merge(documents);
}

/** The profile in a file, whatever its name looks like. Throws UserError with every problem of it and of what it extends. */
export async function validateProfile(path: string, folder = builtInFolder()): Promise<Profile> {
  return await loadProfile(resolve(path), folder);
}

/** The profiles that come with the program, in the order of their names. */
export async function listProfiles(folder = builtInFolder()): Promise<readonly ProfileEntry[]> {
  const entries: ProfileEntry[] = [];
  for (const name of await builtInNames(folder)) {
    const { id, title, description } = await loadProfile(name, folder);
    entries.push({ id, title, description, path: join(folder, `${name}.yaml`) });
  }
  return entries;
}

/** One UserError (exit 64) for all problems of one file. */
export function problemsError(kind: string, path: string, problems: readonly Problem[]): UserError {
  const lines = problems.map((it) => `${basename(it.file)}:${it.line}:${it.column}: ${it.what}`);
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const message = `${kind} ${sanitizeLine(path, 120)} has ${count}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  return new UserError(message, { where: path, problems });
}

function builtInFolder(): string {
  return join(packageRoot(), 'profiles');
}

async function builtInNames(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .toSorted();
}

function isPath(nameOrPath: string): boolean {
  return nameOrPath.includes('/') || /\.ya?ml$/.test(nameOrPath);
}

async function resolveName(nameOrPath: string, folder: string): Promise<string> {
  if (isPath(nameOrPath)) return resolve(nameOrPath);
  const names = await builtInNames(folder);
  if (names.includes(nameOrPath)) return join(folder, `${nameOrPath}.yaml`);
  const near = nearest(nameOrPath, names);
  throw new UserError(`profile ${shown(nameOrPath)}: not found`, {
    hints: [
      near === undefined ? `profiles: ${names.join(', ')}` : `did you mean "${near}"?`,
      'a file needs its path: ./my.yaml',
    ],
  });
}

type Chain = { readonly documents: readonly ProfileDocument[]; readonly problems: readonly Problem[] };

/** The document and what it extends, nearest first. */
async function readChain(start: string, folder: string): Promise<Chain> {
  const documents: ProfileDocument[] = [];
  const problems: Problem[] = [];
  const seen: string[] = [];
  for (let path: string | undefined = start; path !== undefined; ) {
    const { root, document, faults } = readDocument(await readText(path, 'profile'), path);
    seen.push(path);
    problems.push(...faults);
    if (document !== undefined) documents.push(document);
    const link: { name: string; place: Located } | undefined = parentOf(root);
    if (link === undefined) break;
    const next = await parentPath(link.name, dirname(path), folder);
    const fault = linkFault(link.name, next, seen);
    if (fault === undefined) {
      path = next;
      continue;
    }
    problems.push({ file: path, line: link.place.line, column: link.place.column, ...fault });
    break;
  }
  const [own] = documents;
  const hasSteps = documents.some((document) => document.steps !== undefined);
  if (own !== undefined && problems.length === 0 && !hasSteps) {
    problems.push({
      file: start,
      line: 1,
      column: 1,
      what: 'no step is named here or in what is extended',
      allowed: 'at least one step',
      fix: 'add "extends: linux" or a list "steps"',
    });
  }
  return { documents, problems };
}

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

function parentOf(root: Located | undefined): { readonly name: string; readonly place: Located } | undefined {
  const place = root?.kind === 'map' ? root.entries.get('extends')?.value : undefined;
  return place?.kind === 'scalar' && typeof place.value === 'string'
    ? { name: place.value, place }
    : undefined;
}

async function parentPath(name: string, from: string, folder: string): Promise<string | undefined> {
  if (isPath(name)) return resolve(from, name);
  return (await builtInNames(folder)).includes(name) ? join(folder, `${name}.yaml`) : undefined;
}

function linkFault(
  name: string,
  next: string | undefined,
  seen: readonly string[],
): Pick<Problem, 'what' | 'allowed' | 'fix'> | undefined {
  if (next === undefined) {
    return {
      what: `extends ${shown(name)}: no such profile`,
      allowed: 'a name of `portcullis profile list`, or ./file.yaml',
      fix: 'correct the name',
    };
  }
  if (seen.includes(next)) {
    const loop = [...seen.slice(seen.indexOf(next)), next].map((path) => basename(path)).join(' → ');
    return {
      what: `extends leads back to itself: ${sanitizeLine(loop, 120)}`,
      allowed: 'a chain that ends',
      fix: 'remove one of the links',
    };
  }
  if (seen.length >= CHAIN_LIMIT) {
    return {
      what: `extends is longer than ${CHAIN_LIMIT} files`,
      allowed: `at most ${CHAIN_LIMIT}`,
      fix: 'join some of them',
    };
  }
  return undefined;
}

/** Nearest document first; it wins. */
function merge(documents: readonly ProfileDocument[]): Profile {
  const [own] = documents;
  if (own === undefined) throw new Error('a profile without a document passed validation');
  const fromBase = documents.toReversed();
  const ports = fromBase.flatMap((it) => it.ports ?? []);
  const files = fromBase.flatMap((it) => it.files ?? []);
  return {
    id: own.id,
    title: own.title,
    description: own.description,
    schema: own.schema,
    steps: documents.find((it) => it.steps !== undefined)?.steps ?? [],
    answers: new Map(fromBase.flatMap((it) => Object.entries(it.answers ?? {}))),
    excludes: new Map(fromBase.flatMap((it) => Object.entries(it.excludes ?? {}))),
    ...(own.version === undefined ? {} : { version: own.version }),
    ports: [...new Map(ports.map((it) => [`${it.port}/${it.protocol}`, it])).values()],
    files: [...new Map(files.map((it) => [it.path, it])).values()],
  };
}
