// Rules of design.md §3 and style.md §3, kept by reading the tree as it is: who imports whom, who touches sockets and
// processes, who opens secrets, who writes escape sequences, who exits, how long files are, what must stand nowhere.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Room → rooms it may import. "facts:type" allows types only. Every room may import itself. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  text: [],
  model: ['text', 'facts:type'],
  editors: ['model', 'text'],
  facts: ['model', 'text', 'editors'],
  resources: ['model', 'text', 'facts', 'editors'],
  steps: ['model', 'text', 'resources', 'facts:type'],
  age: ['model', 'text'],
  plan: ['model', 'text', 'facts', 'resources'],
  profile: ['model', 'text'],
  transport: ['model', 'text'],
  transaction: ['model', 'text'],
  verify: ['model', 'text', 'facts:type'],
  session: [
    'model',
    'text',
    'editors',
    'facts',
    'resources',
    'plan',
    'profile',
    'transport',
    'transaction',
    'verify',
  ],
  report: ['model', 'text'],
  prompt: ['model', 'text', 'report'],
  ui: ['model', 'text', 'report'],
  lab: ['model', 'text', 'transport'],
  cli: [
    ...'model text editors facts resources plan profile transport transaction verify session'.split(' '),
    ...'report prompt ui lab steps age'.split(' '),
  ],
};

/** Library → rooms that may load it. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  'age-encryption': ['age'],
  execa: ['transport', 'lab', 'cli'],
  'node:child_process': ['transport', 'lab', 'cli'],
  'node:net': ['transport', 'lab', 'cli'],
  'node:tls': ['transport', 'lab', 'cli'],
  'node:dgram': ['transport', 'lab', 'cli'],
  'node:http': ['transport', 'lab', 'cli'],
  'node:https': ['transport', 'lab', 'cli'],
  ink: ['ui'],
  react: ['ui'],
  inquirer: ['prompt'],
  commander: ['cli'],
  zod: ['profile', 'plan', 'session'],
};

type Source = { readonly path: string; readonly text: string };
type Import = { readonly from: string; readonly typeOnly: boolean };

/** Files under a folder of the checkout, with their text. A file that vanishes while we look is not there. */
function filesUnder(folder: string, endings: RegExp): readonly Source[] {
  const start = join(ROOT, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => existsSync(path) && !path.includes('/node_modules/'))
    .map((path) => ({ path: relative(ROOT, path), text: readFileSync(path, 'utf8') }));
}

const CODE = /\.(ts|tsx|mjs|js)$/;
const sources = [...filesUnder('src', CODE), ...filesUnder('steps', CODE)];
const hostScripts = filesUnder('src', /\.sh$/);

function roomOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  if (top !== 'src') return top;
  return second.startsWith('cli') ? 'cli' : second.replace(/\.d\.ts$/, '');
}

/** Static, dynamic and re-exporting imports; what is only a type is marked. */
function importsOf({ path, text }: Source): readonly Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ from: node.moduleSpecifier.text, typeOnly: isTypeOnly(node.importClause) });
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      found.push({ from: node.moduleSpecifier.text, typeOnly: node.isTypeOnly });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteralLike(argument)) found.push({ from: argument.text, typeOnly: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(
    ts.createSourceFile(
      path,
      text,
      ts.ScriptTarget.ES2022,
      true,
      path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
    ),
  );
  return found;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const { name, namedBindings } = clause;
  if (name !== undefined || namedBindings === undefined || !ts.isNamedImports(namedBindings)) return false;
  return namedBindings.elements.length > 0 && namedBindings.elements.every((element) => element.isTypeOnly);
}

/** What a room does that the table does not allow. */
function importFaults(source: Source): readonly string[] {
  const room = roomOf(source.path);
  const allowed = TABLE[room];
  if (allowed === undefined)
    return source.path === 'src/raw.d.ts' ? [] : [`${source.path}: room "${room}" is not in the table`];
  return importsOf(source).flatMap(({ from, typeOnly }) => {
    if (!from.startsWith('.')) {
      const name = from.startsWith('node:') ? from : (from.split('/')[0] ?? '');
      const library = LIBRARIES[name] ?? LIBRARIES[`node:${name}`];
      return library === undefined || library.includes(room) ? [] : [`${source.path} imports ${from}`];
    }
    const target = relative(ROOT, resolve(ROOT, dirname(source.path), from));
    const targetRoom = roomOf(target);
    const fine =
      targetRoom === room ||
      allowed.includes(targetRoom) ||
      (typeOnly && allowed.includes(`${targetRoom}:type`));
    return fine ? [] : [`${source.path} imports ${target}${typeOnly ? ' (type)' : ''}`];
  });
}

describe('the import table', () => {
  test('the tree is there to be judged', () => {
    expect(sources.length).toBeGreaterThan(30);
    expect(new Set(sources.map((it) => roomOf(it.path))).size).toBeGreaterThan(8);
  });

  test('every import goes the way the table allows', () => {
    expect(sources.flatMap(importFaults)).toEqual([]);
  });

  test('a forbidden import would be seen, whatever its form', () => {
    const seen = (path: string, text: string) => importFaults({ path, text }).length;
    expect(seen('src/ui/x.ts', "import { a } from '../transport/a.ts';")).toBe(1);
    expect(seen('src/ui/x.ts', "const a = await import('../transport/a.ts');")).toBe(1);
    expect(seen('src/ui/x.ts', "export { a } from '../session/a.ts';")).toBe(1);
    expect(seen('steps/x.ts', "import { osFact } from '../src/facts/os.ts';")).toBe(1);
    expect(seen('steps/x.ts', "import type { OsFact } from '../src/facts/values.ts';")).toBe(0);
    expect(seen('src/plan/x.ts', "import { execa } from 'execa';")).toBe(1);
    expect(seen('src/session/x.ts', "import net from 'net';")).toBe(1);
    expect(seen('src/new-room/x.ts', '')).toBe(1);
  });

  test('relative imports carry their extension', () => {
    const bare = sources.flatMap((source) =>
      importsOf(source)
        .filter(({ from }) => from.startsWith('.') && !/\.(ts|tsx|mjs|json)$|\?raw$/.test(from))
        .map(({ from }) => `${source.path}: ${from}`),
    );
    expect(bare).toEqual([]);
  });
});

/** Paths of sources outside `homes` whose text matches. */
function outside(
  pattern: RegExp,
  homes: readonly RegExp[],
  among: readonly Source[] = sources,
): readonly string[] {
  return among
    .filter(({ path }) => !homes.some((home) => home.test(path)))
    .filter(({ text }) => pattern.test(text))
    .map(({ path }) => path);
}

describe('things that only one place does', () => {
  test('secrets are opened in src/transport and src/lab, where files are filled with them, and where they are handed over', () => {
    const homes = [/^src\/transport\//, /^src\/lab\//, /^src\/text\/secret\.ts$/];
    expect(
      outside(/\.open\(\)/, [
        ...homes,
        /^src\/session\/fill-secrets\.ts$/,
        /^src\/cli\/hand-over\//,
        /^src\/ui\/screens\/reveal\.ts$/,
        /^src\/prompt\/new-secrets\.ts$/,
      ]),
    ).toEqual([]);
  });

  test('only src/cli.ts, the launcher and the terminal that restores itself end the process', () => {
    const homes = [/^src\/cli\.ts$/, /^src\/ui\/terminal\.ts$/, /\.mjs$/];
    expect(outside(/process\s*\.\s*exit\s*\(|process\.(abort|reallyExit)\(/, homes)).toEqual([]);
  });

  test('escape sequences are known to the files of src/ui that speak to the terminal alone', () => {
    const sequence = /\\x1b|\\u001b|\\u\{1b\}|\\033|\\e\[|\u001b/i;
    // terminal and first-paint own the screen, painter makes the bytes of a frame, input reads keys.
    const homes = [/^src\/ui\/(terminal|first-paint|painter|input)\.ts$/];
    expect(outside(sequence, homes, [...sources, ...hostScripts])).toEqual([]);
  });

  test('shell text is made from values in src/text/command.ts alone', () => {
    const homes = [/^src\/text\/command\.ts$/, /^src\/lab\//];
    expect(outside(/replaceAll\(\s*["'`]'["'`]\s*,\s*["'`]'\\\\''/, homes)).toEqual([]);
  });

  test('exports have names', () => {
    const homes = [/^src\/raw\.d\.ts$/];
    expect(outside(/^export default /m, homes)).toEqual([]);
  });

  test('only the launcher, cli and the room that reads a setting look at the arguments of the process', () => {
    expect(outside(/process\.argv/, [/^src\/cli/, /^src\/(transport|lab)\//])).toEqual([]);
  });
});

/** Most lines a file may have; longer ones say why in their header ("Long because …"). */
function lineLimit(path: string): number {
  if (/^steps\/(?!index\.ts)[^/]+\.ts$/.test(path)) return 150;
  if (/^src\/resources\//.test(path)) return 200;
  if (/^src\/ui\/screens\//.test(path)) return 120;
  return 300;
}

describe('files', () => {
  test('stay small, or say in their header why not', () => {
    const long = [...sources, ...hostScripts].flatMap(({ path, text }) => {
      const lines = text.split('\n').length - 1;
      const isFact = /^src\/facts\//.test(path) && /: Fact<|satisfies Fact</.test(text);
      const limit = isFact ? 80 : lineLimit(path);
      const header = /^(#!.*\n)?((\/\/|#).*\n)*/.exec(text)?.[0] ?? '';
      return lines <= limit || /\bLong(er than \d+ lines)? because /i.test(header)
        ? []
        : [`${path}: ${lines} lines, limit ${limit}`];
    });
    expect(long).toEqual([]);
  });

  test('have kebab-case names', () => {
    const strange = [...sources, ...hostScripts].filter(({ path }) => !/^[a-z0-9/.-]+$/.test(path));
    expect(strange.map(({ path }) => path)).toEqual([]);
  });
});

/** Every file that is or will be committed. */
function committed(): readonly Source[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return list
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(ROOT, path)) && statSync(join(ROOT, path)).isFile())
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

/** Host names that only this machine's package managers use; public ones may be named. */
function privateHosts(): readonly string[] {
  const known = /(^|\.)(npmjs\.org|debian\.org|github\.com|localhost)$/;
  const texts = [
    '/etc/apt/sources.list',
    '/etc/pip.conf',
    '/etc/npmrc',
    join(process.env.HOME ?? '/root', '.npmrc'),
  ];
  const lists = existsSync('/etc/apt/sources.list.d')
    ? readdirSync('/etc/apt/sources.list.d').map((name) => `/etc/apt/sources.list.d/${name}`)
    : [];
  const found = [...texts, ...lists]
    .filter((path) => existsSync(path) && statSync(path).isFile())
    .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/https?:\/\/(?:[^@/\s]*@)?([A-Za-z0-9.-]+)/g)])
    .map((match) => match[1] ?? '')
    .filter((host) => host.includes('.') && !/^[\d.]+$/.test(host) && !known.test(host));
  return [...new Set(found)];
}

describe('what stands nowhere', () => {
  // Written in pieces, so that this file does not hold what it looks for.
  const marks = [
    `TO${'DO'}`,
    `FIX${'ME'}`,
    `not ${'implemented'}`,
    `@ts-${'ignore'}`,
    `biome-${'ignore'}`,
    `eslint-${'disable'}`,
  ];
  const tests = [`.on${'ly('}`, `.ski${'p('}`];
  const files = existsSync(join(ROOT, '.git')) ? committed() : [...sources, ...hostScripts];

  test('paths of the machine it was written on and hosts of its package managers', () => {
    const words = [`/wo${'rk/'}`, ...privateHosts()];
    const found = files.flatMap(({ path, text }) =>
      words.filter((word) => text.includes(word)).map((word) => `${path}: ${word.slice(0, 3)}…`),
    );
    expect(found).toEqual([]);
  });

  test('marks of unfinished work, and tests that are left out', () => {
    const found = files
      .filter(({ path }) => CODE.test(path) || path.endsWith('.sh'))
      .flatMap(({ path, text }) =>
        [...marks, ...tests].filter((word) => text.includes(word)).map((word) => `${path}: ${word}`),
      );
    expect(found).toEqual([]);
  });

  test('private key material', () => {
    const armour = new RegExp(`-----BEGIN [A-Z ]*PRIVATE ${'KEY'}-----\\s*\\n[A-Za-z0-9+/=\\s]{100,}`);
    expect(files.filter(({ text }) => armour.test(text)).map(({ path }) => path)).toEqual([]);
  });
});
