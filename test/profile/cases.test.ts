import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDocument } from '../../src/profile/read-document.ts';

// A case is a profile; its name carries the verdict, and every "# expect:" line must be found in what is reported.
const folder = join(import.meta.dirname, 'cases');
const cases = readdirSync(folder).filter((name) => name.endsWith('.case'));

describe('profile cases', () => {
  test.each(cases)('%s', (name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const expected = [...text.matchAll(/^# expect: (.+)$/gm)].map((match) => match[1] ?? '');
    const { faults } = readDocument(text, '/profiles/case.yaml');
    const told = faults.map((it) => `${it.line}:${it.column} ${it.what}; ${it.allowed}; ${it.fix}`);
    if (name.endsWith('.accepted.case')) {
      expect(told).toEqual([]);
      return;
    }
    expect(name).toMatch(/\.refused\.case$/);
    expect(expected.length, 'a refused case says what it expects').toBeGreaterThan(0);
    for (const line of expected) expect(told.join('\n')).toContain(line);
    expect(told.join('\n')).not.toContain('hunter2');
    expect(told.join('\n')).not.toContain('b3BlbnNz');
  });
});
