// One value by its key in each kind of file: found as its reader gets it, put so that it reads back, every other byte kept.
import { describe, expect, it } from 'vitest';
import { dropDead, findValue, putValue } from '../../src/editors/secret-value.ts';

const FRESH = 'kX9vQ2mWz7Lr4TnB8sYc1HpD6gJf3EaU';
const env = (key: string) => ({ format: 'env', key }) as const;

describe('a value of an env file', () => {
  const text = `# note\r\nexport A="one"  # why\r\nB=first\r\nB=second\r\nC=\${X}\r\nD='two\r\nlines'\r\nE\r\nLAST=z`;

  it.each([
    ['A', { kind: 'value', text: 'one', lines: 1 }],
    ['B', { kind: 'value', text: 'second', lines: 2 }],
    ['C', { kind: 'template', text: '$' + '{X}', lines: 1 }],
    ['D', { kind: 'value', text: 'two\r\nlines', lines: 1 }],
    ['E', { kind: 'missing' }],
    ['LAST', { kind: 'value', text: 'z', lines: 1 }],
    ['NONE', { kind: 'missing' }],
  ])('%s is found as compose has it', (key, found) => {
    expect(findValue(text, env(key))).toEqual(found);
  });

  it.each(['A', 'B', 'C', 'D', 'E', 'LAST', 'NEW'])('%s is put, and nothing else changes', (key) => {
    const put = putValue(text, { ...env(key), value: FRESH });
    if (!put.ok) throw new Error(put.problem.what);
    expect(findValue(put.value, env(key))).toEqual({ kind: 'value', text: FRESH, lines: 1 });
    for (const other of ['A', 'B', 'C', 'D', 'LAST'].filter((it) => it !== key))
      expect(findValue(put.value, env(other))).toEqual(findValue(text, env(other)));
    expect(put.value.startsWith('# note\r\nexport A=')).toBe(true);
    expect(put.value).toContain('# why');
    expect(put.value.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it('loses its dead lines when it is put, and when that alone is asked', () => {
    const put = putValue(text, { ...env('B'), value: FRESH });
    expect(put.ok && put.value).not.toContain('first');
    expect(dropDead(text, env('B'))).toEqual({ ok: true, value: text.replace('B=first\r\n', '') });
    expect(dropDead(text, env('A'))).toEqual({ ok: true, value: text });
  });
});

it.each([
  ['ini', 'db.password', '[db]\n; why\npassword = old\nuser = a\n', 'password = old'],
  ['ini', 'password', 'password=old\n[x]\npassword=other\n', 'password=old'],
  ['json', 'a.b.0', '{\n  "a": { "b": ["old", "x"] }\n}\n', '"old"'],
  ['yaml', 'a.b', 'a:\n  # why\n  b: old\n  c: &x old\n', 'b: old'],
] as const)('%s %s is put where it stands', (format, key, text, part) => {
  expect(findValue(text, { format, key })).toEqual({ kind: 'value', text: 'old', lines: 1 });
  const put = putValue(text, { format, key, value: FRESH });
  expect(put).toEqual({ ok: true, value: text.replace(part, part.replace('old', FRESH)) });
});

it.each([
  ['env', 'A', 'A="open\n', 'unreadable'],
  ['json', 'a', '{"a": 1}', 'unreadable'],
  ['json', 'a', '{"a": ', 'unreadable'],
  ['yaml', 'a', 'a: [', 'unreadable'],
  ['yaml', 'a', 'a: null', 'missing'],
] as const)('%s: %s in %j is %s', (format, key, text, kind) => {
  expect(findValue(text, { format, key }).kind).toBe(kind);
});

it.each([
  ['export A=x\n', 'export'],
  ['A: x\n', '":"'],
  ['A="x"  # why\n', 'behind the value'],
  ['A=x # why\n', 'behind the value'],
])('%j is told where the service manager reads it, which it does otherwise', (text, words) => {
  expect(findValue(text, env('A'))).toMatchObject({ kind: 'value', text: 'x' });
  const found = findValue(text, { ...env('A'), bySystemd: true });
  expect(found.kind === 'unreadable' && found.problem.what).toContain(words);
});

it('says no value when it refuses', () => {
  const found = findValue('A="hunter2\n', env('A'));
  expect(JSON.stringify(found)).not.toContain('hunter2');
});
