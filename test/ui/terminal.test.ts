import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { openTerminal } from '../../src/ui/terminal.ts';

test('what was on the screen is wiped row by row before it is given back: not every terminal has a second one', () => {
  const output = Object.assign(new PassThrough(), { rows: 5, columns: 40 });
  const streams = { input: new PassThrough(), output } as unknown as Parameters<typeof openTerminal>[0];
  const terminal = openTerminal(streams);
  terminal.print('pw=4f9c');
  output.read();
  terminal.restore();
  const [before = '', after] = String(output.read()).split('\u001b[?1049l');
  expect(after).toBe('');
  for (let row = 1; row <= 5; row += 1) expect(before).toContain(`\u001b[${row};1H\u001b[2K`);
  // Clearing it whole moves it into the history of some.
  expect(before).not.toMatch(/\u001b\[\d?J/);
});
