// Bytes in, what a person did out: keys, pastes, and nothing for what a terminal answers by itself.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { initialInput, readInput, settleInput } from '../../src/ui/input.ts';
import type { InputEvent } from '../../src/ui/machine/event.ts';

/** Everything that chunks mean, after a pause at the end. */
function read(...chunks: string[]): readonly string[] {
  let state = initialInput;
  const events: InputEvent[] = [];
  for (const chunk of chunks) {
    const [next, more] = readInput(state, chunk);
    state = next;
    events.push(...more);
  }
  events.push(...settleInput(state)[1]);
  return events.map((it) => (it.type === 'paste' ? `paste ${JSON.stringify(it.text)}` : it.key));
}

test.each([
  ['a held key is that key many times', ['jjj'], ['j', 'j', 'j']],
  ['three arrows in one chunk are three arrows', ['\u001b[A\u001b[B\u001bOC'], ['up', 'down', 'right']],
  ['Escape alone is Escape', ['\u001b'], ['escape']],
  ['backspace and delete differ', ['\u007f\b\u001b[3~'], ['backspace', 'backspace', 'delete']],
  [
    'a bracketed paste is one paste, in any pieces',
    ['\u001b[20', '0~keep\r', '\u001b[2', '01~x'],
    ['paste "keep\\r"', 'x'],
  ],
  ['a word that brings its own line end is a paste', ['keep\r'], ['paste "keep\\r"']],
  [
    'the end of a word and its Enter may come together over a slow line',
    ['ke', 'ep\r'],
    ['k', 'e', 'e', 'p', 'enter'],
  ],
  ['two line ends in one piece are a paste, however short', ['a\r\r'], ['paste "a\\r\\r"']],
  ['Ctrl-C gets through such a paste', ['keep\r\u0003'], ['paste "keep\\r\\u0003"', 'ctrl-c']],
  ['Enter alone is Enter', ['\r'], ['enter']],
  ['device attributes are swallowed', ['\u001b[?62;1;4c\u001b[>0;276;0c'], []],
  ['a cursor report is swallowed', ['\u001b[24;80R'], []],
  [
    'a colour report is swallowed, whole or in pieces',
    ['\u001b]11;rgb:00', '00/0000/0000\u0007', '\u001b]4;1;rgb:ff/ff/ff\u001b\\'],
    [],
  ],
  ['a title report that says keep is swallowed', ['\u001b]lkeep', '\r', '\u001b\\'], []],
  ['DCS and APC are swallowed', ['\u001bP1$r0m\u001b\\\u001b_Gi=1;OK\u001b\\'], []],
  ['a mouse report is swallowed', ['\u001b[<0;10;10M'], []],
  ['an unfinished reply is thrown away', ['\u001b]11;rgb'], []],
  ['Alt with a key is nothing', ['\u001bk'], []],
] as const)('%s', (_name, chunks, expected) => {
  expect(read(...chunks)).toEqual(expected);
});

test('the way text is cut into chunks never makes an Enter out of a reply or a bracketed paste', () => {
  const parts = [
    '\u001b[200~keep\r\u001b[201~',
    '\u001b]0;keep\r\u0007',
    '\u001bPkeep\r\u001b\\',
    '\u001b[24;80R',
  ];
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...parts), { maxLength: 6 }),
      fc.array(fc.nat(200), { maxLength: 20 }),
      (text, cuts) => {
        const whole = text.join('');
        const places = [...new Set(cuts.map((it) => it % (whole.length + 1)))].sort((a, b) => a - b);
        const chunks = [0, ...places].map((from, index) => whole.slice(from, places[index] ?? whole.length));
        expect(read(...chunks.filter((it) => it !== ''))).not.toContain('enter');
      },
    ),
  );
});

test('no bytes make the reader throw or emit a control as text', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { maxLength: 10 }), (chunks) => {
      let state = initialInput;
      for (const chunk of chunks) {
        const [next, events] = readInput(state, chunk);
        state = next;
        for (const it of events)
          if (it.type === 'key') expect(it.text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }
    }),
  );
});
