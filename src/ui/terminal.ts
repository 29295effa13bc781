// The terminal, taken and given back. Rules: the only file that writes escape sequences to it (painter.ts makes those of
// a frame); it is given back on every way out: return, signal, crash, end of the process; giving back is synchronous,
// happens once and never throws, also when the terminal is gone.
import { writeSync } from 'node:fs';
import { CLEAR_SCREEN, frameLines, paint } from './painter.ts';

const ESC = '\u001b';
const ENTER = `${ESC}[?1049h${ESC}[?2004h${ESC}[?25l${CLEAR_SCREEN}`;
const LEAVE = `${ESC}[0m${ESC}[?25h${ESC}[?2004l${ESC}[?1049l`;

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
export type EndSignal = keyof typeof SIGNALS;

export function signalExitCode(signal: EndSignal): number {
  return 128 + SIGNALS[signal];
}

export type Terminal = {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  size(): { readonly rows: number; readonly columns: number };
  /** Shows a frame: lines of plain text and colours. */
  show(frame: string): void;
  /** The next frame is painted whole. */
  forget(): void;
  /** Who is told of a signal. Without anybody the terminal is given back and the signal ends the process. */
  onSignal(listener: (signal: EndSignal) => void): void;
  /** Writes lines to the normal screen, after restore(). */
  print(text: string): void;
  /** Gives the terminal back. Afterwards nothing is painted any more. */
  restore(): void;
};

function writeNow(output: NodeJS.WriteStream, text: string): void {
  const descriptor = (output as { fd?: number }).fd;
  try {
    if (descriptor === undefined) output.write(text);
    else writeSync(descriptor, text);
  } catch {
    // The terminal is gone (hang-up) or its buffer is full: there is nobody left to restore it for.
  }
}

/** Takes the terminal: alternate screen, bracketed paste, no cursor, raw keys. */
export function openTerminal(streams: {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}): Terminal {
  const { input, output } = streams;
  let listener: ((signal: EndSignal) => void) | undefined;
  let restored = false;
  let shown: readonly string[] | null = null;

  const size = () => ({ rows: output.rows || 24, columns: output.columns || 80 });
  const handlers = (Object.keys(SIGNALS) as EndSignal[]).map((signal) => {
    const handler = (): void => {
      if (listener !== undefined) {
        listener(signal);
        return;
      }
      restore();
      process.kill(process.pid, signal);
    };
    return { signal, handler };
  });

  function restore(): void {
    if (restored) return;
    restored = true;
    for (const { signal, handler } of handlers) process.off(signal, handler);
    process.off('exit', restore);
    process.off('uncaughtExceptionMonitor', restore);
    try {
      if (input.isTTY) input.setRawMode(false);
      input.pause();
    } catch {
      // As above.
    }
    writeNow(output, LEAVE);
  }

  for (const { signal, handler } of handlers) process.on(signal, handler);
  process.on('exit', restore);
  process.on('uncaughtExceptionMonitor', restore);
  if (input.isTTY) input.setRawMode(true);
  writeNow(output, ENTER);

  return {
    input,
    output,
    size,
    show: (frame) => {
      if (restored) return;
      const next = frameLines(frame, size().rows);
      const bytes = paint(shown, next);
      shown = next;
      if (bytes !== '') output.write(bytes);
    },
    forget: () => {
      shown = null;
    },
    onSignal: (it) => {
      listener = it;
    },
    print: (text) => writeNow(output, text),
    restore,
  };
}
