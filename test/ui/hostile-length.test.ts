// Whoever writes the files of a host chooses how long and how odd their lines are: the work they make grows with them, and is done once.
import { expect, test, vi } from 'vitest';
import type { Change } from '../../src/model/resource.ts';
import type { Side, TransactionSides } from '../../src/model/three-way.ts';
import { wrap as wrapForLines } from '../../src/text/wrap.ts';
import { cells, linePieces, wrap } from '../../src/ui/lines.ts';
import { diffRows } from '../../src/ui/machine/diff-rows.ts';
import { undoDocument } from '../../src/ui/screens/undo.ts';
import { Walk } from './drive.ts';
import { kept } from './sample.ts';

/** Characters that were looked at: every measurement begins by asking an expression about the text. */
function measured(work: () => unknown): number {
  const spy = vi.spyOn(RegExp.prototype, 'test');
  try {
    work();
    return spy.mock.calls.reduce((sum, [text]) => sum + String(text).length, 0);
  } finally {
    spy.mockRestore();
  }
}

const TEXTS = {
  'of one letter': (length: number) => 'x'.repeat(length),
  'of short words': (length: number) => 'ab c '.repeat(length / 5),
  'with wide signs': (length: number) => '漢字 é'.repeat(length / 5),
  'of wide signs alone': (length: number) => '漢'.repeat(length),
  'of marks on one letter': (length: number) => `e${'\u0301'.repeat(length - 1)}`,
  'of letters that join without end': (length: number) => '\u1100'.repeat(length),
};
const CUTTERS = {
  'a line of a file': linePieces,
  'a paragraph of the wizard': wrap,
  'a paragraph of the command line': (text: string, width: number) => wrapForLines(text, { width }),
};
const cases = Object.keys(CUTTERS).flatMap((cutter) => Object.keys(TEXTS).map((text) => [cutter, text]));

test.each(cases)(
  '%s %s: twice as long is measured twice as much, and nothing over and over',
  (cutter, name) => {
    const cut = CUTTERS[cutter as keyof typeof CUTTERS];
    const text = TEXTS[name as keyof typeof TEXTS];
    const [once, twice] = [1000, 2000].map((length) => measured(() => cut(text(length), 40))) as [
      number,
      number,
    ];
    expect(once).toBeGreaterThan(0);
    expect(twice / once).toBeLessThan(2.2);
    expect(twice).toBeLessThan(2000 * 24);
  },
);

test.each(Object.keys(TEXTS))(
  'a line %s is whole again when its pieces are joined, and each has room',
  (name) => {
    const text = TEXTS[name as keyof typeof TEXTS](1000);
    const pieces = linePieces(text, 40);
    expect(pieces.join('')).toBe(text);
    expect(pieces.filter((piece) => piece === '' || cells(piece) > 40)).toEqual([]);
  },
);

const file = (text: string): Side => ({
  ...{ kind: 'file', mode: '0644', uid: 0, gid: 0 },
  ...{ bytes: text.length, text },
});

const hostile = (line: (length: number) => string): readonly TransactionSides[] => {
  const lines = Array.from({ length: 20 }, (_, at) => `${line(1500)}${at}`);
  const text = `${lines.join('\n')}\n`;
  return [
    {
      ...{ id: kept().id, would: [], left: [] },
      objects: [
        {
          ...{ path: '/etc/motd', fate: 'left', later: null, shown: true },
          ...{ before: file('old\n'), ours: file('new\n'), now: file(text) },
        },
      ],
    },
  ];
};

test('an undo of long lines is broken into lines when they arrive and when the width changes, never by a frame or a key', () => {
  const walk = new Walk({ size: { rows: 24, columns: 80 } });
  walk.arrive();
  walk.press('u');
  walk.happens({ type: 'history-read', transactions: [kept()] });
  const sides = hostile(TEXTS['with wide signs']);
  const arrived = measured(() => walk.happens({ type: 'sides-read', sides }));
  const rows = undoDocument(walk.state);
  expect(rows.length).toBeGreaterThan(400);
  expect(arrived).toBeGreaterThan(20_000);
  for (let tick = 0; tick < 5; tick += 1) walk.happens({ type: 'tick' });
  walk.press('down', 'page-down', 'U', 'N');
  expect(undoDocument(walk.state)).toBe(rows);
  expect(measured(() => walk.text())).toBeLessThan(arrived / 10);
  walk.resize(100, 24);
  expect(undoDocument(walk.state)).not.toBe(rows);
  expect(undoDocument(walk.state).length).toBeLessThan(rows.length);
});

test('so is a plan with long lines', () => {
  const of = (count: number): Change => ({
    ...{ address: 'file:/etc/motd', action: 'update', title: 't', step: 'banners', controls: [], why: 'w' },
    ...{ risk: 'none', phase: 'expand', confidence: 'predicted', effective: [], primitives: [] },
    before: null,
    after: Array.from({ length: count }, (_, at) => `${TEXTS['with wide signs'](1500)}${at}\n`).join(''),
  });
  const [once, twice] = [5, 10].map((count) => measured(() => diffRows([of(count)], { width: 80 }))) as [
    number,
    number,
  ];
  expect(twice / once).toBeLessThan(2.2);
});
