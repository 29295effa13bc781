// What compose reads is spelled out here; the expectations were taken from its documented behaviour, not from the editor.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  constantOf,
  dotenvEditor,
  dropRepeated,
  readDotenv,
  repeatedKeys,
} from '../../src/editors/dotenv.ts';
import { holdsEditorRules, hostileText, parsed, textOf } from './rules.ts';

const none = () => undefined;

type Case = {
  readonly case: string;
  readonly text: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, string>>;
  readonly refused?: { readonly line: number; readonly column: number };
};
const variables: readonly Case[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'cases/dotenv-variables.json'), 'utf8'),
);

function read(text: string, environment: Readonly<Record<string, string>> = {}) {
  const result = readDotenv(parsed(dotenvEditor, text), (name) => environment[name]);
  return result.ok ? Object.fromEntries(result.value) : result.problem;
}

describe('an env file is read as compose reads it', () => {
  test.each([
    ['A=1', { A: '1' }],
    ['A=1\nA=2\n', { A: '2' }],
    ['export A=1\nexport\tB = 2 \n', { A: '1', B: '2' }],
    ['A: 1\n', { A: '1' }],
    ['A=x y  # why\n', { A: 'x y' }],
    ['A=x#y\n', { A: 'x#y' }],
    ['A=\nB= \n', { A: '', B: '' }],
    ["A='x # y' # why\n", { A: 'x # y' }],
    ['A="l1\nl2"\nB=2\n', { A: 'l1\nl2', B: '2' }],
    ['A="a\\nb\\tc\\"d\\\\e"\n', { A: 'a\nb\tc"d\\e' }],
    ['A="\\0101\\077"\n', { A: 'A\\77' }],
    ['A=x\r\nB="y"\r\n', { A: 'x', B: 'y' }],
    ['\ufeffA=1\n', { A: '1' }],
    ['A="x"B=2\n', { A: 'x', B: '2' }],
    ['# A=1\n\n  B=2\n', { B: '2' }],
    ['A=$$x\nB="\\$x"\n', { A: '$x', B: '$x' }],
    ['1A=x\nB=y\n', { B: 'y' }],
  ])('%j', (text, values) => {
    expect(read(text)).toEqual(values);
  });

  test.each(variables.map((it) => [it.case, it] as const))('%s', (_case, it) => {
    const result = read(it.text, it.environment);
    expect(result).toMatchObject(
      it.values ?? { ...it.refused, what: expect.any(String), allowed: expect.any(String) },
    );
  });

  test.each([
    ['A="x\nB=2\n', 1, 3],
    ['A=1\nB C=2\n', 2, 1],
    ['A=1\n=2\n', 2, 1],
    ['A-b!=2\n', 1, 4],
    ['A=\0\n', 1, 3],
    ['A=\ufffd\n', 1, 3],
  ])('%j is refused with its place', (text, line, column) => {
    const result = dotenvEditor.parse(text);
    expect(result).toMatchObject({ ok: false, problem: { line, column } });
  });

  test('a value that releases of compose read differently is said to be so', () => {
    const { entries } = parsed(dotenvEditor, `A='it\\'s'\nB="x\\\\"\nC="a\\"b"\nD='x'\n`);
    expect(entries.map(({ key, disputed }) => `${key} ${disputed}`)).toEqual([
      'A true',
      'B true',
      'C false',
      'D false',
    ]);
  });
});

describe('a value is set', () => {
  const set = (text: string, key: string, value: string) => textOf(dotenvEditor, text, 'set', key, value);

  test.each([
    ['# why\nA=1 # old\nB=2\n', 'A', '3', '# why\nA=3 # old\nB=2\n'],
    ['A=1\nA=2\n', 'A', '3', 'A=1\nA=3\n'],
    ['export A="1"\r\nB=2\r\n', 'A', 'x y', 'export A="x y"\r\nB=2\r\n'],
    ["A='1'\n", 'A', '$x', "A='$x'\n"],
    ['A="1"\n', 'A', '$x', 'A="\\$x"\n'],
    ["A='1'\n", 'A', "it's", 'A="it\'s"\n'],
    ['A=1\n', 'A', 'a b#c', "A='a b#c'\n"],
    ['A= # set me\n', 'A', '1', 'A=1\n'],
    ['A\n', 'A', '1', 'A=1\n'],
    ['B=2', 'A', '1', 'B=2\nA=1\n'],
    ['B=2\r\n', 'A', '1', 'B=2\r\nA=1\r\n'],
    ['', 'A', '', 'A=\n'],
    ['A="l1\nl2" # both\nB=1\n', 'A', 'l3', 'A="l3" # both\nB=1\n'],
    ['A="x"B=2\n', 'B', '3', 'A="x"B=3\n'],
  ])('%j %s=%j', (text, key, value, after) => {
    expect(set(text, key, value)).toBe(after);
  });

  test.each(["it`s $x'", "x'\\", 'a\0b', 'end\\'])('%j is refused: no spelling is read alike', (value) => {
    expect(dotenvEditor.set(parsed(dotenvEditor, 'A=1\n'), 'A', value)).toMatchObject({
      ok: false,
      problem: { allowed: expect.any(String) },
    });
  });

  test('a new key must be one that a shell can have', () => {
    expect(dotenvEditor.set(parsed(dotenvEditor, ''), 'A-B', '1').ok).toBe(false);
    expect(dotenvEditor.set(parsed(dotenvEditor, ''), 'A\nB', '1').ok).toBe(false);
  });

  test('what is written holds no secret in a refusal', () => {
    const result = dotenvEditor.set(parsed(dotenvEditor, ''), 'A', "hunter2`'");
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });
});

test('removing takes every line of the key with its comment, and nothing else', () => {
  const remove = (text: string) => textOf(dotenvEditor, text, 'remove', 'A');
  expect(remove('A=1 # x\nB=2\nexport A="l1\nl2" # y\nC=3\n')).toBe('B=2\nC=3\n');
  expect(remove('A="x"B=2\n')).toBe('B=2\n');
  expect(remove('B=2\n')).toBe('B=2\n');
});

test('keys that stand twice are counted', () => {
  expect([...repeatedKeys(parsed(dotenvEditor, 'A=1\nB=1\nA=2\n'))]).toEqual([['A', 2]]);
});

test('lines of a key without effect are dropped, and the one that wins stays as it is', () => {
  const document = parsed(dotenvEditor, 'A=old # x\nB=1\nexport A="older"\n# c\nA = new # y\n');
  expect(dropRepeated(document, 'A')).toBe('B=1\n# c\nA = new # y\n');
  expect(dropRepeated(document, 'B')).toBe(document.text);
});

const key = fc.constantFrom('A', 'B', 'POSTGRES_PASSWORD', 'lower.dot');
const statement = fc.oneof(
  fc
    .tuple(key, fc.constantFrom('=', ' = ', ': '), fc.stringMatching(/^[a-z0-9#$ ]{0,8}$/))
    .map((it) => it.join('')),
  fc
    .tuple(key, fc.stringMatching(/^[^'\\\0\ufffd]{0,12}$/))
    .map(([name, value]) => `export ${name}='${value}' # c`),
  fc.tuple(key, fc.stringMatching(/^[a-z $#\n]{0,12}$/)).map(([name, value]) => `${name}="${value}"`),
  fc.constantFrom('# comment = 1', '', '   ', 'INHERITED', '#'),
);
const file = fc
  .tuple(fc.array(statement, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, last]) => lines.join(end) + (last ? end : ''));
const value = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.stringMatching(/^[a-z'"$#\\` \n\r\t!~{}=]{0,10}$/),
);

holdsEditorRules({
  editor: dotenvEditor,
  file,
  path: key,
  value,
  garbage: hostileText,
  rewrites: true,
  span: (document, path) => {
    const entry = document.entries.findLast((it) => it.key === path);
    return entry === undefined ? undefined : { start: entry.valueStart, end: entry.end };
  },
  /** Everything but the winning value. */
  others: (document, path) => {
    const last = document.entries.findLast((entry) => entry.key === path);
    return document.entries
      .filter((entry) => entry !== last)
      .map((entry) => `${entry.key}=${constantOf(entry) ?? entry.written}`);
  },
});

test('what is set reads back in every environment, whatever the file was', () => {
  fc.assert(
    fc.property(file, key, value, (text, name, wanted) => {
      const document = dotenvEditor.parse(text);
      if (!document.ok) return;
      const result = dotenvEditor.set(document.value, name, wanted);
      if (!result.ok) return;
      const after = parsed(dotenvEditor, result.value);
      const entry = after.entries.findLast((it) => it.key === name);
      expect(entry).toMatchObject({ disputed: false });
      const values = readDotenv(after, none);
      if (values.ok) expect(values.value.get(name)).toBe(wanted);
    }),
    { numRuns: 250 },
  );
});
