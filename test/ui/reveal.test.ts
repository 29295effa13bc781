// New values in the wizard: shown once, when asked for, and nowhere else; wiped when the screen is left.
import { expect, test } from 'vitest';
import { SCENES } from './scenes.ts';
import { madeSecrets } from './scenes-run.ts';

const SIZE = { columns: 80, rows: 24 };
const VALUE = madeSecrets()[0]?.value.open().toString() ?? '';

test('the report names them, n asks for them, and leaving the screen wipes them and shows them no more', () => {
  const walk = SCENES['report-secrets']?.(SIZE);
  expect(walk?.text()).toContain('DB_PASSWORD, SESSION_KEY: n shows the new values once');
  expect(walk?.press('n')).toEqual([{ type: 'reveal' }]);
  expect(walk?.text()).not.toContain(VALUE);
  const secrets = madeSecrets();
  expect(walk?.happens({ type: 'revealed', secrets })).toEqual([]);
  expect(walk?.text()).toContain(VALUE);
  expect(
    JSON.stringify(walk?.state, (_, it) => (it instanceof Set || it instanceof Map ? [...it] : it)),
  ).not.toContain(VALUE);
  expect(walk?.press('escape')).toEqual([{ type: 'wipe', secrets }]);
  expect(walk?.text()).not.toContain(VALUE);
  expect(walk?.state.screen.name).toBe('report');
  expect(walk?.press('n')).toEqual([]);
  expect(walk?.text()).toContain('they were shown');
});

test('a run that made none offers none, and values that come after the report is gone are wiped unseen', () => {
  const plain = SCENES['report']?.(SIZE);
  expect(plain?.press('n')).toEqual([]);
  expect(plain?.text()).toContain('made no new secrets');
  const walk = SCENES['report-secrets']?.(SIZE);
  walk?.press('n', 'c');
  const secrets = madeSecrets();
  expect(walk?.happens({ type: 'revealed', secrets })).toEqual([{ type: 'wipe', secrets }]);
  expect(walk?.state.screen.name).toBe('discover');
});

test('a long value is broken into lines that together are the value', () => {
  const walk = SCENES['report-secrets']?.({ columns: 60, rows: 16 });
  walk?.press('n');
  walk?.happens({ type: 'revealed', secrets: madeSecrets().slice(1) });
  const lines = (walk?.text() ?? '').split('\n').map((it) => it.trim());
  const at = lines.findIndex((it) => it.startsWith('01234'));
  expect(`${lines[at]}${lines[at + 1]}`).toBe('0123456789abcdef'.repeat(4));
});
