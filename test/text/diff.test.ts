import { describe, expect, test } from 'vitest';
import { diffLines, renderUnified } from '../../src/text/diff.ts';

const names = { before: '/etc/a', after: '/etc/a' };

describe('a diff', () => {
  test('of the same text is empty', () => {
    const view = diffLines('a\n', 'a\n');
    expect(view).toEqual({ hunks: [], added: 0, removed: 0, tooLarge: false });
    expect(renderUnified(view, names)).toBe('');
  });

  test('of a new file counts its lines', () => {
    expect(diffLines(null, 'a\nb\n')).toMatchObject({ added: 2, removed: 0 });
    expect(diffLines('a\nb\n', undefined)).toMatchObject({ added: 0, removed: 2 });
  });

  test('keeps three lines of context and numbers both sides', () => {
    const before = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`).join('\n');
    const view = diffLines(`${before}\n`, `${before.replace('line 10\n', 'line ten\n')}\n`);
    expect(view.hunks).toHaveLength(1);
    expect(view.hunks[0]?.lines.map((line) => [line.kind, line.before, line.after])).toEqual([
      ['same', 7, 7],
      ['same', 8, 8],
      ['same', 9, 9],
      ['removed', 10, null],
      ['added', null, 10],
      ['same', 11, 11],
      ['same', 12, 12],
      ['same', 13, 13],
    ]);
    expect(renderUnified(view, names).split('\n').slice(0, 3)).toEqual([
      '--- /etc/a',
      '+++ /etc/a',
      '@@ -7,7 +7,7 @@',
    ]);
  });

  test('says in words what cannot be seen', () => {
    const text = renderUnified(diffLines('a\r\nb', 'a\nb\n'), names);
    expect(text).toBe(
      '--- /etc/a\n+++ /etc/a\n@@ -1,2 +1,2 @@\n-a  (ends with a carriage return)\n-b\n\\ no newline at the end of the file\n+a\n+b\n',
    );
  });

  test('shows hostile text as escapes, never as itself', () => {
    const view = diffLines('', 'x\u001b]52;c;aGk=\u0007\u202e\rforged\n');
    expect(renderUnified(view, { before: 'a\u001b[2J', after: 'b' })).not.toMatch(/[\u001b\u0007\u202e\r]/);
    expect(view.hunks[0]?.lines[0]?.text).toContain('\\x1b]52');
  });

  test('that would take too long says so with counts, and shows no half', () => {
    const many = (word: string): string =>
      Array.from({ length: 30_000 }, (_, index) => `${word} ${index}\n`).join('');
    const view = diffLines(many('a'), many('b'), { timeout: 20 });
    expect(view).toEqual({ hunks: [], added: 30_000, removed: 30_000, tooLarge: true });
    expect(renderUnified(view, names)).toContain('too large to compare: 30000 lines become 30000');
  });
});
