// A person at a terminal: the compiled program in a pty, its bytes replayed into an emulator, waits for what is on the
// screen and never for time. On failure the screen is printed.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { build } from 'esbuild';
import type { Script } from './scripted-session.ts';

const PATIENCE = 15_000;
const KEYS: Record<string, string> = {
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  enter: '\r',
  escape: '\u001b',
  space: ' ',
  tab: '\t',
  'page-down': '\u001b[6~',
  'ctrl-c': '\u0003',
  'ctrl-z': '\u001a',
};

/** Compiles the scripted wizard as the real program is compiled; resolves to the file to run. */
export async function compileWizard(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-wizard-'));
  await build({
    entryPoints: [resolve(import.meta.dirname, 'scripted-wizard.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    entryNames: 'wizard',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: {
      js: "import { createRequire as __c } from 'node:module'; const require = __c(import.meta.url);",
    },
    plugins: [
      {
        name: 'no-devtools',
        setup: (it) => {
          it.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: 'none' }));
          it.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export default {}' }));
        },
      },
    ],
    logLevel: 'silent',
  });
  return join(folder, 'wizard.mjs');
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export type Person = Awaited<ReturnType<typeof open>>;

export type OpenOptions = {
  readonly columns?: number;
  readonly rows?: number;
  readonly script?: Script & { readonly mode?: 'live' | 'dry-run' };
  readonly environment?: Readonly<Record<string, string>>;
  /** Sits at a shell with job control and starts the program from there. */
  readonly shell?: boolean;
  /** Words of the command line. */
  readonly words?: readonly string[];
  /** Milliseconds to wait for what is expected; real hosts need longer than scripted ones. */
  readonly patience?: number;
};

/** Starts the program in a terminal. */
export async function open(program: string, options: OpenOptions = {}) {
  const columns = options.columns ?? 80;
  const rows = options.rows ?? 24;
  const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
  emulator.write('$ portcullis\r\n');
  const [file, ...words] = options.shell
    ? ['/bin/bash', '--norc', '--noprofile', '-i']
    : [process.execPath, program, ...(options.words ?? [])];
  const child: IPty = spawn(file ?? '', words, {
    name: options.environment?.['TERM'] ?? 'xterm-256color',
    cols: columns,
    rows,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: tmpdir(),
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      CI: 'false',
      PS1: '[shell] ',
      HISTFILE: '/dev/null',
      PORTCULLIS_SCRIPT: JSON.stringify(options.script ?? {}),
      ...options.environment,
    },
  });
  let bytes = '';
  let ended: { exitCode: number; signal?: number | undefined } | undefined;
  child.onData((data) => {
    bytes += data;
    emulator.write(data);
  });
  child.onExit((it) => {
    ended = it;
  });

  /** The emulator has taken in everything that came so far. */
  const drained = () => new Promise<void>((done) => emulator.write('', done));

  function rowsOf(first: number, count: number): string {
    const { active } = emulator.buffer;
    return Array.from(
      { length: count },
      (_, index) => active.getLine(first + index)?.translateToString(true) ?? '',
    ).join('\n');
  }
  const screen = (): string => rowsOf(emulator.buffer.active.baseY, emulator.rows);

  async function until(what: string, holds: () => boolean): Promise<void> {
    const end = Date.now() + (options.patience ?? PATIENCE);
    for (;;) {
      await drained();
      if (holds()) return;
      if (Date.now() > end) throw new Error(`waited in vain for ${what}; the screen is:\n${screen()}`);
      await sleep(15);
    }
  }

  if (options.shell) {
    await until('the shell', () => screen().includes('[shell]'));
    child.write(`${process.execPath} ${program}\r`);
  }

  return {
    bytes: () => bytes,
    screen,
    /** Everything, with what was scrolled away. */
    scrollback: () => rowsOf(0, emulator.buffer.active.length),
    alternate: () => emulator.buffer.active.type === 'alternate',
    pid: child.pid,
    shows: (text: string) => until(`“${text}” on the screen`, () => screen().includes(text)),
    showsNot: (text: string) => until(`“${text}” to go`, () => !screen().includes(text)),
    /** Keys by name or character, one write each. */
    press: async (...keys: string[]) => {
      for (const key of keys) {
        child.write(KEYS[key] ?? key);
        // One read of the program each: two writes at once would arrive as one piece.
        // An Escape waits until it is clear that it begins nothing longer.
        await sleep(key === 'escape' ? 120 : 30);
      }
    },
    types: async (text: string) => {
      for (const character of text) {
        child.write(character);
        await sleep(10);
      }
    },
    /** Bytes as they are: pastes, replies of a terminal. */
    sends: (raw: string) => child.write(raw),
    /** Longer than confirmations ignore keys after a screen change. */
    reads: () => sleep(400),
    resize: (width: number, height: number) => {
      emulator.resize(width, height);
      child.resize(width, height);
    },
    kill: (signal: NodeJS.Signals) => process.kill(child.pid, signal),
    /** The window is closed: the terminal itself goes away. Resolves when the program is gone too. */
    hangsUp: async () => {
      (child as IPty & { destroy(): void }).destroy();
      await until('the program to end', () => ended !== undefined || !alive(child.pid));
    },
    /** Resolves to the exit code, 128 + n for a signal, when the program is gone and its output is read. */
    exits: async () => {
      await until('the program to end', () => ended !== undefined);
      await drained();
      return ended?.signal ? 128 + ended.signal : (ended?.exitCode ?? -1);
    },
    close: () => {
      // It may have ended already, and nobody was told yet.
      if (ended === undefined && alive(child.pid)) process.kill(child.pid, 'SIGKILL');
    },
  };
}
