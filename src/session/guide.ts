// Whether plain words are shown on every screen. Rules: what the operator said last holds; who never said it gets them until a
// change was begun from this machine; a convenience, so what cannot be read or kept costs the words and nothing else.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { privateFolder, readIfThere, writePrivate } from './folders.ts';

const FILE = 'guide';

/** What was said on this machine, else whether it has no recovery card yet. */
export async function guideWanted(stateDir: string): Promise<boolean> {
  const said = await readIfThere(join(stateDir, 'preferences', FILE)).catch(() => undefined);
  if (said === 'on\n' || said === 'off\n') return said === 'on\n';
  const cards = await readdir(join(stateDir, 'cards')).catch(() => []);
  return cards.length === 0;
}

/** Rejects with UserError where nothing can be kept. */
export async function keepGuide(stateDir: string, on: boolean): Promise<void> {
  const folder = await privateFolder(stateDir, 'preferences');
  await writePrivate(join(folder, FILE), on ? 'on\n' : 'off\n');
}
