import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { command, literal, quote, renderForEye, renderForShell, value } from '../../src/text/command.ts';
import { Secret } from '../../src/text/secret.ts';

/** Texts that a shell might take for something, and anything else without NUL or lone surrogates. */
const anyText = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.stringMatching(/^['"\\$`!*?~#&|;<>(){}[\]\n\t \-=%a]{0,40}$/),
  )
  .map((text) => Buffer.from(text.replaceAll('\0', ''), 'utf8').toString('utf8'));

/** What a real shell makes of quoted words: one NUL-ended word each. */
function throughShell(shell: readonly string[], words: readonly string[]): readonly string[] {
  const [program = '', ...rest] = shell;
  const script = `printf '%s\\0' ${words.map(quote).join(' ')}`;
  const output = execFileSync(program, [...rest, '-c', script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  return output.split('\0').slice(0, -1);
}

const busybox = spawnSync('busybox', ['sh', '-c', 'exit 0']).status === 0;
const shells: readonly (readonly string[])[] = [
  ['sh'],
  ['bash', '--norc'],
  ...(busybox ? [['busybox', 'sh']] : []),
];

describe('quoting', () => {
  test.each(shells.map((it) => [it.join(' '), it] as const))(
    'any text goes through %s unchanged',
    (_, shell) => {
      fc.assert(
        fc.property(fc.array(anyText, { minLength: 1, maxLength: 40 }), (words) => {
          expect(throughShell(shell, words)).toEqual(words);
        }),
        { numRuns: 25 },
      );
    },
  );

  test('a value is one word of a command and never shell text', () => {
    const hostile = `'; touch /tmp/owned; echo '$(id)\`id\``;
    const rendered = renderForShell(command(['printf', literal("'%s'"), value(hostile)]));
    expect(execFileSync('sh', ['-c', rendered], { encoding: 'utf8' })).toBe(hostile);
  });

  test('an empty value stays a word', () => {
    expect(throughShell(['sh'], ['', 'a', ''])).toEqual(['', 'a', '']);
  });

  test('NUL cannot be a value', () => {
    expect(() => value('a\0b')).toThrow(RangeError);
  });
});

test('the text for the eye tells stdin by its length only', () => {
  const secret = new Secret('hunter2-marker');
  const it = command(['cat'], { stdin: ['some text', new Uint8Array(7), secret] });
  expect(renderForEye(it)).toBe('cat < 9 bytes < 7 bytes < secret');
  expect(renderForShell(it)).toBe('cat');
});
