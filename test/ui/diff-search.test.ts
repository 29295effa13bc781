// Search in the diff: every match is reached, folded ones too, and leaving it leaves the diff as it was.
import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { frame } from '../../src/ui/frame.ts';
import { type DiffRow, diffRows } from '../../src/ui/machine/diff-rows.ts';
import { marked, matchesOf } from '../../src/ui/machine/diff-search.ts';
import { placeOf } from '../../src/ui/places.ts';
import { LOOKS } from '../../src/ui/theme.ts';
import { Walk } from './drive.ts';

function diff(walk: Walk) {
  const { screen } = walk.state;
  if (screen.name !== 'diff') throw new Error(`on ${screen.name}`);
  return screen;
}

function searching(word: string, walk = new Walk().arrive()): Walk {
  walk.press('d', '/');
  walk.types(word);
  return walk;
}

function marks(walk: Walk): string[] {
  return walk
    .text()
    .split('\n')
    .filter((it) => /^[▸•]/.test(it));
}

test('while it is typed the first match is shown, marked in the margin, and counted', () => {
  const walk = searching('PasswordAuthentication');
  expect(placeOf(walk.state)).toBe('search');
  expect(walk.text()).toMatch(/match 1 of \d+/);
  const here = marks(walk).filter((it) => it.startsWith('▸'));
  expect(here).toHaveLength(1);
  expect(here[0]).toContain('PasswordAuthentication');
});

test('upper and lower case are alike', () => {
  const matches = (word: string) => diff(searching(word)).search?.matches;
  expect(matches('passwordauth')).toEqual(matches('PASSWORDAUTH'));
  expect(matches('passwordauth')?.length).toBeGreaterThan(0);
});

test('n goes round through all matches, N back, and the marks follow', () => {
  const walk = searching('sshd');
  walk.press('enter');
  expect(placeOf(walk.state)).toBe('found');
  const { length } = diff(walk).search?.matches ?? [];
  expect(length).toBeGreaterThan(2);
  const seen = new Set<number>();
  for (let times = 0; times < length; times += 1) {
    seen.add(diff(walk).search?.at ?? -1);
    expect(marks(walk).filter((it) => it.startsWith('▸'))).toHaveLength(1);
    walk.press('n');
  }
  expect(seen.size).toBe(length);
  expect(diff(walk).search?.at).toBe(0);
  walk.press('N');
  expect(diff(walk).search?.at).toBe(length - 1);
});

test('a match in a folded part is said to be there, and unfolded by going there', () => {
  const walk = new Walk().arrive();
  walk.press('d', 'f');
  const [address] = diff(walk).folded;
  expect(address).toBeDefined();
  const word = diff(walk)
    .all.find((row) => row.change === address && row.kind === 'added')
    ?.text.slice(0, 12);
  walk.press('/');
  walk.types(word ?? '');
  expect(diff(walk).folded.has(address ?? '')).toBe(false);
  walk.press('escape');
  expect(diff(walk).folded.has(address ?? '')).toBe(true);
  // Folded while the matches stand: it is told where they are.
  walk.press('g', 'f', '/');
  walk.types(word ?? '');
  walk.press('enter', 'g', 'f');
  expect(walk.text()).toContain('some in 1 folded part');
  walk.press('n');
  expect(walk.text()).not.toContain('folded part');
});

test('Escape while typing gives back the place and the folds; after Enter it leaves the search alone', () => {
  const walk = new Walk().arrive(200);
  walk.press('d', 'page-down');
  const { top } = diff(walk);
  walk.press('/');
  walk.types('ssh');
  walk.press('escape');
  expect(diff(walk)).toMatchObject({ top, search: null });
  walk.press('/');
  walk.types('ssh');
  walk.press('enter', 'n');
  const there = diff(walk).top;
  walk.press('escape');
  expect(diff(walk)).toMatchObject({ top: there, search: null });
  walk.press('escape');
  expect(walk.state.screen.name).toBe('room');
});

test('what nothing says is said to be so, and Enter keeps the field open', () => {
  const walk = searching('no such text');
  walk.press('enter');
  expect(walk.text()).toContain('no match');
  expect(walk.text()).toContain('Nothing in the diff says that');
  expect(placeOf(walk.state)).toBe('search');
  walk.press('escape');
  expect(placeOf(walk.state)).toBe('diff');
});

test('a resize keeps the search and its match', () => {
  const walk = searching('ssh');
  walk.press('enter', 'n');
  const before = diff(walk).search;
  walk.resize(60, 16);
  expect(diff(walk).search?.matches.length).toBe(before?.matches.length);
  expect(diff(walk).search?.at).toBe(before?.at);
});

test('a text that the width has broken in two is found, once', () => {
  const rows: DiffRow[] = [
    { kind: 'added', text: 'first half of a long li', change: 'file:/a' },
    { kind: 'added', text: 'ne that goes on', change: 'file:/a', continued: true },
    { kind: 'context', text: 'another line', change: 'file:/a' },
  ];
  expect(matchesOf(rows, 'long line')).toEqual([0]);
  expect(matchesOf(rows, 'line')).toEqual([0, 2]);
});

test.each([
  ['PermitRootLogin no', 'root', ['Permit', 'Root', 'Login no']],
  ['aaa', 'a', ['', 'a', '', 'a', '', 'a', '']],
  ['nothing', 'x', ['nothing']],
])('%s, looked for %s', (text, wanted, pieces) => {
  expect(marked(text, wanted)).toEqual(pieces);
});

test('what is found is reversed, not only coloured', () => {
  expect(LOOKS.found).toMatchObject({ inverse: true });
});

test('a key of the search on a diff of 10,000 lines is far below a frame', () => {
  const walk = new Walk().arrive(10_000);
  walk.press('d');
  expect(diff(walk).all.length).toBeGreaterThan(10_000);
  walk.press('/');
  const times: number[] = [];
  for (const key of 'line 99'.split('')) {
    const begun = performance.now();
    walk.press(key === ' ' ? 'space' : key);
    frame(walk.state);
    times.push(performance.now() - begun);
  }
  walk.press('enter');
  for (let turn = 0; turn < 20; turn += 1) {
    const begun = performance.now();
    walk.press('n');
    frame(walk.state);
    times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  // Generous, because the machine may be busy: idle it is 2 ms.
  expect(times[Math.floor(times.length / 2)]).toBeLessThan(16);
  expect(diffRows(walk.state.plan?.changes ?? [], { width: 80 })).toHaveLength(diff(walk).all.length);
});
