// Where no machine was named: a field and the machines that are known, narrowed by what is typed.
import { describe, expect, test } from 'vitest';
import { Walk } from './drive.ts';
import { asking, KNOWN } from './sample-target.ts';

describe('the list of known machines', () => {
  test('Enter takes the one that is marked', () => {
    const walk = asking();
    expect(walk.press('down', 'down', 'up', 'down', 'enter')).toEqual([
      { type: 'connect', target: 'root@192.0.2.7:2222' },
    ]);
  });

  test('is narrowed by what is typed, and typing takes the mark away: Enter takes what is written', () => {
    const walk = asking();
    walk.press('down');
    walk.types('web');
    expect(walk.text()).toContain('web-2');
    expect(walk.text()).not.toContain('192.0.2.7');
    expect(walk.press('enter')).toEqual([{ type: 'connect', target: 'web' }]);
    const other = asking();
    other.types('web');
    expect(other.press('down', 'down', 'down', 'enter')).toEqual([{ type: 'connect', target: 'web-2' }]);
  });

  test('Enter on nothing says what can be done, and nothing is dialled', () => {
    const walk = asking();
    expect(walk.press('enter')).toEqual([]);
    expect(walk.text()).toContain('choose one with ↓');
    const alone = new Walk({ target: '' });
    expect(alone.press('down', 'enter')).toEqual([]);
    expect(alone.text()).not.toContain('choose one with ↓');
  });

  test('what matches nothing says so, and can still be dialled', () => {
    const walk = asking();
    walk.types('db.example.com');
    expect(walk.text()).toContain('None of the machines');
    expect(walk.press('down', 'enter')).toEqual([{ type: 'connect', target: 'db.example.com' }]);
  });

  test('a list that is longer than the screen follows the mark, names longer than the screen are cut', () => {
    const known = Array.from({ length: 60 }, (_, index) => ({
      target: `${'very-'.repeat(30)}long-${index}\u001b]52;c;eA==\u0007`,
      about: 'in your ssh_config',
    }));
    const walk = new Walk({ target: '', known, size: { rows: 16, columns: 60 } });
    for (let index = 0; index < 60; index += 1) walk.press('down');
    const lines = walk.text().split('\n');
    expect(lines).toHaveLength(15);
    expect(lines.every((line) => Array.from(line).length <= 60)).toBe(true);
    expect(walk.text()).not.toContain('\u001b');
    expect(lines.filter((line) => line.startsWith(' > '))).toHaveLength(1);
  });

  test('Escape leaves', () => {
    expect(
      asking()
        .press('down', 'escape')
        .map((it) => it.type),
    ).toEqual(['leave']);
  });

  test('a host that was not reached can be named again: Escape gives the name back to be mended', () => {
    const walk = new Walk({ target: 'shpo', known: KNOWN });
    walk.happens({
      type: 'failed',
      during: 'connect',
      problem: {
        kind: 'target',
        message: 'the name shpo cannot be resolved',
        where: 'shpo',
        hints: [],
        evidence: [],
        exitCode: 6,
      },
    });
    expect(walk.text()).toContain('Esc another host');
    walk.press('escape');
    expect(walk.text()).toContain('> shpo▏');
    walk.press('ctrl-u');
    walk.types('shop');
    expect(walk.press('enter')).toEqual([{ type: 'connect', target: 'shop' }]);
  });
});
