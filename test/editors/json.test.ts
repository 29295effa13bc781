import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonPath, jsonEditor } from '../../src/editors/json.ts';
import { type JsonNode, type JsonValue, plainJson } from '../../src/editors/json-lexer.ts';
import { holdsEditorRules, hostileText, parsed, textOf } from './rules.ts';

const FILE =
  '{\n  "log-driver": "json-file",\n  "log-opts": { "max-size": "10m" },\n  "hosts": [\n    "a",\n    "b"\n  ],\n  "empty": {}\n}\n';

describe('a value is set', () => {
  test.each<[JsonPath, JsonValue, string, string]>([
    [['log-driver'], 'local', '"json-file"', '"local"'],
    [['log-opts', 'max-size'], 5, '"10m"', '5'],
    [['log-opts', 'max-file'], '3', '"10m"', '"10m", "max-file": "3"'],
    [['hosts', 2], 'c', '"b"\n', '"b",\n    "c"\n'],
    [['hosts', 0], { a: [1] }, '"a"', '{\n      "a": [\n        1\n      ]\n    }'],
    [['empty', 'x'], true, '{}', '{\n    "x": true\n  }'],
    [['icc'], false, '{}\n}', '{},\n  "icc": false\n}'],
    [['new', 'deep'], null, '{}\n}', '{},\n  "new": {\n    "deep": null\n  }\n}'],
    [['__proto__'], 'x', '{}\n}', '{},\n  "__proto__": "x"\n}'],
  ])('%j = %j', (path, value, before, after) => {
    expect(textOf(jsonEditor, FILE, 'set', path, value)).toBe(FILE.replace(before, after));
  });

  test('on one line as on many, with the line ends of the file', () => {
    expect(textOf(jsonEditor, '{"a":1,"b":2}', 'set', ['c'], 'x')).toBe('{"a":1,"b":2,"c":"x"}');
    expect(textOf(jsonEditor, '{}', 'set', ['c'], 'x')).toBe('{"c": "x"}');
    expect(textOf(jsonEditor, '{\r\n\t"a": 1\r\n}', 'set', ['b'], [1])).toBe(
      '{\r\n\t"a": 1,\r\n\t"b": [\r\n\t\t1\r\n\t]\r\n}',
    );
  });

  test('a path through a value that cannot hold it is refused', () => {
    const document = parsed(jsonEditor, FILE);
    for (const path of [
      ['log-driver', 'x'],
      ['hosts', 5],
      ['hosts', 'x'],
      ['empty', 0],
      ['new', 0],
    ])
      expect(jsonEditor.set(document, path, 1).ok).toBe(false);
    expect(jsonEditor.set(document, ['a'], Number.NaN).ok).toBe(false);
  });
});

test('a value is removed with its comma', () => {
  const remove = (text: string, path: JsonPath) => textOf(jsonEditor, text, 'remove', path);
  expect(remove(FILE, ['log-driver'])).toBe(FILE.replace('"log-driver": "json-file",\n  ', ''));
  expect(remove(FILE, ['empty'])).toBe(FILE.replace(',\n  "empty": {}', ''));
  expect(remove(FILE, ['hosts', 1])).toBe(FILE.replace(',\n    "b"', ''));
  expect(remove('{ "a": 1 }', ['a'])).toBe('{}');
});

test.each([
  ['{\n  // no\n}', 2, 3, 'a comment, which JSON does not have'],
  ['{ "a": 1, # no\n}', 1, 11, 'a comment, which JSON does not have'],
  ['{ "a": 1 /* no */ }', 1, 10, 'a comment, which JSON does not have'],
  ['{ "a": 1, }', 1, 11, 'a comma before a closing bracket'],
  ['{ "a": 1, "a": 2 }', 1, 11, 'a key that stands twice'],
  ['{ a: 1 }', 1, 3, 'a key without quotes'],
  ["{ 'a': 1 }", 1, 3, 'a key without quotes'],
  ['{ "a" 1 }', 1, 7, 'a key without a ":"'],
  ['[1 2]', 1, 4, 'values without a comma between them'],
  ['[01]', 1, 2, 'text that is not a value'],
  ['[1,', 1, 4, 'the end of the file inside brackets'],
  ['["a\nb"]', 1, 2, 'text with an escape or a character that JSON does not have'],
  ['"a', 1, 1, 'a quote that is not closed'],
  ['', 1, 1, 'the end of the file where a value should be'],
  ['1 2', 1, 3, 'text behind the value'],
  ['\ufeff{}', 1, 1, 'a byte order mark, which the reader of this file does not skip'],
  ['['.repeat(100), 1, 65, 'values nested deeper than 64'],
])('%j is refused with its place', (text, line, column, what) => {
  expect(jsonEditor.parse(text)).toMatchObject({ ok: false, problem: { line, column, what } });
});

test('every JSON is read as JSON.parse reads it, and only JSON is read', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(plainJson(parsed(jsonEditor, text).root)).toEqual(JSON.parse(text));
    }),
    { numRuns: 250 },
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[[\]{},:"a1 .e+\\tru-]{0,12}$/), (text) => {
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      const read = jsonEditor.parse(text);
      if (read.ok) expect(isJson).toBe(true);
      else if (isJson) expect(read.problem.what).toBe('a key that stands twice');
    }),
    { numRuns: 1000 },
  );
});

const object = fc.record(
  {
    a: fc.jsonValue({ maxDepth: 1 }),
    b: fc.record({ x: fc.jsonValue({ maxDepth: 1 }), 'y z': fc.integer() }, { requiredKeys: [] }),
    c: fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 }),
    '"#': fc.boolean(),
  },
  { requiredKeys: [] },
);
const file = fc
  .tuple(object, fc.constantFrom(undefined, 2, 4, '\t'), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(
    ([value, indent, end, last]) =>
      JSON.stringify(value, null, indent).replaceAll('\n', end) + (last ? end : ''),
  );

function spanOf(root: JsonNode, path: JsonPath): { start: number; end: number } | undefined {
  let node: JsonNode | undefined = root;
  for (const step of path) {
    if (node?.kind === 'object') node = node.members.find(({ key }) => key === step)?.value;
    else node = node?.kind === 'array' ? node.items[Number(step)] : undefined;
  }
  return node;
}

holdsEditorRules({
  editor: jsonEditor,
  file,
  path: fc.constantFrom<JsonPath>(
    ['a'],
    ['b'],
    ['b', 'x'],
    ['b', 'new', 'deep'],
    ['c'],
    ['c', 0],
    ['c', 1],
    ['"#'],
    ['new'],
  ),
  value: fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue),
  garbage: hostileText,
  // What is put into an empty container replaces the white space in it.
  span: ({ root }, path) =>
    spanOf(root, path) ?? spanOf(root, path.slice(0, -1)) ?? { start: 0, end: root.end },
  numbered: true,
  others: ({ root }, path) =>
    root.kind === 'object'
      ? root.members.filter(({ key }) => key !== path[0]).map(({ key, value }) => [key, plainJson(value)])
      : [],
});
