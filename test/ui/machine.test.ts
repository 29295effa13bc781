import { describe, expect, test } from 'vitest';
import type { Step } from '../../src/model/control.ts';
import { farewell } from '../../src/ui/farewell.ts';
import { Walk } from './drive.ts';
import { kept, step, survey } from './sample.ts';
import { sides } from './sample-history.ts';
import { RUN_SCENES } from './scenes-run.ts';

describe('the walk', () => {
  test('connecting leads to reading the host, then to a plan of every step with the risky proposals as answers', () => {
    const walk = new Walk().arrive();
    expect(walk.effects.map((it) => it.type)).toEqual(['connect', 'discover', 'plan']);
    const request = walk.effects.findLast((it) => it.type === 'plan')?.request;
    expect(request?.steps).toEqual(['sshd']);
    expect(Object.fromEntries(request?.answers ?? [])).toEqual({
      'sshd.allow-users': ['ana', 'deploy'],
      'sshd.password-login': false,
    });
  });

  test('without a target the wizard asks for one, and a pasted one still takes an Enter', () => {
    const walk = new Walk({ target: '' });
    expect(walk.effects).toEqual([]);
    walk.happens({ type: 'paste', text: 'root@192.0.2.7\n' });
    expect(walk.effects).toEqual([]);
    expect(walk.press('enter')).toEqual([{ type: 'connect', target: 'root@192.0.2.7' }]);
  });

  test('the walk begins where there is something to judge, and says of the rest that there is nothing', () => {
    const seen = survey();
    const web = { ...step, id: 'tls', title: 'TLS', questions: [] };
    const idle = seen.findings
      .slice(0, 2)
      .map((it) => ({ ...it, step: 'tls', control: 'tls.x', result: 'notapplicable' as const }));
    const walk = new Walk();
    walk.happens({ type: 'connect-done' });
    walk.happens({
      type: 'surveyed',
      survey: { ...seen, steps: [web, ...seen.steps], findings: [...idle, ...seen.findings] },
    });
    walk.planned();
    expect(walk.state.room.step).toBe(1);
    expect(walk.text()).toMatch(/1 TLS +– n\/a/);
    walk.press('shift-tab', 'down');
    expect(walk.text()).toContain('▸     – n/a      2 controls find nothing to judge here');
    expect(walk.text()).toContain('(tls.x)');
  });

  test('a new answer makes a new plan, one at a time', () => {
    const walk = new Walk().arrive();
    walk.press('down', 'enter', 'ctrl-u');
    walk.types('2222');
    expect(walk.press('enter').map((it) => it.type)).toEqual(['plan']);
    walk.press('down', 'down', 'down', 'down');
    expect(walk.press('space')).toEqual([]);
    const again = walk.planned().effects.findLast((it) => it.type === 'plan')?.request;
    expect(again?.answers.get('sshd.port')).toBe(2222);
    expect(again?.without).toEqual(new Set(['sshd.password-login']));
  });

  test('a plan that brings a refusal leaves the cursor on its line, and an open editor with its question', () => {
    const walk = new Walk().arrive();
    walk.press('down', 'down', 'enter', 'ctrl-u');
    walk.types('ana, nobody');
    walk.press('enter', 'up', 'enter', 'ctrl-u');
    walk.types('2222');
    // Only now the plan comes, with a line more above the questions.
    walk.planned();
    expect(walk.text()).toContain('▸ On which port shall sshd listen?');
    walk.press('enter');
    expect(walk.state.answers.get('sshd.port')).toBe(2222);
    expect(walk.state.answers.get('sshd.allow-users')).toEqual(['ana', 'nobody']);
  });

  test('an answer that the question refuses is not taken, and the reason is shown while typing', () => {
    const walk = new Walk().arrive();
    walk.press('down', 'enter', 'ctrl-u');
    walk.types('70000');
    expect(walk.text()).toContain('A port is a number from 1 to 65535');
    expect(walk.press('enter')).toEqual([]);
    expect(walk.state.answers.size).toBe(0);
    walk.press('ctrl-u');
    walk.types('abc');
    expect(walk.text()).toContain('digits only');
  });

  test('a list takes many pasted lines', () => {
    const walk = new Walk().arrive();
    walk.press('down', 'down', 'enter', 'ctrl-u');
    walk.happens({ type: 'paste', text: 'ana\nben\r\ncarla\n' });
    walk.press('enter');
    expect(walk.state.answers.get('sshd.allow-users')).toEqual(['ana', 'ben', 'carla']);
  });

  test('a refused plan cannot be applied, and the refusal stands in the list', () => {
    const walk = new Walk().arrive();
    walk.press('down', 'down', 'enter');
    walk.types(',nobody');
    walk.press('enter');
    walk.planned();
    expect(walk.text()).toContain('Refused: nothing of this plan will be applied');
    walk.press('a');
    expect(walk.text()).toContain('“apply” is off: the plan is refused');
    expect(walk.state.screen.name).toBe('room');
  });

  test('skipping the only step leaves nothing to plan', () => {
    const walk = new Walk().arrive();
    expect(walk.press('s')).toEqual([]);
    expect(walk.state.plan).toBeNull();
    walk.press('a');
    expect(walk.text()).toContain('every step is skipped');
    expect(walk.press('s').map((it) => it.type)).toEqual(['plan']);
  });

  test('steps that were not asked for on the command line start as skipped', () => {
    const walk = new Walk();
    walk.happens({ type: 'opened', answers: new Map(), without: new Set(), steps: ['firewall'] });
    walk.happens({ type: 'connect-done' });
    walk.happens({ type: 'surveyed', survey: survey() });
    expect(walk.state.skipped).toEqual(new Set(['sshd']));
  });

  test('a failing control whose remedy is empty on this host is nothing to switch on or off', () => {
    const rows = (controls: Step['controls']) => {
      const walk = new Walk();
      walk.happens({ type: 'connect-done' });
      walk.happens({ type: 'surveyed', survey: { ...survey(), steps: [{ ...step, controls }] } });
      return walk.text().match(/\[x\]/g)?.length ?? 0;
    };
    expect(rows(step.controls)).toBe(2);
    expect(rows(step.controls.map((control) => ({ ...control, remedy: () => [] })))).toBe(0);
  });

  test('the wizard begins in the first step that was asked for', () => {
    const walk = new Walk();
    walk.happens({ type: 'opened', answers: new Map(), without: new Set(), steps: ['sshd'] });
    walk.happens({ type: 'connect-done' });
    const before = { ...step, id: 'firewall', title: 'Firewall' };
    walk.happens({ type: 'surveyed', survey: { ...survey(), steps: [before, step] } });
    expect(walk.state.room).toEqual({ step: 1, row: 0 });
    expect(walk.text()).toContain('▸2 sshd');
    expect(walk.text()).toContain('Tab next step');
  });
});

describe('words', () => {
  test('only the word keep, typed and entered, keeps', () => {
    const walk = new Walk().arrive().deciding();
    expect(walk.press('enter', 'enter', 'space', 'enter')).toEqual([]);
    walk.press('ctrl-u');
    walk.types('kep');
    expect(walk.press('enter')).toEqual([]);
    walk.press('ctrl-u');
    walk.types('Keep');
    expect(walk.press('enter')).toEqual([{ type: 'decide', decision: 'keep' }]);
  });

  test('a decision that is asked for while nothing is armed is answered with roll back', () => {
    const walk = new Walk().arrive();
    expect(walk.happens({ type: 'decision-asked' })).toEqual([{ type: 'decide', decision: 'roll-back' }]);
  });

  test('when the host takes the change back the question goes away', () => {
    const walk = new Walk().arrive().deciding();
    walk.session({ type: 'transaction', id: 't1', step: 'sshd', state: 'ROLLING_BACK', detail: '' });
    expect(walk.state.screen.name).toBe('applying');
    expect(walk.text()).toContain('nothing left to decide');
  });

  test('keys within 300 ms after a question came up are not for it', () => {
    const walk = new Walk().arrive().deciding();
    walk.happens({ type: 'key', key: 'k', text: 'k' });
    walk.now += 299;
    walk.happens({ type: 'key', key: 'e', text: 'e' });
    expect(walk.text()).not.toContain('> ke');
    walk.now += 2;
    walk.happens({ type: 'key', key: 'k', text: 'k' });
    expect(walk.text()).toContain('> k');
  });

  test('a host key is accepted by the end of its fingerprint only', () => {
    const walk = new Walk();
    walk.happens({
      type: 'asked',
      question: { kind: 'host-key', host: 'shop', type: 'ssh-ed25519', fingerprint: 'SHA256:abcdEFGH' },
    });
    expect(walk.press('enter')).toEqual([]);
    walk.types('yes');
    expect(walk.press('enter')).toEqual([]);
    walk.press('ctrl-u');
    walk.types('efgh');
    expect(walk.press('enter')).toEqual([{ type: 'reply', reply: { kind: 'accept' } }]);
  });

  test('a password is a Secret, is shown as dots, and leaves nothing in the state', () => {
    const walk = new Walk();
    walk.happens({ type: 'asked', question: { kind: 'sudo-password', user: 'ana', host: 'shop' } });
    walk.types('s3cret');
    expect(walk.text()).toContain('••••••');
    expect(walk.text()).not.toContain('s3cret');
    const [effect] = walk.press('enter');
    expect(JSON.stringify(effect)).toBe('{"type":"reply","reply":{"kind":"secret","secret":"•••"}}');
    expect(JSON.stringify(walk.state)).not.toContain('s3cret');
  });

  test('undo names the run that was kept last, and nothing when all was undone', () => {
    const walk = new Walk().arrive();
    expect(walk.press('u')).toEqual([{ type: 'history' }]);
    walk.happens({
      type: 'history-read',
      transactions: [
        kept({ id: 'c', run: 'three', begun: 3, undoes: 'b' }),
        kept({ id: 'b', run: 'two', begun: 2 }),
        kept({ id: 'a', run: 'one', begun: 1 }),
      ],
    });
    expect(walk.effects.at(-1)).toEqual({ type: 'sides', transactions: ['a'] });
    walk.types('undo');
    expect(walk.press('enter')).toEqual([]);
    expect(walk.text()).not.toContain('Type undo');
    walk.press('ctrl-u');
    walk.happens({ type: 'sides-read', sides: sides('a') });
    walk.types('undo');
    expect(walk.text()).toMatch(/^ sshd {2}a$/m);
    expect(walk.press('enter')).toEqual([{ type: 'undo', transactions: ['a'] }]);
  });
});

describe('leaving', () => {
  test('while nothing is done it is at once; while armed it takes a word or a second Ctrl-C', () => {
    expect(new Walk().arrive().press('q')).toEqual([{ type: 'leave', exitCode: 0 }]);
    expect(new Walk().arrive().press('ctrl-c')).toEqual([{ type: 'leave', exitCode: 130 }]);
    const walk = new Walk().arrive().applying();
    expect(walk.press('ctrl-c')).toEqual([]);
    expect(walk.text().replace(/\s+/g, ' ')).toContain(
      'ana@shop.example.com takes the change back by itself within 90 s',
    );
    walk.types('leave');
    expect(walk.press('enter')).toEqual([{ type: 'leave', exitCode: 3 }]);
    expect(new Walk().arrive().applying().press('q', 'ctrl-c')).toEqual([{ type: 'leave', exitCode: 3 }]);
  });

  const left = (walk: Walk) =>
    farewell(walk.state, { repeat: '', again: (...words) => `portcullis ${words.join(' ')}` }).join('\n');

  test('every recovery card of the run stays in the shell', () => {
    const { state } = RUN_SCENES['report-stages']?.({ columns: 80, rows: 24 }) ?? new Walk();
    const lines = farewell(state, { repeat: '', again: () => '' }).filter((it) => it.startsWith('Recovery'));
    expect(lines).toEqual([
      'Recovery card: /home/ana/.local/state/portcullis/cards/20261121-220641-7f.txt',
      'Recovery card: /home/ana/.local/state/portcullis/cards/20261121-220705-aa.txt',
    ]);
  });

  test('what is asked before and what stays in the shell are the same truth, for each moment of a run', () => {
    const moments: readonly (readonly [string, (walk: Walk) => unknown])[] = [
      ['what it may have begun, it takes back by itself', (walk) => walk.press('a', ...'apply', 'enter')],
      ['takes the change back by itself within 90 s', (walk) => walk.applying()],
      ['takes the change back by itself within 90 s', (walk) => walk.deciding()],
      [
        'You said keep, but the last checks are not over.',
        (walk) => walk.deciding().press(...'keep', 'enter'),
      ],
      ['The stages after this one are not begun.', (walk) => walk.decidingSecond()],
      [
        'is taking the change back, and needs nobody for it',
        (walk) => {
          walk.applying();
          walk.session({ type: 'transaction', id: 't1', step: 'sshd', state: 'ROLLING_BACK', detail: '' });
        },
      ],
    ];
    for (const [words, bring] of moments) {
      const walk = new Walk().arrive();
      bring(walk);
      expect(walk.press('ctrl-c')).toEqual([]);
      expect(walk.text().replace(/\s+/g, ' ')).toContain(words);
      expect(walk.press('ctrl-c')).toEqual([{ type: 'leave', exitCode: 3 }]);
      expect(left(walk)).toContain(words);
      expect(left(walk)).toContain('portcullis status ana@shop.example.com');
    }
  });

  test('the shell is told how to keep it only once all is changed, and what was kept before', () => {
    expect(left(new Walk().arrive().applying())).not.toContain('portcullis confirm');
    const told = left(new Walk().arrive().decidingSecond());
    expect(told).toContain('portcullis confirm ana@shop.example.com');
    expect(told).toContain('packages: kept (t0)');
    expect(left(new Walk().arrive())).toBe('Nothing was changed on ana@shop.example.com.');
  });

  test('Escape asks too while work goes on, and Escape stays', () => {
    const walk = new Walk().arrive().applying();
    expect(walk.press('escape')).toEqual([]);
    expect(walk.text()).toContain('Leave now?');
    walk.press('escape');
    expect(walk.text()).not.toContain('Leave now?');
  });

  test('Ctrl-Z stops where nobody waits for us, and never while a change is under way', () => {
    for (const bring of [
      (walk: Walk) => walk,
      (walk: Walk) => walk.arrive(),
      (walk: Walk) => walk.arrive().press('a'),
    ]) {
      const walk = new Walk();
      bring(walk);
      expect(walk.press('ctrl-z')).toEqual([{ type: 'suspend' }]);
    }
    for (const bring of [
      (walk: Walk) => walk.press('a', ...'apply', 'enter'),
      (walk: Walk) => walk.applying(),
      (walk: Walk) => walk.deciding(),
      (walk: Walk) => walk.deciding().press('ctrl-c'),
    ]) {
      const walk = new Walk().arrive();
      bring(walk);
      expect(walk.press('ctrl-z')).toEqual([]);
      expect(walk.text().replace(/\s+/g, ' ')).toContain('renews no lease');
    }
  });

  test('a dry run with changes ends with 2, a failed connection with its own code', () => {
    expect(new Walk({ mode: 'dry-run' }).arrive().press('q')).toEqual([{ type: 'leave', exitCode: 2 }]);
    const walk = new Walk();
    const problem = {
      kind: 'target',
      message: 'no',
      where: undefined,
      hints: [],
      evidence: [],
      exitCode: 6,
    } as const;
    walk.happens({ type: 'failed', during: 'connect', problem });
    expect(walk.press('q')).toEqual([{ type: 'leave', exitCode: 6 }]);
  });
});

describe('the tables of a step', () => {
  const wide = { rows: 40, columns: 160 };

  test('every row is reached, its state is never cut, and all of it is told', () => {
    for (const size of [{ rows: 16, columns: 60 }, { rows: 24, columns: 80 }, wide]) {
      const walk = new Walk({ size }).arrive();
      walk.press('v', 'down');
      expect(walk.text()).toMatch(/▸ ✗ bad +deploy/);
      expect(walk.text()).toContain('✗ Its key is 1024 bits long');
      walk.press('end');
      expect(walk.text()).toMatch(/▸ · neutral +user30/);
      walk.press('up');
      expect(walk.text()).toMatch(/▸ · neutral +user29/);
      walk.press('home');
      expect(walk.text()).toMatch(/▸ ✓ good +ana/);
      walk.press('escape');
      expect(walk.text()).toContain('Questions');
    }
    const walk = new Walk({ size: { rows: 24, columns: 80 } }).arrive();
    walk.press('v', 'down');
    for (const text of ['Its key is 1024 bits long', '2001:db8:1:2:3:4:5:6', '/srv', 'Deployments'])
      expect(walk.text()).toContain(text);
  });

  test('several tables are walked with Tab; an empty one says why', () => {
    const walk = new Walk().arrive();
    walk.press('v', 'tab');
    expect(walk.text()).toContain('table 2 of 2');
    expect(walk.text()).toContain('No agent is there.');
    walk.press('down', 'tab');
    expect(walk.text()).toContain('table 1 of 2');
    walk.press('shift-tab');
    expect(walk.text()).toContain('Agents');
  });

  test('a step without tables says so', () => {
    const walk = new Walk();
    const read = survey();
    const { views: _, ...bare } = step;
    walk.happens({ type: 'surveyed', survey: { ...read, steps: [bare] } });
    walk.press('v');
    expect(walk.text()).toContain('“view” is off: this step has no tables.');
  });
});

test('leaving in the middle of a run names every recovery card of it', () => {
  const walk = new Walk().arrive().decidingSecond();
  walk.session({ type: 'recovery-card', path: '~/.local/state/portcullis/cards/two.txt', lines: [] });
  walk.press('ctrl-c');
  for (const name of ['shop.txt', 'two.txt']) expect(walk.text()).toContain(name);
  const said = farewell(walk.state, { repeat: '', again: () => 'again' });
  expect(said.filter((it) => it.startsWith('Recovery card: '))).toEqual([
    'Recovery card: ~/.local/state/portcullis/cards/shop.txt',
    'Recovery card: ~/.local/state/portcullis/cards/two.txt',
  ]);
});
