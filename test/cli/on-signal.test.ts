// What is said of the host when a signal ends a run: true at every moment, and not more than is known.
import { expect, it } from 'vitest';
import { lastWords } from '../../src/cli/on-signal.ts';

const again = (command: string, ...more: string[]) => ['portcullis', command, 'shop', ...more].join(' ');
const nothing = 'Nothing was changed on shop.';
const open = { id: '20261122-061441-9ab47b5e', left: 42, sure: true };
const none = { open: undefined, kept: undefined, card: undefined };

it('a command that had begun nothing ends without a word, a person who was led through is told', () => {
  expect(lastWords({ again }, none)).toEqual([]);
  expect(lastWords({ again }, { ...none, kept: 'sshd' })).toEqual([]);
  expect(lastWords({ again, nothing }, none)).toEqual([nothing]);
});

it('what an earlier step kept is not called nothing', () => {
  expect(lastWords({ again, nothing }, { ...none, kept: 'sshd' })).toEqual([
    'What was kept stays. To take it back: portcullis rollback shop --yes',
  ]);
  expect(lastWords({ again, nothing }, { ...none, kept: 'lockdown' })).toEqual([
    'What was kept stays. To take it back: portcullis unlock shop --yes',
  ]);
});

it('an open transaction: what the host does, until when, and the lines that look, keep and take back', () => {
  expect(lastWords({ again }, { open, kept: undefined, card: '/cards/1.txt' })).toEqual([
    'Leaving in the middle of transaction 20261122-061441-9ab47b5e.',
    'Nothing renews it now: the host takes the change back by itself when its lease ends, in 42 s.',
    'See how it stands: portcullis status shop',
    'To keep it before that: portcullis confirm shop',
    'To take it back at once: portcullis rollback shop --yes',
    'By hand, on its console: /cards/1.txt',
  ]);
});

it('one that the host may hold or not is not called open', () => {
  const [first, second] = lastWords(
    { again },
    { open: { ...open, sure: false }, kept: undefined, card: undefined },
  );
  expect(first).toContain('whether the host holds it is not known');
  expect(second).toBe(
    'If it does, nothing renews it now, and the host takes the change back by itself when its lease of 42 s ends.',
  );
});
