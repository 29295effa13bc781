// An answer edited as a table in the wizard: rows, typed fields, ready rows; nothing is taken but by its key, and Escape gets out.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frame } from '../../src/ui/frame.ts';
import { lineWidth } from '../../src/ui/lines.ts';
import type { Walk } from './drive.ts';
import { tableWalk as there } from './sample-table.ts';

const taken = (walk: Walk): unknown => walk.state.answers.get('gates.open');

describe('the rows', () => {
  test('come in by a paste of many lines; what cannot be one is told, and t is still what takes them', () => {
    const walk = there();
    walk.happens({ type: 'paste', text: '8080/tcp\r\nnonsense\r\n8081/udp from 10.0.0.0/8\r\n' });
    expect(walk.text()).toContain('1 of 3 lines were not taken. “nonsense”');
    expect(taken(walk)).toBeUndefined();
    walk.press('t');
    expect(taken(walk)).toEqual(['80/tcp', '8080/tcp', '8081/udp from 10.0.0.0/8']);
  });

  test('are added, changed and removed in a copy, which t makes the answer and plans', () => {
    const walk = there();
    walk.press('a');
    walk.types('8080');
    walk.press('down', 'space', 'down', 'ctrl-u');
    walk.types('10.0.0.0/8');
    walk.press('enter');
    expect(walk.text()).toContain('changed; t takes it');
    expect(taken(walk)).toBeUndefined();
    // The cursor is on the new row; the other one goes.
    walk.press('up', 'delete');
    const effects = walk.press('t');
    expect(taken(walk)).toEqual(['8080/udp from 10.0.0.0/8']);
    expect(effects).toMatchObject([{ type: 'plan' }]);
    expect(walk.state.screen.name).toBe('room');
  });

  test('that are as they were plan nothing', () => {
    const walk = there();
    expect(walk.press('t')).toEqual([]);
    expect([walk.state.screen.name, taken(walk)]).toEqual(['room', undefined]);
  });

  test('that stay whatever is answered are neither changed nor removed, and say why', () => {
    const walk = there();
    walk.press('enter');
    expect(walk.text()).toContain('is off: SSH stays in: you came by it');
    walk.press('delete');
    expect(walk.text()).toContain('is off: SSH stays in: you came by it');
    expect(walk.state.screen).toMatchObject({ form: null, entries: ['80/tcp'] });
  });

  test('that listen are ready: one key opens the choice, leaving it is one of them', () => {
    const walk = there();
    walk.press('end', 'enter');
    expect(walk.text()).toContain('leave it shut');
    walk.press('down', 'down', 'enter');
    expect(walk.state.screen).toMatchObject({ form: null, entries: ['80/tcp'] });
    walk.press('delete');
    expect(walk.text()).toContain('is off: this row is not in the answer');
    walk.press('enter', 'down', 'enter');
    expect(walk.state.screen).toMatchObject({ entries: ['80/tcp', '443/tcp from 198.51.100.0/24'] });
    expect(walk.text()).not.toContain('nginx listens');
  });
});

describe('a row that is typed', () => {
  test('says what is wrong with it at once, and is not taken', () => {
    const walk = there();
    walk.press('a');
    expect(walk.text()).toContain('a port is needed');
    walk.press('down', 'enter');
    expect(walk.state.screen).toMatchObject({ form: { at: 0 }, entries: ['80/tcp'] });
    walk.types('80');
    expect(walk.text()).toContain('named twice');
    walk.press('enter');
    expect(walk.state.screen).toMatchObject({ entries: ['80/tcp'] });
    walk.types('81');
    walk.press('enter');
    expect(walk.state.screen).toMatchObject({ form: null, entries: ['80/tcp', '8081/tcp'] });
  });

  test('may be pasted, and a paste takes nothing', () => {
    const walk = there();
    walk.press('a');
    walk.happens({ type: 'paste', text: '81\n' });
    expect(walk.state.screen).toMatchObject({ form: { fields: [{ text: '81' }, {}, {}] } });
    walk.press('down');
    walk.happens({ type: 'paste', text: 'udp' });
    expect(walk.state.screen).toMatchObject({ form: { fields: [{}, { text: 'tcp' }, {}] } });
  });

  test('is left as it was by Escape, and so is the answer, which says so once', () => {
    const walk = there();
    walk.press('down', 'enter');
    walk.types('80');
    walk.press('escape');
    expect(walk.state.screen).toMatchObject({ form: null, entries: ['80/tcp'] });
    walk.press('delete', 'escape');
    expect(walk.text()).toContain('The rows are not taken yet');
    walk.press('escape');
    expect([walk.state.screen.name, taken(walk)]).toEqual(['room', undefined]);
    expect(walk.press('enter', 'escape')).toEqual([]);
    expect(walk.state.screen.name).toBe('room');
  });
});

test('whatever is pressed: every line fits, only t answers, and Escape gets out', () => {
  const keys =
    'up down left right enter tab shift-tab space backspace delete home end ctrl-u a D t ? 4 8 , x escape'.split(
      ' ',
    );
  const key = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...keys) },
    { weight: 1, arbitrary: fc.constant('paste') },
  );
  fc.assert(
    fc.property(fc.array(key, { maxLength: 40 }), fc.constantFrom(60, 80, 120), (pressed, columns) => {
      const walk = there({ rows: 16, columns });
      for (const one of pressed) {
        if (walk.state.screen.name !== 'table') walk.press('home', 'down', 'enter');
        const before = taken(walk);
        const place = walk.state.screen;
        if (one === 'paste') walk.happens({ type: 'paste', text: '22, 80\u001b[2J\n' });
        else walk.press(one);
        const answers =
          one === 't' && place.name === 'table' && place.form === null && walk.state.help === null;
        if (!answers) expect(taken(walk)).toEqual(before);
        for (const shown of frame(walk.state)) expect(lineWidth(shown)).toBe(columns);
      }
      expect(walk.effects.filter(({ type }) => !['connect', 'discover', 'plan'].includes(type))).toEqual([]);
      walk.press('escape', 'escape', 'escape', 'escape');
      expect(walk.state.screen.name).toBe('room');
    }),
    { numRuns: 60, seed: 3 },
  );
});

test('help lists the keys of the table and comes back to it', () => {
  const walk = there();
  walk.press('?');
  expect(walk.text()).toContain('make these rows the answer');
  walk.press('escape');
  expect(walk.state.screen.name).toBe('table');
});
