// Attesting and waiving in the room: what the keys say, what is recorded, and the way out without a word.
import { describe, expect, test } from 'vitest';
import { onFinding as on, spokenAbout, statementWalk as there } from './sample-statement.ts';

describe('attesting', () => {
  test('records reason and last day, and comes back to the room with a new plan', () => {
    const walk = on(there(), 'sshd.console-tried');
    expect(walk.press('t')).toEqual([]);
    expect(walk.text()).toContain('Did somebody of you log in on the console');
    walk.types('Bo did, today');
    expect(walk.press('enter')).toEqual([]);
    walk.press('ctrl-u');
    walk.types('30d');
    const request = { kind: 'attest', control: 'sshd.console-tried', reason: 'Bo did, today', until: '30d' };
    expect(walk.press('enter')).toEqual([{ type: 'declare', request }]);
    const effects = walk.happens({ type: 'declared', survey: spokenAbout() });
    expect(walk.state.screen.name).toBe('room');
    expect(effects.map((it) => it.type)).toEqual(['plan']);
  });

  test('proposes the days that the control says', () => {
    const walk = on(there(), 'sshd.console-tried');
    walk.press('t');
    expect(walk.text()).toContain('180d');
  });

  test('without a reason nothing is recorded, and what is wrong is told', () => {
    const walk = on(there(), 'sshd.console-tried');
    walk.press('t', 'down');
    expect(walk.press('enter')).toEqual([]);
    expect(walk.text()).toContain('A reason is needed');
    expect(walk.state.screen).toMatchObject({ name: 'statement', at: 'reason' });
  });

  test('Escape goes back with nothing said', () => {
    const walk = on(there(), 'sshd.console-tried');
    walk.press('t');
    walk.types('wrong one');
    expect(walk.press('escape')).toEqual([]);
    expect(walk.state.screen.name).toBe('room');
  });

  test('what the session refuses is told over what was typed', () => {
    const walk = on(there(), 'sshd.console-tried');
    walk.press('t');
    walk.types('done');
    const problem = { kind: 'user', message: '2020-01-01 is over already', where: 'until' } as const;
    walk.happens({
      type: 'failed',
      during: 'declare',
      problem: { ...problem, hints: [], evidence: [], exitCode: 64 },
    });
    expect(walk.text()).toContain('2020-01-01 is over already.');
    expect(walk.state.screen).toMatchObject({ name: 'statement', reason: { text: 'done' } });
  });
});

describe('waiving', () => {
  test('of what stands shows it, and an emptied reason takes it back', () => {
    const walk = on(there(), 'sshd.password-login');
    walk.press('w');
    expect(walk.text()).toContain('waived by ana@desk');
    expect(walk.state.screen).toMatchObject({ reason: { text: 'the till cannot use a key' } });
    walk.press('ctrl-u');
    expect(walk.press('enter')).toEqual([{ type: 'withdraw', control: 'sshd.password-login' }]);
  });

  test('of what is critical stands beside the score', () => {
    const text = there().text();
    expect(text).toContain('without 1 critical');
    expect(text).toContain('sshd.password-login');
  });
});

test.each([
  ['t', 'sshd.root-login', 'can be waived'],
  ['t', 'sshd.x11', 'it passes'],
  ['w', 'sshd.x11', 'nothing to waive'],
])('%s on %s says why not', (key, control, why) => {
  const walk = on(there(), control);
  expect(walk.press(key)).toEqual([]);
  expect(walk.text().replace(/\s+/g, ' ')).toContain(why);
  expect(walk.state.screen.name).toBe('room');
});

test('a dry run records nothing', () => {
  const walk = on(there({ mode: 'dry-run' }), 'sshd.console-tried');
  walk.press('t');
  expect(walk.text()).toContain('nothing is recorded');
  expect(walk.state.screen.name).toBe('room');
});
