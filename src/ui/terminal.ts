// The terminal, taken and given back. Rules: the only file that writes escape sequences to it (painter.ts makes those of
// a frame); it is given back on every way out: return, signal, crash, end of the process; giving back is synchronous,
// happens once and never throws, also when the terminal is gone.
import { writeSync } from 'node:fs';
import { CLEAR_SCREEN, frameLines, paint } from './painter.ts';

const ESC = '\u001b';
const ENTER = `${ESC}[?1049h${ESC}[?2004h${ESC}[?25l${CLEAR_SCREEN}`;
const LEAVE = `${ESC}[0m${ESC}[?25h${ESC}[?2004l${ESC}[?1049l`;

/** Row by row: where there is no alternate screen, clearing it whole may move what was on it into the history. */
function wiped(rows: number): string {
  return Array.from({ length: rows }, (_, row) => `${ESC}[${row + 1};1H${ESC}[2K`).join('') + `${ESC}[H`;
}

/** Milliseconds until a stop that we asked for has certainly come. */
const STOP_TAKES = 100;

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
  /** Nothing is on the screen any more, nor in a history of it; giving the terminal back does the same. */
  wipe(): void;
  /** Gives the terminal back, stops this process as Ctrl-Z does, and takes it again when the shell continues us. */
  suspend(): void;
  /** Who is asked when somebody sends SIGTSTP. Without anybody we stop. */
  onStopAsked(listener: () => void): void;
  /** Who is told of a signal. Without anybody the terminal is given back and the signal ends the process. */
  onSignal(listener: (signal: EndSignal) => void): void;
  /** Writes to the screen as it is: lines to the normal one after restore(), before that to the alternate one. */
  print(text: string | Uint8Array): void;
  /** Gives the terminal back. Afterwards nothing is painted any more. */
  restore(): void;
};

function writeNow(output: NodeJS.WriteStream, text: string | Uint8Array): void {
  const descriptor = (output as { fd?: number }).fd;
  try {
    if (descriptor === undefined) output.write(text);
    else if (typeof text === 'string') writeSync(descriptor, text);
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
  let stopListener: (() => void) | undefined;
  let restored = false;
  let suspended = false;
  let shown: readonly string[] | null = null;
  let latest: readonly string[] | null = null;

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

  function paintWhole(): void {
    shown = null;
    if (latest === null) return;
    output.write(paint(shown, latest));
    shown = latest;
  }

  function suspend(): void {
    if (restored || suspended) return;
    suspended = true;
    if (input.isTTY) input.setRawMode(false);
    writeNow(output, `${wiped(size().rows)}${LEAVE}Portcullis is stopped: fg brings it back.\n`);
    process.off('SIGTSTP', stopAsked);
    process.kill(process.pid, 'SIGTSTP');
    // Where no shell could continue us the kernel does not stop us, and nobody will send SIGCONT.
    setTimeout(resume, STOP_TAKES);
  }

  /** Also after a SIGSTOP that nobody could announce: whoever had the terminal meanwhile left it as he likes. */
  function resume(): void {
    if (restored) return;
    if (suspended) process.on('SIGTSTP', stopAsked);
    suspended = false;
    if (input.isTTY) {
      // The library skips a mode that it believes is set.
      input.setRawMode(false);
      input.setRawMode(true);
    }
    writeNow(output, ENTER);
    paintWhole();
  }

  function stopAsked(): void {
    if (stopListener === undefined) suspend();
    else stopListener();
  }

  function restore(): void {
    if (restored) return;
    restored = true;
    process.off('SIGTSTP', stopAsked);
    process.off('SIGCONT', resume);
    for (const { signal, handler } of handlers) process.off(signal, handler);
    process.off('exit', restore);
    process.off('uncaughtExceptionMonitor', restore);
    try {
      if (input.isTTY) input.setRawMode(false);
      input.pause();
    } catch {
      // As above.
    }
    // While we are stopped the screen is somebody else's.
    writeNow(output, suspended ? LEAVE : `${wiped(size().rows)}${LEAVE}`);
  }

  for (const { signal, handler } of handlers) process.on(signal, handler);
  process.on('SIGTSTP', stopAsked);
  process.on('SIGCONT', resume);
  process.on('exit', restore);
  process.on('uncaughtExceptionMonitor', restore);
  // A terminal that is gone says so with every write; that it is gone is told by its input and by SIGHUP.
  output.on('error', () => undefined);
  if (input.isTTY) input.setRawMode(true);
  writeNow(output, ENTER);

  return {
    input,
    output,
    size,
    show: (frame) => {
      if (restored) return;
      const next = frameLines(frame, size().rows);
      latest = next;
      if (suspended) return;
      const bytes = paint(shown, next);
      shown = next;
      if (bytes !== '') output.write(bytes);
    },
    forget: () => {
      shown = null;
    },
    wipe: () => writeNow(output, wiped(size().rows)),
    suspend,
    onStopAsked: (it) => {
      stopListener = it;
    },
    onSignal: (it) => {
      listener = it;
    },
    print: (text) => writeNow(output, text),
    restore,
  };
}
