// Several of a list: searched, toggled, pasted; what the question refuses is told and not taken.
import { expect, test } from 'vitest';
import { pickWalk } from './sample-pick.ts';

const open = () => pickWalk({ rows: 24, columns: 80 });
const picked = (walk: ReturnType<typeof open>) => walk.state.edit?.picked;

test('what is typed narrows the list, Space takes in, Enter takes the answer', () => {
  const walk = open();
  expect(walk.text()).toContain('[x] ana');
  expect(walk.text()).toContain('1–5 of 40');
  walk.types('user37');
  expect(walk.text()).not.toContain('[x] ana');
  walk.press('space');
  expect(picked(walk)).toEqual(['ana', 'deploy', 'user37']);
  // The whole list again, with the cursor on what was taken in.
  expect(walk.text()).toContain('▸ [x] user37');
  walk.press('enter');
  expect(walk.state.answers.get('sshd.allow-users')).toEqual(['ana', 'deploy', 'user37']);
  expect(walk.effects.at(-1)?.type).toBe('plan');
});

test('the operator cannot leave himself out by accident: it is told at once, and Enter does not take it', () => {
  const walk = open();
  walk.press('space');
  expect(picked(walk)).toEqual(['deploy']);
  expect(walk.text()).toContain('would be locked out');
  walk.press('enter');
  expect(walk.state.edit).not.toBeNull();
  expect(walk.state.answers.has('sshd.allow-users')).toBe(false);
  walk.press('space', 'enter');
  expect(walk.state.edit).toBeNull();
});

test('a name that is not in the list is added by Space, and stays a line of its own', () => {
  const walk = open();
  walk.types('backup*');
  expect(walk.text()).toContain('Space adds it');
  walk.press('space');
  expect(picked(walk)).toContain('backup*');
  walk.types('back');
  expect(walk.text()).toContain('[x] backup*');
});

test('a paste of many lines brings each in once, and confirms nothing', () => {
  const walk = open();
  walk.happens({ type: 'paste', text: 'bo\ncid, dee\nana\n' });
  expect(picked(walk)).toEqual(['ana', 'deploy', 'bo', 'cid', 'dee']);
  expect(walk.state.edit).not.toBeNull();
});

test('Escape leaves the answer as it was', () => {
  const walk = open();
  walk.press('down', 'space', 'escape');
  expect(walk.state.edit).toBeNull();
  expect(walk.state.answers.has('sshd.allow-users')).toBe(false);
});
