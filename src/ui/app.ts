// The wizard as a program: one store, one input reader, one painter. Rules: every way out goes through finish(), which
// gives the terminal back first; a crash rejects, so that src/cli.ts prints it and decides the exit code.
import { performance } from 'node:perf_hooks';
import type { AnswerValue } from '../model/control.ts';
import type { KnownTarget } from '../model/target.ts';
import { createEffects, type OpenSession } from './effects.ts';
import { farewell } from './farewell.ts';
import { firstPaint } from './first-paint.ts';
import { frame } from './frame.ts';
import { inkFrames } from './ink-frames.ts';
import { initialInput, readInput, settleDelay, settleInput } from './input.ts';
import { planRequest } from './machine/answers.ts';
import type { InputEvent } from './machine/event.ts';
import type { Mode, State } from './machine/state.ts';
import { start } from './machine/update.ts';
import { createStore, type Store } from './store.ts';
import { signalExitCode, type Terminal } from './terminal.ts';
import { speaksUtf8, toAscii } from './theme.ts';

export type WizardOptions = {
  /** As the operator named it; absent: the wizard asks. */
  readonly target?: string;
  /** Offered where it asks. */
  readonly known?: readonly KnownTarget[];
  readonly mode: Mode;
  /** Seconds. */
  readonly lease: number;
  readonly openSession: OpenSession;
  /** The command line that would do the same again without a question. */
  readonly repeatLine: (run: {
    readonly target: string;
    readonly profile: string;
    readonly steps?: readonly string[];
    readonly without?: Iterable<string>;
    readonly answers: Readonly<Record<string, AnswerValue>>;
  }) => string;
  /** Another command on the same host, reached the same way. */
  readonly againLine: (command: string, target: string, ...more: string[]) => string;
  /** First-time mode: plain words on every screen. */
  readonly guide: boolean;
  readonly rememberGuide: (on: boolean) => Promise<void>;
  /** What firstPaint returned; absent: the terminal is taken here. */
  readonly terminal?: Terminal;
};

const TICK = 1000;

function repeatOf(state: State, options: WizardOptions): string {
  if (state.survey === null || state.plan === null) return '';
  if (state.plan.changes.every((change) => change.action === 'none')) return '';
  const request = planRequest(state);
  return options.repeatLine({
    target: state.target,
    profile: state.plan.profile,
    ...(state.skipped.size > 0 ? { steps: request.steps ?? [] } : {}),
    without: state.without,
    answers: Object.fromEntries(request.answers),
  });
}

/** Hands over what a person did; `stop` ends it. */
function listen(terminal: Terminal, take: (event: InputEvent) => void, gone: () => void): () => void {
  const { input } = terminal;
  let reading = initialInput;
  let timer: NodeJS.Timeout | undefined;
  const told = ([next, events]: ReturnType<typeof settleInput>): void => {
    reading = next;
    clearTimeout(timer);
    if (reading.pending !== '') timer = setTimeout(() => told(settleInput(reading)), settleDelay(reading));
    for (const event of events) take(event);
  };
  const data = (chunk: string): void => told(readInput(reading, chunk));
  input.setEncoding('utf8');
  input.on('data', data);
  input.on('end', gone);
  input.on('error', gone);
  input.resume();
  return () => {
    clearTimeout(timer);
    input.off('data', data);
    input.off('end', gone);
    input.pause();
  };
}

/** Runs the wizard until it is left. Resolves to the exit code; rejects with a bug of ours. */
export function runWizard(options: WizardOptions): Promise<number> {
  const terminal =
    options.terminal ?? firstPaint(options.target ?? '', { dryRun: options.mode === 'dry-run' });
  const unicode = speaksUtf8(process.env);
  return new Promise((resolve, reject) => {
    let over = false;
    const store: Store = createStore({
      start: start({
        mode: options.mode,
        target: options.target ?? '',
        known: options.known ?? [],
        lease: options.lease,
        guide: options.guide,
        size: terminal.size(),
        at: performance.now(),
      }),
      now: () => performance.now(),
      changed: draw,
      run: (effect) => effects.run(effect),
      crashed: crash,
    });
    const effects = createEffects({
      open: options.openSession,
      store: () => store,
      lease: options.lease,
      leave: (exitCode) => finish(exitCode),
      suspend: () => terminal.suspend(),
      rememberGuide: options.rememberGuide,
    });
    const frames = inkFrames({ take: (text) => terminal.show(text), failed: crash, input: terminal.input });
    const stopListening = listen(
      terminal,
      (event) => store.dispatch(event),
      () => finish(signalExitCode('SIGHUP')),
    );
    const ticking = setInterval(() => store.dispatch({ type: 'tick' }), TICK);
    const resized = (): void => {
      terminal.forget();
      store.dispatch({ type: 'resized', ...terminal.size() });
    };

    function draw(state: State): void {
      frames.show({ lines: frame(state), columns: state.size.columns, unicode });
    }

    function end(): boolean {
      if (over) return false;
      over = true;
      clearInterval(ticking);
      store.stop();
      stopListening();
      terminal.output.off('resize', resized);
      process.off('uncaughtException', crash);
      process.off('unhandledRejection', crash);
      terminal.restore();
      frames.unmount();
      return true;
    }

    function finish(exitCode: number): void {
      const state = store.state();
      if (!end()) return;
      const lines = farewell(state, { repeat: repeatOf(state, options), again: options.againLine }).map(
        (it) => (unicode ? it : toAscii(it)),
      );
      terminal.print(lines.length === 0 ? '' : `${lines.join('\n')}\n`);
      void effects.close().then(() => resolve(exitCode));
    }

    function crash(error: unknown): void {
      if (!end()) return;
      void effects.close().then(() => reject(error));
    }

    terminal.output.on('resize', resized);
    terminal.onSignal((signal) => finish(signalExitCode(signal)));
    terminal.onStopAsked(() => store.dispatch({ type: 'key', key: 'ctrl-z', text: '' }));
    process.on('uncaughtException', crash);
    process.on('unhandledRejection', crash);
    store.begin();
  });
}
