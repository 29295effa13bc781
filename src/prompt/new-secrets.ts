// New values in lines: only by a typed word, because a terminal that shows lines keeps them.

import type { RunSummary } from '../model/event.ts';
import type { NewSecret } from '../model/session.ts';
import { type Style, safe } from '../report/style.ts';
import { askLine, type Terminal } from './terminal.ts';

/** `take`: gives the values away; called only when the person wants them. */
export async function offerNewSecrets(
  { newSecrets = [] }: RunSummary,
  it: {
    readonly take: () => readonly NewSecret[];
    readonly terminal: Terminal;
    readonly style: Style;
    readonly write: (text: string) => void;
  },
): Promise<void> {
  if (newSecrets.length === 0) return;
  const message = `Type "show" to see the new values of ${newSecrets.join(', ')} (your terminal keeps them in its scrollback), or Enter to go on:`;
  const word = await askLine({ message: safe(message, it.style) }, it.terminal);
  if (word?.trim() !== 'show') return;
  for (const { name, path, value } of it.take()) {
    it.write(`  ${name} (${safe(path, it.style)}): ${value.open().toString('utf8')}\n`);
    value.wipe();
  }
}
