// The look from outside in the wizard: begun by opening a table that wants it, told while it lasts, never in the way of Escape.
import { describe, expect, test } from 'vitest';
import { frame } from '../../src/ui/frame.ts';
import { plainText } from '../../src/ui/lines.ts';
import { Walk } from './drive.ts';
import { throughInk } from './ink.ts';
import { begunIn, gateSurvey, SIGHT, gateWalk as there } from './sample-gates.ts';

describe('opening a table that wants a look from outside', () => {
  test('knocks once, tells how far it is, and shows what was seen', () => {
    const walk = there();
    expect(walk.press('v')).toEqual([{ type: 'look-outside', begun: walk.now }]);
    expect(walk.text()).toContain('Knocking from here: looking for the way');
    walk.session({ type: 'knocking', done: 1, total: 2 });
    expect(walk.text()).toContain('Knocking from here: 1 of 2 ports');
    expect(walk.text()).not.toContain('! silent');
    walk.happens({ type: 'looked-outside', begun: begunIn(walk), sight: SIGHT });
    expect(walk.text()).not.toContain('Knocking');
    expect(walk.text()).toContain('! silent');
    // What was seen is kept until the host is read again.
    expect(walk.press('escape', 'v')).toEqual([]);
    expect(walk.text()).toContain('! silent');
    walk.happens({ type: 'surveyed', survey: gateSurvey() });
    walk.planned();
    expect(walk.press('v')).toEqual([{ type: 'look-outside', begun: walk.now }]);
  });

  test('Escape goes back at once; the answer that comes later is not lost', () => {
    const walk = there();
    walk.press('v');
    const begun = begunIn(walk);
    walk.press('escape');
    expect(walk.state.screen.name).toBe('room');
    walk.happens({ type: 'looked-outside', begun, sight: SIGHT });
    expect(walk.press('v')).toEqual([]);
    expect(walk.text()).toContain('! silent');
  });

  test('an answer to a question from before the host was read again is not taken', () => {
    const walk = there();
    walk.press('v');
    const old = begunIn(walk);
    walk.happens({ type: 'surveyed', survey: gateSurvey() });
    walk.planned();
    walk.press('v');
    walk.happens({ type: 'looked-outside', begun: old, sight: SIGHT });
    expect(walk.text()).toContain('Knocking from here');
    expect(walk.text()).not.toContain('! silent');
  });

  test('a host that cannot be knocked at is told beside the table, and r tries again', () => {
    const walk = there();
    walk.press('v');
    const problem = { message: 'the host is gone', where: undefined, hints: [], evidence: [], exitCode: 6 };
    expect(walk.press('r')).toEqual([]);
    walk.happens({ type: 'failed', during: 'look-outside', problem: { kind: 'target', ...problem } });
    expect(walk.state.screen.name).toBe('view');
    expect(walk.text()).toContain('Nobody could knock from here: the host is gone (r tries again)');
    expect(walk.press('r')).toEqual([{ type: 'look-outside', begun: walk.now }]);
    walk.happens({ type: 'failed', during: 'look-outside', problem: { kind: 'bug', ...problem } });
    expect(walk.state.screen.name).toBe('failed');
  });

  test('a table that wants none is not knocked for', () => {
    const walk = new Walk().arrive();
    expect(walk.press('v')).toEqual([]);
    expect(walk.press('r')).toEqual([]);
    expect(walk.text()).toContain('“knock again” is off: nothing in this table is seen from outside');
  });
});

test('cells that contradict each other are red as well as marked', async () => {
  const walk = there();
  walk.press('v', 'down');
  walk.happens({ type: 'looked-outside', begun: begunIn(walk), sight: SIGHT });
  const { coloured, bare } = await throughInk(walk.state);
  expect(bare).toBe(plainText(frame(walk.state)));
  expect(coloured).toMatch(/\u001b\[31m! open {2}! silent/);
});
