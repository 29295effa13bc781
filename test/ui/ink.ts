// What Ink makes of a frame with colours on, for tests that look at more than text.
import { frame } from '../../src/ui/frame.ts';
import type { State } from '../../src/ui/machine/state.ts';

/** The frame of a state: as a terminal gets it, and the same without its colours. */
export async function throughInk(
  state: State,
): Promise<{ readonly coloured: string; readonly bare: string }> {
  // Read when Ink is loaded.
  process.env['FORCE_COLOR'] = '1';
  const { inkFrames } = await import('../../src/ui/ink-frames.ts');
  let coloured = '';
  const frames = inkFrames({
    take: (text) => {
      coloured = text;
    },
    failed: (error) => {
      throw error;
    },
    input: process.stdin,
  });
  try {
    frames.show({ lines: frame(state), columns: state.size.columns, unicode: true });
  } finally {
    frames.unmount();
  }
  const rows = coloured.replace(/\u001b\[[0-9;]*m/g, '').split('\n');
  return { coloured, bare: rows.map((row) => row.trimEnd()).join('\n') };
}
