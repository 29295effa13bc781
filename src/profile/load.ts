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
import { checkedDocument } from './checked.ts';
import { packageRoot } from './package-root.ts';
import type { Located } from './parse-yaml.ts';
import { readText } from './read-text.ts';
import type { ProfileDocument } from './schema.ts';

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
  const checked = await checkedChain(path, folder);
  if (checked !== undefined) return merge(checked);
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

/** The same for files that are word for word those the build has checked; undefined as soon as one is not. */
async function checkedChain(start: string, folder: string): Promise<readonly ProfileDocument[] | undefined> {
  const documents: ProfileDocument[] = [];
  for (let path = start; documents.length < CHAIN_LIMIT; ) {
    const document = await checkedDocument(path);
    if (document === undefined) return undefined;
    documents.push(document);
    if (document.extends === undefined) return documents;
    path = join(folder, `${document.extends}.yaml`);
  }
  return undefined;
}

/** The document and what it extends, nearest first. */
async function readChain(start: string, folder: string): Promise<Chain> {
  const { readDocument } = await import('./read-document.ts');
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
    ...detectOf(documents),
    ports: [...new Map(ports.map((it) => [`${it.port}/${it.protocol}`, it])).values()],
    files: [...new Map(files.map((it) => [it.path, it])).values()],
  };
}

/** The nearest document that says it. */
function detectOf(documents: readonly ProfileDocument[]): Pick<Profile, 'detect'> {
  const { detect } = documents.find((it) => it.detect !== undefined) ?? {};
  if (detect === undefined) return {};
  const { os, listens } = detect;
  return { detect: { ...(os === undefined ? {} : { os }), ...(listens === undefined ? {} : { listens }) } };
}
