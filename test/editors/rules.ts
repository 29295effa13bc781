// What every editor keeps, whatever the format: properties over generated files, and text of any kind.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Editor } from '../../src/editors/editor.ts';

/** The document of a text that must be readable. */
export function parsed<Document extends { readonly text: string }, Path, Value>(
  editor: Editor<Document, Path, Value>,
  text: string,
): Document {
  const result = editor.parse(text);
  if (!result.ok) throw new Error(`not read: ${JSON.stringify(result.problem)}`);
  return result.value;
}

/** The new text of an edit that must succeed. */
export function textOf<Document extends { readonly text: string }, Path, Value>(
  editor: Editor<Document, Path, Value>,
  ...[text, act, path, value]:
    | [text: string, act: 'set', path: Path, value: Value]
    | [text: string, act: 'remove', path: Path, value?: undefined]
): string {
  const document = parsed(editor, text);
  const result = act === 'set' ? editor.set(document, path, value as Value) : editor.remove(document, path);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.problem)}`);
  return result.value;
}

/** Text nobody should have written: any characters, and those that formats care about, close together. */
export const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.stringMatching(/^[\0\r\n\t \ufeff\u202e\u2028"'`\\$#{}[\]()=:;,<>&*|!%@a-c0-9_~-]{0,80}$/),
);

/** `after` is `before` with one piece put in somewhere. */
function isWithin(before: string, after: string): boolean {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  return after.endsWith(before.slice(start));
}

export function holdsEditorRules<Document extends { readonly text: string }, Path, Value>(it: {
  readonly editor: Editor<Document, Path, Value>;
  readonly file: fc.Arbitrary<string>;
  readonly path: fc.Arbitrary<Path>;
  readonly value: fc.Arbitrary<Value>;
  readonly garbage: fc.Arbitrary<string>;
  /** Everything the document says but what stands at the path. */
  readonly others: (document: Document, path: Path) => unknown;
  /** Where the value at the path stands: the only bytes that may change. Undefined = not there, the text may only grow. */
  readonly span: (
    document: Document,
    path: Path,
  ) => { readonly start: number; readonly end: number } | undefined;
  /** Paths are places in an order: when one is removed the next one stands there. */
  readonly numbered?: true;
  /** What readers do not agree on, or what comes from elsewhere, is written anew, once. */
  readonly rewrites?: true;
  readonly runs?: number;
}): void {
  const { editor, others } = it;
  const runs = { numRuns: it.runs ?? 250 };

  describe('whatever the file', () => {
    test('plausible files are read, and reading changes nothing', () => {
      let readable = 0;
      fc.assert(
        fc.property(it.file, (text) => {
          const result = editor.parse(text);
          if (!result.ok) return;
          readable += 1;
          expect(result.value.text).toBe(text);
        }),
        runs,
      );
      // A generator that only makes what is refused would prove nothing.
      expect(readable).toBeGreaterThan(runs.numRuns / 2);
    });

    test('a set value reads back, the rest says what it said, and setting it again changes nothing', () => {
      let wrote = 0;
      fc.assert(
        fc.property(it.file, it.path, it.value, (text, path, value) => {
          const before = editor.parse(text);
          if (!before.ok) return;
          const result = editor.set(before.value, path, value);
          if (!result.ok) return;
          wrote += 1;
          const span = it.span(before.value, path);
          if (span !== undefined) {
            expect(result.value.slice(0, span.start)).toBe(text.slice(0, span.start));
            expect(result.value.endsWith(text.slice(span.end))).toBe(true);
          } else expect(isWithin(text, result.value)).toBe(true);
          const after = parsed(editor, result.value);
          expect(editor.get(after, path)).toEqual(value);
          expect(others(after, path)).toEqual(others(before.value, path));
          expect(editor.set(after, path, value)).toEqual({ ok: true, value: result.value });
        }),
        runs,
      );
      expect(wrote).toBeGreaterThan(runs.numRuns / 5);
    });

    test('setting what is there changes no byte', () => {
      fc.assert(
        fc.property(it.file, it.path, (text, path) => {
          const document = editor.parse(text);
          if (!document.ok) return;
          const value = editor.get(document.value, path);
          if (value === undefined) return;
          const result = editor.set(document.value, path, value);
          if (!it.rewrites) expect(result).toEqual({ ok: true, value: text });
          else if (result.ok && result.value !== text) {
            const again = editor.set(parsed(editor, result.value), path, value);
            expect(again).toEqual({ ok: true, value: result.value });
          }
        }),
        runs,
      );
    });

    test('a removed value is gone, and what is not there is removed without a change', () => {
      fc.assert(
        fc.property(it.file, it.path, (text, path) => {
          const document = editor.parse(text);
          if (!document.ok) return;
          const result = editor.remove(document.value, path);
          if (!result.ok) return;
          const after = parsed(editor, result.value);
          if (it.numbered) {
            if (editor.get(document.value, path) === undefined) expect(result.value).toBe(text);
            expect(isWithin(result.value, text)).toBe(true);
            return;
          }
          expect(editor.get(after, path)).toBeUndefined();
          expect(editor.remove(after, path)).toEqual({ ok: true, value: result.value });
        }),
        runs,
      );
    });

    test('any text is read or refused with a place, never thrown at, and edits of it neither', () => {
      fc.assert(
        fc.property(it.garbage, it.path, it.value, (text, path, value) => {
          const result = editor.parse(text);
          if (!result.ok) {
            expect(result.problem).toMatchObject({ what: expect.any(String), allowed: expect.any(String) });
            expect(result.problem.line).toBeGreaterThanOrEqual(0);
            return;
          }
          expect(result.value.text).toBe(text);
          editor.get(result.value, path);
          const written = editor.set(result.value, path, value);
          if (written.ok) expect(editor.get(parsed(editor, written.value), path)).toEqual(value);
          const removed = editor.remove(result.value, path);
          if (removed.ok) parsed(editor, removed.value);
        }),
        { numRuns: 2 * runs.numRuns },
      );
    });

    test('long and repeated text is read or refused in bounded time', () => {
      const parts = [
        '"',
        "'",
        '{',
        '[',
        '}',
        '\\',
        '$',
        '${',
        ' ',
        '\r',
        '#',
        ' #',
        'a=',
        '- ',
        'a: ',
        '<<',
        ',',
        '\n ',
        '(',
        '`',
        '\u00a0',
        '&a ',
      ];
      const begun = performance.now();
      for (const part of parts) {
        editor.parse(part.repeat(24_000 / part.length));
        editor.parse(`A=${part.repeat(8_000)}\n`);
      }
      expect(editor.parse('A=1\n'.repeat(100_000))).toMatchObject({ ok: false });
      expect(performance.now() - begun).toBeLessThan(10_000);
    });
  });
}
