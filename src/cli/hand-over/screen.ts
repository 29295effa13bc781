// New values on a screen of their own. Rules: on the alternate screen, which has no scrollback; gone with Enter, Ctrl-C and every signal; what was
// typed before it was there does not count.
import type { NewSecret } from '../../model/session.ts';
import { openTerminal } from '../../ui/terminal.ts';
import { pagesOf } from './pages.ts';

/** Milliseconds in which keys are of somebody who has not seen it yet. */
const TOO_SOON = 400;

/** Resolves when the person has seen the last page and the terminal is as it was. */
export async function showOnce(secrets: readonly NewSecret[]): Promise<void> {
  const terminal = openTerminal({ input: process.stdin, output: process.stdout });
  try {
    const pages = pagesOf(
      secrets.map(({ name, path, value }) => ({ name, path, length: value.length })),
      terminal.size(),
    );
    for (const [index, page] of pages.entries()) {
      const last = index === pages.length - 1;
      terminal.wipe();
      terminal.forget();
      terminal.show(' ');
      for (const at of page) {
        const one = secrets[at];
        if (one === undefined) continue;
        terminal.print(`\r\n ${one.name} (${one.path})\r\n`);
        terminal.print(one.value.open());
        terminal.print('\r\n');
      }
      terminal.print(`\r\n Shown once. ${last ? 'Enter: this is gone' : 'Enter: the next ones'}\r\n`);
      if (!(await entered(process.stdin))) return;
    }
  } finally {
    terminal.restore();
  }
}

/** True for Enter; false when the person leaves, or the terminal is gone. */
async function entered(input: NodeJS.ReadStream): Promise<boolean> {
  const since = Date.now();
  return await new Promise((settle) => {
    const end = (seen: boolean): void => {
      input.off('data', heard);
      input.off('end', gone);
      settle(seen);
    };
    const gone = (): void => end(false);
    const heard = (bytes: Buffer | string): void => {
      const text = bytes.toString();
      if (text.includes('\u0003')) end(false);
      else if (/[\r\n]/.test(text) && Date.now() - since > TOO_SOON) end(true);
    };
    input.on('data', heard);
    input.on('end', gone);
    input.resume();
  });
}
