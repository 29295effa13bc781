// Screens with far more on them than usual: every line fits, the mode stays in sight, and every finding can be reached.
import { expect, test } from 'vitest';
import { frame } from '../../src/ui/frame.ts';
import { lineWidth } from '../../src/ui/lines.ts';
import { Walk } from './drive.ts';
import { survey } from './sample.ts';

const SIZES = [
  { columns: 60, rows: 16 },
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 60 },
] as const;

function fits(walk: Walk): void {
  const { rows, columns } = walk.state.size;
  const lines = frame(walk.state);
  expect(lines).toHaveLength(rows - 1);
  for (const line of lines) expect(lineWidth(line)).toBe(columns);
  expect(walk.text()).toContain('● LIVE');
}

test.each(SIZES)('a host name of 200 characters at $columns×$rows', (size) => {
  for (const guide of [false, true]) {
    const walk = new Walk({ size, guide, target: `ana@${'very-long-name.'.repeat(14)}example` }).arrive();
    fits(walk);
    for (const keys of [['d'], ['escape', 'i'], ['escape', 'a'], ['escape', 'L'], ['escape', '?']]) {
      walk.press(...keys);
      fits(walk);
    }
    const armed = new Walk({ size, guide, target: `ana@${'x'.repeat(200)}` }).arrive().deciding();
    fits(armed);
    expect(armed.text()).toMatch(/lease \d+ s/);
    expect(armed.text()).toContain('> ▏');
  }
});

test.each([SIZES[0], SIZES[2]])('300 findings at $columns×$rows: each is reached', (size) => {
  const walk = new Walk({ size }).arrive();
  const now = survey();
  const [first] = now.findings;
  if (first === undefined) throw new Error('the sample has no finding');
  const findings = Array.from({ length: 300 }, (_, index) => ({
    ...first,
    control: `sshd.made-up-${index}`,
    title: `Number ${index} of many that go on and on, with words enough to fill any line there is`,
  }));
  walk.happens({ type: 'surveyed', survey: { ...now, findings } });
  walk.planned();
  const seen = new Set<string>();
  for (let row = 0; row < 330; row += 1) {
    for (const [, number = ''] of walk.text().matchAll(/sshd\.made-up-(\d+)/g)) seen.add(number);
    walk.press('down');
    if (row % 50 === 0) fits(walk);
  }
  fits(walk);
  expect(seen.size).toBe(300);
});
