// What `npm run gallery` prints: scenes as the wizard would draw them in a window of a size, one under the other.
import { frame } from '../../src/ui/frame.ts';
import { plainText } from '../../src/ui/lines.ts';
import type { Size } from '../../src/ui/machine/state.ts';
import { throughInk } from './ink.ts';
import { SCENES } from './scenes.ts';

export const SCENE_NAMES: readonly string[] = Object.keys(SCENES);

/** Each scene in each size, headed by its name and the size; empty for a name that is none. */
export async function gallery(it: {
  readonly sizes: readonly Size[];
  /** Whole names; empty: all. */
  readonly only: readonly string[];
  readonly colour: boolean;
}): Promise<string> {
  const shown: string[] = [];
  for (const [name, scene] of Object.entries(SCENES)) {
    if (it.only.length > 0 && !it.only.includes(name)) continue;
    for (const size of it.sizes) {
      const { state } = scene(size);
      const { columns, rows } = state.size;
      const screen = it.colour ? (await throughInk(state)).coloured : plainText(frame(state));
      shown.push(`=== ${name}, ${columns}×${rows} ===\n${screen}\n`);
    }
  }
  return shown.join('\n');
}
