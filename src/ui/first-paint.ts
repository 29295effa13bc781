// What is on the screen before Ink and React are loaded. Rules: imports nothing of them; the same first lines as the
// first real frame, so that nothing jumps.
import { sanitizeLine } from '../text/sanitize.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** Takes the terminal and paints title and mode. Pass what it returns to runWizard. */
export function firstPaint(
  target: string,
  options: {
    readonly dryRun: boolean;
    readonly input?: NodeJS.ReadStream;
    readonly output?: NodeJS.WriteStream;
  },
): Terminal {
  const terminal = openTerminal({
    input: options.input ?? process.stdin,
    output: options.output ?? process.stdout,
  });
  const { columns } = terminal.size();
  const name = sanitizeLine(target, Math.max(8, columns - 30));
  const mode = options.dryRun ? '○ DRY RUN' : '● LIVE';
  const left = ` portcullis  ${name}`;
  const gap = ' '.repeat(Math.max(1, columns - left.length - mode.length - 1));
  const waiting = target === '' ? '' : ` Connecting to ${name}`;
  terminal.show([`${left}${gap}${mode}`, '─'.repeat(columns), '', waiting].join('\n'));
  return terminal;
}
