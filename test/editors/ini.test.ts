import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type IniPath, iniEditor, iniEntries } from '../../src/editors/ini.ts';
import type { IniDialect, IniDocument } from '../../src/editors/ini-lexer.ts';
import { holdsEditorRules, hostileText, parsed, textOf } from './rules.ts';

const read = (text: string, dialect: IniDialect) =>
  parsed(iniEditor(dialect), text).entries.map(({ section, key, value }) => `${section}/${key}=${value}`);

describe('entries are cut as their reader cuts them', () => {
  test('systemd: joined lines, comments between them, repeated keys', () => {
    const text = '[Unit]\n; c\nAfter=a \\\n# c\n  b\n[Service]\nExecStart=\nExecStart=/x ; y # z\nodd\n';
    expect(read(text, 'systemd')).toEqual([
      'Unit/After=a    b',
      'Service/ExecStart=',
      'Service/ExecStart=/x ; y # z',
    ]);
  });

  test('Python: deeper lines go on, comments and empty lines between them, ":" as well', () => {
    const text = '[global]\nindex-url = x\nextra:\n    a\n    # c\n\n    b = 1\n\n[other]\nk = v ; kept\n';
    expect(read(text, 'python')).toEqual([
      'global/index-url=x',
      'global/extra=\na\n\nb = 1',
      'other/k=v ; kept',
    ]);
  });

  test('fail2ban: a semicolon behind a blank is a comment', () => {
    const text = '[sshd]\nport = 22 ; why\naction = a ; b\n  c;d\n';
    expect(read(text, 'fail2ban')).toEqual(['sshd/port=22', 'sshd/action=a\nc;d']);
  });

  test.each<[string, IniDialect, number, number]>([
    ['a = 1\n', 'python', 1, 1],
    ['[a]\nodd\n', 'fail2ban', 2, 1],
    ['[a]\n= 1\n', 'python', 2, 1],
    ['[a\nb = 1\n', 'python', 1, 1],
    ['[a]\nb=\0\n', 'systemd', 2, 3],
    ['[a]\rb=1\n', 'systemd', 1, 4],
  ])('%j (%s) is refused with its place', (text, dialect, line, column) => {
    expect(iniEditor(dialect).parse(text)).toMatchObject({ ok: false, problem: { line, column } });
  });
});

describe('a value is set', () => {
  test.each<[IniDialect, string, IniPath, string, string]>([
    [
      'systemd',
      '# c\n[Service]\nA=1\nB=2\n',
      { section: 'Service', key: 'A' },
      '3',
      '# c\n[Service]\nA=3\nB=2\n',
    ],
    [
      'systemd',
      '[Service]\nA=1\n\n[Install]\nC=1\n',
      { section: 'Service', key: 'B' },
      'x y',
      '[Service]\nA=1\nB=x y\n\n[Install]\nC=1\n',
    ],
    [
      'systemd',
      '[Unit]\r\nA=1',
      { section: 'Service', key: 'B' },
      '2',
      '[Unit]\r\nA=1\r\n\r\n[Service]\r\nB=2\r\n',
    ],
    ['systemd', '[A]\n[B]\nx=1\n[A]\n', { section: 'A', key: 'y' }, '1', '[A]\n[B]\nx=1\n[A]\ny=1\n'],
    ['systemd', '', { section: 'A', key: 'y' }, '1', '[A]\ny=1\n'],
    ['systemd', '[A]\nx=1 \\\n 2\n', { section: 'A', key: 'x' }, '3', '[A]\nx=3\n'],
    ['python', '[a]\nB = 1\n', { section: 'a', key: 'b' }, '2\n3', '[a]\nB = 2\n    3\n'],
    ['python', '[a]\nx: 1\n', { section: 'a', key: 'y' }, '2', '[a]\nx: 1\ny: 2\n'],
    [
      'python',
      '[a]\n  x = 1\n  z = 1\n',
      { section: 'a', key: 'y' },
      '2',
      '[a]\n  x = 1\n  z = 1\n  y = 2\n',
    ],
    [
      'fail2ban',
      '[sshd]\nport = 22 ; why\n',
      { section: 'sshd', key: 'port' },
      '2222',
      '[sshd]\nport = 2222 ; why\n',
    ],
    ['fail2ban', '[a]\nx = 1\nx = 2\n', { section: 'a', key: 'x' }, '3', '[a]\nx = 1\nx = 3\n'],
    ['fail2ban', '[a]\ny = 1\nx =\n', { section: 'a', key: 'x' }, '3', '[a]\ny = 1\nx = 3\n'],
  ])('%s %j %j = %j', (dialect, text, path, value, after) => {
    expect(textOf(iniEditor(dialect), text, 'set', path, value)).toBe(after);
  });

  test.each<[IniDialect, string, IniPath, string]>([
    ['systemd', '[A]\nx=1\nx=2\n', { section: 'A', key: 'x' }, '3'],
    ['systemd', '[A]\nx=1\n', { section: 'A', key: 'x' }, '3\ny=1'],
    ['systemd', '[A]\nx=1\n', { section: 'A', key: 'x' }, '3\\'],
    ['systemd', '[A]\nx=1\n', { section: 'A', key: 'x' }, ' 3'],
    ['systemd', '[A]\nx=1 \\\n# c\n2\n', { section: 'A', key: 'x' }, '3'],
    ['systemd', '[A]\nx=1\n', { section: 'A]\n[B', key: 'x' }, '3'],
    ['systemd', '[A]\nx=1\n', { section: 'A', key: '#y' }, '3'],
    ['python', '[A]\nx=1\n', { section: 'A', key: 'x' }, 'a\n# b'],
    ['python', '[A]\nx=1\n', { section: null, key: 'y' }, 'a'],
    ['fail2ban', '[A]\nx=1\n', { section: 'A', key: 'x' }, 'a ; b'],
  ])('%s %j %j = %j is refused', (dialect, text, path, value) => {
    expect(iniEditor(dialect).set(parsed(iniEditor(dialect), text), path, value)).toMatchObject({
      ok: false,
      problem: { allowed: expect.any(String) },
    });
  });
});

test('a key is removed with all of its lines', () => {
  const text = '[a]\nx = 1\n  2\ny = 3\n[b]\nx = 4\n[a]\nX = 5\n';
  expect(textOf(iniEditor('fail2ban'), text, 'remove', { section: 'a', key: 'x' })).toBe(
    '[a]\ny = 3\n[b]\nx = 4\n[a]\n',
  );
});

const line = fc.constantFrom(
  'x=1',
  'x = a b',
  'y: 1',
  'z =',
  'x=1 \\',
  '  deeper',
  '  ; c',
  '# c',
  '',
  'y = 1 ; c',
  '[A]',
  '[B]',
  '  [A]',
);
const file = fc
  .tuple(fc.array(line, { maxLength: 10 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, last]) => ['[A]', ...lines].join(end) + (last ? end : ''));

function winner(document: IniDocument, path: IniPath) {
  return iniEntries(document, path).at(-1);
}

describe.each<IniDialect>(['systemd', 'python', 'fail2ban'])('%s', (dialect) => {
  holdsEditorRules({
    editor: iniEditor(dialect),
    file,
    path: fc.record({
      section: fc.constantFrom('A', 'B', 'New'),
      key: fc.constantFrom('x', 'y', 'z', 'brand-new'),
    }),
    value: fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 10 }),
      fc.stringMatching(/^[a-c ;#=\\[\]\n%"']{0,8}$/),
      fc.constantFrom('1', 'a b', '', '/x --y=z', 'a\nb'),
    ),
    garbage: fc.oneof(hostileText, fc.stringMatching(/^[a-c[\]=:;# \\\n]{0,40}$/)),
    span: (document, path) => {
      const entry = winner(document, path);
      return entry === undefined ? undefined : { start: entry.valueStart, end: entry.valueEnd };
    },
    others: (document, path) => {
      const entry = winner(document, path);
      return document.entries
        .filter((it) => it !== entry)
        .map(({ section, key, value }) => [section, key, value]);
    },
  });
});
