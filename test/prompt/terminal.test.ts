// What happens while a question stands there is said below it, and the question once more; between questions it is only said.
import { expect, test } from 'vitest';
import { askLine, sayBeside } from '../../src/prompt/terminal.ts';
import { typing } from './terminal.ts';

test('a line beside an open question brings the question back under it', async () => {
  const { terminal, seen } = typing('keep\n');
  sayBeside(terminal, 'before\n');
  const asked = askLine({ message: 'Type "keep":' }, terminal);
  sayBeside(terminal, 'checked again\n');
  expect(await asked).toBe('keep');
  sayBeside(terminal, 'after\n');
  expect(seen()).toBe('before\nType "keep": \nchecked again\nType "keep": after\n');
});
