import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type YamlPath, type YamlValue, yamlEditor } from '../../src/editors/yaml.ts';
import { holdsEditorRules, hostileText, parsed, textOf } from './rules.ts';

const FILE = `# auth
config_version: 2
auth:
  mode: off # default
  primary: 'it''s'
  secret: "a\\tb"
  admins: [ana@x, "bo@x"] # two
  list:
    - one # first
    - two

  deep: {a: 1, b: x}
text: |
  line 1
   line 2
base: &base
  port: 80
  tls: &flag yes
  anchored: &own 5
site:
  <<: *base
  also: *flag
  name: x
services:
  - name: db
    image: postgres:15
  - name: app
empty:
last: end
`;

describe('a value is set', () => {
  test.each<[YamlPath, YamlValue, string, string]>([
    [['config_version'], 3, 'version: 2', 'version: 3'],
    [['auth', 'mode'], 'oidc', 'mode: off #', 'mode: oidc #'],
    [['auth', 'mode'], 'on', 'mode: off #', 'mode: "on" #'],
    [['auth', 'mode'], true, 'mode: off #', 'mode: true #'],
    [['auth', 'primary'], "o'x", "'it''s'", "'o''x'"],
    [['auth', 'primary'], 'a\nb', "'it''s'", '"a\\nb"'],
    [['auth', 'secret'], 'x y', '"a\\tb"', '"x y"'],
    [['auth', 'admins'], ['z@x'], '[ana@x, "bo@x"]', '[z@x]'],
    [['auth', 'admins', 0], 'root', 'ana@x', 'root'],
    [['auth', 'admins', 2], 'root', '"bo@x"]', '"bo@x", root]'],
    [['auth', 'list', 0], '0123', 'one #', '"0123" #'],
    [['auth', 'list', 2], 'three', '    - two\n', '    - two\n    - three\n'],
    [['auth', 'deep', 'a'], null, 'a: 1', 'a: null'],
    [['auth', 'deep', 'c'], 'z', 'b: x}', 'b: x, c: z}'],
    [['auth', 'new', 'inner'], 'v', 'b: x}\n', 'b: x}\n  new:\n    inner: v\n'],
    [['text'], 'one\ntwo\n', '  line 1\n   line 2\n', '  one\n  two\n'],
    [['text'], 'one', '|\n  line 1\n   line 2\n', 'one\n'],
    [['site', 'also'], 'no', 'also: *flag', 'also: "no"'],
    [['site', 'port'], 81, 'name: x\n', 'name: x\n  port: 81\n'],
    [['base', 'tls'], 'yes', '', ''],
    [['base', 'anchored'], 6, '&own 5', '&own 5'],
    [['services', 0, 'image'], 'postgres:16', 'postgres:15', 'postgres:16'],
    [['services', 1, 'image'], 'me/app:1', '- name: app\n', '- name: app\n    image: me/app:1\n'],
    [['empty'], 'x', 'empty:\n', 'empty: x\n'],
    [['empty', 'sub'], 'x', 'empty:\n', 'empty:\n  sub: x\n'],
    [['fresh'], 'x', 'last: end\n', 'last: end\nfresh: x\n'],
  ])('%j = %j', (path, value, before, after) => {
    const result = yamlEditor.set(parsed(yamlEditor, FILE), path, value);
    // What an anchor hands on is not changed for others: "base.anchored" is also "site.anchored".
    if (path[1] === 'anchored') expect(result.ok).toBe(false);
    else expect(result).toEqual({ ok: true, value: FILE.replace(before, after) });
  });

  test('in files that are small, open at the end, or in other line ends', () => {
    expect(textOf(yamlEditor, '', 'set', ['a', 'b'], 1)).toBe('a:\n  b: 1\n');
    expect(textOf(yamlEditor, '# c', 'set', ['a'], 1)).toBe('# c\na: 1\n');
    expect(textOf(yamlEditor, 'a: 1', 'set', ['b'], 2)).toBe('a: 1\nb: 2\n');
    expect(textOf(yamlEditor, 'a: 1\r\nc: 3\r\n', 'set', ['b'], 2)).toBe('a: 1\r\nc: 3\r\nb: 2\r\n');
    expect(textOf(yamlEditor, '{}', 'set', ['b'], 2)).toBe('{b: 2}');
    expect(textOf(yamlEditor, 'a: !reset null\n', 'set', ['b'], 2)).toBe('a: !reset null\nb: 2\n');
  });

  test.each<[YamlPath, YamlValue]>([
    [['base', 'port'], 81],
    [['base', 'tls'], 'no'],
    [['auth'], 'x'],
    [['auth', 'mode', 'x'], 'y'],
    [['auth', 'list', 9], 'y'],
    [['auth', 'list'], ['y']],
    [['auth', 'list', 'x'], 'y'],
    [['config_version'], Number.NaN],
    [['auth', 'mode'], 'a\0b'],
    [[], 'x'],
  ])('%j = %j is refused', (path, value) => {
    expect(yamlEditor.set(parsed(yamlEditor, FILE), path, value)).toMatchObject({
      ok: false,
      problem: { allowed: expect.any(String) },
    });
  });
});

describe('a value is removed', () => {
  test.each<[YamlPath, string, string]>([
    [['auth', 'mode'], '  mode: off # default\n', ''],
    [['auth', 'list', 0], '    - one # first\n', ''],
    [['auth', 'deep', 'a'], 'a: 1, ', ''],
    [['auth', 'deep', 'b'], ', b: x', ''],
    [['text'], 'text: |\n  line 1\n   line 2\n', ''],
    [['services', 0, 'name'], 'name: db\n    image', 'image'],
    [['services', 1], '  - name: app\n', ''],
    [['empty'], 'empty:\n', ''],
  ])('%j', (path, before, after) => {
    expect(textOf(yamlEditor, FILE, 'remove', path)).toBe(FILE.replace(before, after));
  });

  test('not when others would lose it', () => {
    for (const path of [['base', 'port'], ['base'], ['site', 'port'], ['services', 1, 'name']])
      expect(yamlEditor.remove(parsed(yamlEditor, FILE), path).ok).toBe(false);
  });
});

test.each([
  ['a: [1\nb: 2\n', 2],
  ['a: 1\na: 2\n', 2],
  ['a: 1\n---\nb: 2\n', 2],
  ['a:\n\t- b\n', 2],
  ['a: *gone\n', 1],
  ['a: "b\n', 1],
  ['x\0', 1],
  ['a: 1\rb: 2\n', 1],
  [`a: ${'['.repeat(40)}`, 1],
])('%j is refused with its line', (text, line) => {
  const result = yamlEditor.parse(text);
  expect(result).toMatchObject({ ok: false });
  if (!result.ok) expect(result.problem.line).toBeLessThanOrEqual(line + 1);
});

test('an alias bomb and an alias of itself are refused, not filled in', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...[...'bcdefghij'].map((name, index) => {
      const before = 'abcdefghij'[index];
      return `${name}: &${name} [${Array(9).fill(`*${before}`).join(',')}]`;
    }),
  ].join('\n');
  expect(yamlEditor.parse(bomb).ok).toBe(false);
  expect(yamlEditor.parse('a: &a [*a]\n').ok).toBe(false);
});

test('what is written reads the same to readers of 1.1 and of 1.2', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'yes',
      'No',
      'on',
      'y',
      'null',
      '~',
      '1e3',
      '0o7',
      '012',
      '1:30',
      '2020-01-01',
      '.inf',
      '1_000',
      '<<',
      '=',
      '- a',
      'a: b',
      'a #b',
      '',
      ' a',
      '*a',
      '&a',
      '!a',
      '%a',
      '@a',
      '`a',
      '{',
      '[',
      ',',
      '\u0085',
      '\u2028',
      '\ufeff',
      '\u{1f600}',
      '\u00a0',
    ),
    fc.string({ unit: 'grapheme', maxLength: 10 }),
  );
  fc.assert(
    fc.property(
      word,
      fc.constantFrom('a: x\n', "a: 'x'\n", 'a: "x"\n', 'a: |\n  x\n', 'a: {b: x}\n'),
      (value, text) => {
        const path = text.includes('{') ? ['a', 'b'] : ['a'];
        const result = yamlEditor.set(parsed(yamlEditor, text), path, value);
        if (!result.ok) return;
        for (const version of ['1.1', '1.2'] as const) {
          const read = parse(result.value, { version }) as { a: unknown };
          expect(path.length === 2 ? (read.a as { b: unknown }).b : read.a).toBe(value);
        }
      },
    ),
    { numRuns: 300 },
  );
});

const parts = [
  '# head\nname: app # c',
  "quoted: 'it''s'",
  'list:\n  - a # x\n  - "b"',
  'map:\n  k: v\n  n: 1\n\n  # c\n  deep:\n    x: true',
  'flow: {a: 1, b: [x, y]}',
  'block: |\n  line1\n\n  line2',
  'folded: >-\n  one\n  two',
  'base: &base\n  p: 1\nuse:\n  <<: *base\n  q: 2',
  'empty:',
  'items:\n- id: 1\n  v: a\n- id: 2',
];
const file = fc
  .tuple(fc.subarray(parts), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([chosen, end, last]) => chosen.join('\n').replaceAll('\n', end) + (last ? end : ''));

holdsEditorRules({
  editor: yamlEditor,
  file,
  path: fc.constantFrom<YamlPath>(
    ['name'],
    ['quoted'],
    ['map', 'k'],
    ['map', 'deep', 'x'],
    ['map', 'new'],
    ['list', 0],
    ['list', 2],
    ['flow', 'a'],
    ['flow', 'c'],
    ['flow', 'b'],
    ['block'],
    ['folded'],
    ['empty'],
    ['empty', 'sub'],
    ['brand', 'new'],
    ['use', 'p'],
    ['use', 'q'],
    ['base', 'p'],
    ['items', 0, 'id'],
    ['items', 1, 'v'],
  ),
  value: fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 10 }),
    fc.constantFrom<YamlValue>(1, -2.5, true, null, 'yes', 'a: b', "it's", 'x\ny\n', '#', ''),
    fc.array(fc.constantFrom('a', 'b c', '1'), { minLength: 1, maxLength: 2 }),
  ),
  garbage: fc.oneof(hostileText, fc.stringMatching(/^[a-b:\- \n#&*"'|>{}[\],]{0,40}$/)),
  numbered: true,
  rewrites: true,
  runs: 120,
  span: ({ tree, text }, path) => {
    const node = tree.getIn(path, true) as { range?: readonly number[] } | undefined;
    const [start = 0, end = text.length] = node?.range ?? [];
    return node === undefined ? undefined : { start, end };
  },
  others: ({ plain }, path) => (plain instanceof Map ? [...plain].filter(([key]) => key !== path[0]) : []),
});
