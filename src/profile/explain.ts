// Rules: a fault found by the schema is told in our words: where, what, allowed, how to fix. The traps of YAML come first
// (0600 is decimal, 1.10 is 1.1, yes is text), then grammars, then types. No value is shown that could be a secret:
// confidential.ts runs before and its lines are not reported twice.
import type * as z from 'zod';
import type { Problem } from '../model/errors.ts';
import { type Fault, shown } from '../text/grammar.ts';
import { nearest } from '../text/nearest.ts';
import { type Located, locate, plainValue } from './parse-yaml.ts';
import { GRAMMARS, profileSchema, SCHEMA_VERSION } from './schema.ts';

type Issue = z.core.$ZodIssue;

/** All faults of a located tree against the profile schema, in file order. */
export function schemaProblems(root: Located, file: string): readonly Problem[] {
  const result = profileSchema.safeParse(plainValue(root));
  if (result.success) return [];
  return result.error.issues.flatMap((issue) => explainIssue(issue, root, file));
}

function explainIssue(issue: Issue, root: Located, file: string): readonly Problem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const { at, found } = locate(root, path);
  const here = (fault: Fault, place: { line: number; column: number } = at): Problem => ({
    file,
    line: place.line,
    column: place.column,
    ...fault,
  });
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => here(unknownKey(key, path), locate(root, [...path, key]).at));
  }
  const key = path.findLast((part): part is string => typeof part === 'string') ?? '';
  const fault = faultOf({ issue, key, path, root, found });
  if (Array.isArray(fault)) return fault.map((one) => here(one.fault, one.item));
  return [here(fault as Fault)];
}

type Case = {
  readonly issue: Issue;
  readonly key: string;
  readonly path: readonly (string | number)[];
  readonly root: Located;
  readonly found: Located;
};

function faultOf(it: Case): Fault | { readonly fault: Fault; readonly item: Located }[] {
  const { issue, key, path, root, found } = it;
  if (isMissing(root, path)) {
    return { what: `"${key}" is missing`, allowed: describe(path), fix: `add a line "${key}: …"` };
  }
  const trap = yamlTrap(issue, key, found);
  if (trap !== undefined) return trap;
  if (key === 'schema' && issue.code === 'too_big') {
    return {
      what: `profile needs schema ${shown(plainValue(found))}, this tool knows up to ${SCHEMA_VERSION}`,
      allowed: `schema 1–${SCHEMA_VERSION}`,
      fix: 'update portcullis, or use an older version of the profile',
    };
  }
  if (issue.code === 'invalid_key') {
    return {
      what: `${shown(key)} is not a question or control id`,
      allowed: 'step.topic in lower-case letters, digits and "-"',
      fix: '`portcullis explain` lists the ids',
    };
  }
  const grammar = GRAMMARS[key];
  if (grammar !== undefined && found.kind === 'list') {
    const items = found.items.flatMap((item) => {
      const fault = grammar(plainValue(item));
      return fault === undefined ? [] : [{ fault, item }];
    });
    if (items.length > 0) return items;
  }
  // "from" itself may be a word; only its items are networks.
  const isWord = key === 'from' && path.at(-1) === 'from';
  const fault = isWord ? undefined : grammar?.(plainValue(found));
  return fault ?? typeFault(issue, key, path, found);
}

function typeFault(issue: Issue, ...rest: readonly [string, readonly (string | number)[], Located]): Fault {
  const [key, path, found] = rest;
  const value = shown(plainValue(found));
  if (path.length === 0) {
    return {
      what: `the file holds ${value}, not a map`,
      allowed: describe(path),
      fix: 'begin with "schema: 1"',
    };
  }
  const what =
    issue.code === 'too_big' && found.kind !== 'scalar'
      ? `"${key}" is too long`
      : `${value} does not fit "${key}"`;
  return { what, allowed: describe(path), fix: '`portcullis profile show linux` prints a valid one' };
}

/** Values that YAML reads as something else than what was meant. */
function yamlTrap(issue: Issue, key: string, found: Located): Fault | undefined {
  if (found.kind !== 'scalar' || issue.code !== 'invalid_type') return undefined;
  const { value, source } = found;
  if (issue.expected === 'string' && typeof value === 'number') {
    const reads = /^0[0-7]+$/.test(source)
      ? ` (YAML reads ${source} as decimal ${value})`
      : ` (YAML reads ${shown(source)} as the number ${value})`;
    return {
      what: `${key} must be quoted: "${source}"${reads}`,
      allowed: 'text in quotes',
      fix: `write ${key}: "${source}"`,
    };
  }
  if (issue.expected === 'string' && typeof value === 'boolean') {
    return {
      what: `${key} must be quoted: "${source}"`,
      allowed: 'text in quotes',
      fix: `write ${key}: "${source}"`,
    };
  }
  return undefined;
}

function isMissing(root: Located, path: readonly (string | number)[]): boolean {
  const parent = locate(root, path.slice(0, -1)).found;
  const last = path.at(-1);
  return typeof last === 'string' && parent.kind === 'map' && !parent.entries.has(last);
}

const TOP_KEYS = Object.keys(profileSchema.shape);
const INNER_KEYS: Readonly<Record<string, readonly string[]>> = {
  ports: ['port', 'protocol', 'purpose', 'from'],
  files: ['path', 'mode', 'owner', 'purpose'],
};

function unknownKey(key: string, path: readonly (string | number)[]): Fault {
  const known = path.length === 0 ? TOP_KEYS : (INNER_KEYS[String(path[0])] ?? []);
  const near = nearest(key, known);
  return {
    what: `unknown key ${shown(key)}${near === undefined ? '' : `; did you mean "${near}"?`}`,
    allowed: known.join(', '),
    fix: near === undefined ? 'remove it' : `write "${near}"`,
  };
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  schema: `schema must be a whole number from 1 to ${SCHEMA_VERSION}`,
  id: 'id must be lower-case letters, digits and "-", at most 40 characters',
  title: 'title must be text of 1 to 80 characters',
  description: 'description must be text of 1 to 600 characters',
  version: 'version must be text in quotes',
  extends: 'extends must be the name of a profile, or a path such as ./base.yaml',
  steps: 'steps must be a list of step names',
  answers: 'an answer must be text, a number, true or false, or a list of texts',
  excludes: 'excludes must name controls, each with the reason as text',
  port: 'port must be an integer 1–65535',
  protocol: 'protocol must be tcp or udp',
  purpose: 'purpose must be text of 1 to 600 characters',
  from: 'from must be everyone, nobody or a list of networks',
  owner: 'owner must be a user name',
  ports: 'ports must be a list of maps with port, protocol, purpose and from',
  files: 'files must be a list of maps with path, mode, owner and purpose',
};

/** What is allowed at a path, in words. */
function describe(path: readonly (string | number)[]): string {
  const key = path.findLast((part) => typeof part === 'string' && part in DESCRIPTIONS);
  return key === undefined ? 'a map with schema, id, title and description' : (DESCRIPTIONS[key] ?? '');
}
