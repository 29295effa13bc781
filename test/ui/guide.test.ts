// First-time mode: plain words where they are wanted, gone where they are not, and never in the way.
import { describe, expect, test } from 'vitest';
import { GUIDE, WORDS } from '../../src/report/guide-text.ts';
import { guideLines } from '../../src/ui/guide.ts';
import { KEYS } from '../../src/ui/keymap.ts';
import { plainText, wrap } from '../../src/ui/lines.ts';
import { labelled } from '../../src/ui/screens/labelled.ts';
import { helpDocument } from '../../src/ui/screens/overlays.ts';
import { steps } from '../../steps/index.ts';
import { Walk } from './drive.ts';
import { survey } from './sample.ts';
import { SCENES } from './scenes.ts';

const guided = () => new Walk({ guide: true }).arrive();

describe('the words', () => {
  test.each(Object.entries(GUIDE))(
    'of "%s" begin with what fits into the smallest window',
    (_, sentences) => {
      expect(wrap(sentences[0], 56).length).toBeLessThanOrEqual(2);
      for (const sentence of sentences) expect(sentence).toMatch(/\.$/);
    },
  );
  test('a long word keeps its distance from what it means', () => {
    expect(plainText(labelled('certificate', 'a signed paper', 60))).toBe('certificate  a signed paper');
    expect(plainText(labelled('key', 'a file', 60))).toBe('key       a file');
  });
  test('every step explains its own words', () => {
    for (const step of steps) expect(step.words?.length, step.id).toBeGreaterThan(0);
    const all = [
      ...WORDS.map(([, means]) => means),
      ...steps.flatMap((it) => it.words ?? []).map((it) => it.means),
    ];
    for (const means of all) expect(means).toMatch(/^[a-z0-9].*[^.]$/);
  });
});

test('e switches the words off and on, and each time it is to be remembered', () => {
  const walk = guided();
  expect(walk.text()).toContain(GUIDE['about the only step'][0]);
  expect(walk.press('e')).toEqual([{ type: 'remember-guide', on: false }]);
  expect(walk.text()).not.toContain(GUIDE['about the only step'][0]);
  expect(walk.press('e')).toEqual([{ type: 'remember-guide', on: true }]);
  expect(walk.text()).toContain(GUIDE['about the only step'][0]);
});

test('where a word is typed, an e is a letter', () => {
  const walk = guided();
  walk.press('a', 'e');
  expect(walk.state.guide).toBe(true);
  expect(walk.text()).toContain('> e▏');
});

test('what is said depends on the line under the cursor', () => {
  const walk = guided();
  walk.press('down', 'down');
  expect(walk.text()).toContain(GUIDE['risky question'][0]);
  walk.press('down', 'down', 'down');
  expect(walk.text()).toContain('[x] says that the plan puts it right');
  walk.press('space');
  expect(walk.text()).toContain('You left this out');
});

test('a notice has the place of the words, and they come back with the next key', () => {
  const walk = new Walk({ guide: true, mode: 'dry-run' }).arrive();
  walk.press('a');
  expect(walk.text()).toContain('“apply” is off');
  expect(guideLines(walk.state)).toEqual([]);
  walk.press('down');
  expect(guideLines(walk.state).length).toBeGreaterThan(0);
});

test.each(Object.keys(SCENES).filter((name) => name.startsWith('guide-')))(
  '%s says nothing of it to somebody who knows',
  (name) => {
    const walk = SCENES[name]?.({ columns: 80, rows: 24 }) ?? guided();
    walk.state = { ...walk.state, guide: false };
    expect(guideLines(walk.state)).toEqual([]);
  },
);

test('paging through a diff skips no line, words or not', () => {
  const walk = new Walk({ guide: true }).arrive(60);
  walk.press('d');
  const seen = new Set<string>();
  const rows = walk.state.screen.name === 'diff' ? walk.state.screen.rows : [];
  for (let page = 0; page < 12; page += 1) {
    for (const line of walk.text().split('\n')) seen.add(line.trim());
    walk.press('page-down');
  }
  expect(rows.length).toBeGreaterThan(40);
  const missed = rows.filter((row) => row.kind === 'added').map((row) => row.text.trim());
  expect(missed.filter((text) => ![...seen].some((line) => line.includes(text)))).toEqual([]);
});

test('the help tells each key once, and what the words mean', () => {
  const walk = guided();
  const help = plainText(helpDocument(walk.state, 80));
  for (const [word] of WORDS) expect(help).toContain(`   ${word} `);
  expect(help).toContain('the program on the host that lets people in over SSH');
  for (const place of ['room', 'diff', 'report', 'view', 'table', 'failed', 'target'] as const) {
    const listed = KEYS.filter((it) => it.places.includes(place) && it.unlisted !== true);
    const names = listed.flatMap(({ show }) => show.split(' '));
    const arrows = names.filter((name) => /[↑↓]|Pg|Home|End/.test(name));
    expect(new Set(arrows).size, `${place}: ${arrows.join(' ')}`).toBe(arrows.length);
    for (const arrow of arrows) expect(arrow === '↑', place).toBe(false);
  }
});

test('the first time it is told what was found and why this profile, before the first room', () => {
  const walk = new Walk({ guide: true });
  walk.happens({ type: 'connect-done' });
  walk.happens({ type: 'surveyed', survey: survey() });
  expect(walk.text()).toContain('What was found on ana@shop.example.com');
  expect(walk.text()).toContain('Debian GNU/Linux 12 (bookworm), kernel 6.1.0');
  walk.planned().press('enter');
  expect(walk.state.screen.name).toBe('room');
  // Reading the host again is no first time.
  walk.happens({ type: 'surveyed', survey: survey() });
  expect(walk.state.screen.name).toBe('room');
  walk.press('i');
  expect(walk.state.screen.name).toBe('system');
  walk.press('escape');
  expect(walk.state.screen.name).toBe('room');
  const expert = new Walk().arrive();
  expect(expert.state.screen.name).toBe('room');
});
