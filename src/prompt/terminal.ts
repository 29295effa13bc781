// Rules: one question, one typed line, on stderr, so that stdout holds results only. inquirer is loaded when the first question
// comes. A dumb terminal gets a bare line without any cursor control. Control-D and a closed input are "no answer"; Control-C
// is the signal it would be if keys were not read raw, here and everywhere; a signal finds the terminal as it was before.
import { StringDecoder } from 'node:string_decoder';

export type Terminal = {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** The terminal cannot move its cursor. */
  readonly dumb: boolean;
  /** Control-C was typed where the terminal does not make a signal of it. */
  readonly interrupt: () => Promise<never>;
  /** The question that stands there now, as it is written; empty between questions. */
  readonly open: { question: string };
};

/** Says something that happens while a question may stand there: below it, and the question once more. */
export function sayBeside({ output, open }: Terminal, text: string): void {
  output.write(open.question === '' ? text : `\n${text}${open.question}`);
}

export type LineQuestion = {
  /** Safe text; ends in "?" or ":". */
  readonly message: string;
  /** Taken when nothing is typed; shown. */
  readonly proposal?: string;
  /** What is typed is not shown. */
  readonly hidden?: boolean;
};

export function processTerminal(): Terminal {
  return {
    input: process.stdin,
    output: process.stderr,
    dumb: (process.env.TERM ?? 'dumb') === 'dumb',
    interrupt: () => {
      process.kill(process.pid, 'SIGINT');
      return never();
    },
    open: { question: '' },
  };
}

/** Nothing goes on while a signal ends the process; who listens to it is told in the loop's next turn, so it must turn. */
function never(): Promise<never> {
  return new Promise(() => setInterval(() => {}, 1000));
}

/** What the person typed, or undefined when they left the question. */
export async function askLine(question: LineQuestion, terminal: Terminal): Promise<string | undefined> {
  const leave = new AbortController();
  const watch = watchSignals(leave);
  terminal.open.question = `${terminal.dumb ? '' : '? '}${question.message} `;
  try {
    const typed = terminal.dumb
      ? await askBare(question, terminal, leave.signal)
      : await askWithInquirer(question, terminal, leave);
    if (watch.signalled()) return await never();
    return typed === INTERRUPTED ? await terminal.interrupt() : typed;
  } finally {
    terminal.open.question = '';
    watch.stop();
  }
}

const INTERRUPTED = Symbol('Control-C');
type Typed = string | undefined | typeof INTERRUPTED;

/** A signal closes the question, which gives the terminal back, and ends the process only then. */
function watchSignals(leave: AbortController) {
  let signalled = false;
  const handler = (signal: NodeJS.Signals) => {
    if (signalled) return;
    signalled = true;
    leave.abort();
    setImmediate(() => {
      stop();
      process.kill(process.pid, signal);
    });
  };
  const stop = () => {
    for (const signal of SIGNALS) process.off(signal, handler);
  };
  for (const signal of SIGNALS) process.on(signal, handler);
  return { signalled: () => signalled, stop };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function askBare(question: LineQuestion, terminal: Terminal, leave: AbortSignal): Promise<Typed> {
  const { message, proposal = '' } = question;
  const prompt = `${message}${proposal === '' ? '' : ` (${proposal})`} `;
  const typed = await readLine(terminal, { prompt, hidden: question.hidden === true, leave });
  return typed === '' ? proposal : typed;
}

async function askWithInquirer(
  question: LineQuestion,
  { input, output }: Terminal,
  leave: AbortController,
): Promise<Typed> {
  const { createPromptModule } = await import('inquirer');
  const prompt = createPromptModule({ input, output, signal: leave.signal });
  const { message, proposal } = question;
  // At Control-D on an empty line, and at the end of the input, inquirer would wait for ever.
  const onEnd = () => leave.abort();
  const onKey = (_: string, key: { readonly ctrl?: boolean; readonly name?: string }) => {
    if (key.ctrl === true && key.name === 'd') setImmediate(() => input.isPaused() && leave.abort());
  };
  input.on('keypress', onKey).once('end', onEnd);
  try {
    const { answer } =
      question.hidden === true
        ? await prompt({ type: 'password', name: 'answer', message, mask: false })
        : await prompt({
            type: 'input',
            name: 'answer',
            message,
            ...(proposal === undefined ? {} : { default: proposal }),
          });
    return String(answer);
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortPromptError') return undefined;
    if (error instanceof Error && error.name === 'ExitPromptError') return INTERRUPTED;
    throw error;
  } finally {
    input.off('keypress', onKey).off('end', onEnd);
  }
}

/**
 * One line. Hidden: keys are read raw, because the terminal itself would show them, and from before the prompt can be seen:
 * who answers at once must not be shown, nor end the program with Control-C. What came after the line stays unread.
 */
function readLine(
  { input, output }: Terminal,
  {
    prompt,
    hidden,
    leave,
  }: { readonly prompt: string; readonly hidden: boolean; readonly leave: AbortSignal },
): Promise<Typed> {
  // An input that already came to its end says so no second time.
  if (input.readableEnded || input.destroyed) {
    output.write(prompt);
    return Promise.resolve(undefined);
  }
  return new Promise((resolve) => {
    const decoder = new StringDecoder('utf8');
    let typed = '';
    const finish = (result: Typed, rest = '') => {
      leave.removeEventListener('abort', onEnd);
      input.off('data', onData);
      input.off('end', onEnd);
      if (hidden && input.isTTY) input.setRawMode(false);
      input.pause();
      if (rest !== '') input.unshift(Buffer.from(rest));
      if (hidden || leave.aborted) output.write('\n');
      resolve(result);
    };
    const onEnd = () => finish(undefined);
    const onData = (chunk: Buffer | string) => {
      const keys = Array.from(typeof chunk === 'string' ? chunk : decoder.write(chunk));
      for (const [index, key] of keys.entries()) {
        if (key === '\r' || key === '\n') return finish(typed, keys.slice(index + 1).join(''));
        if (key === '\u0003') return finish(INTERRUPTED, keys.slice(index + 1).join(''));
        if (key === '\u0004') return finish(undefined, keys.slice(index + 1).join(''));
        if (key === '\u007f' || key === '\b') typed = Array.from(typed).slice(0, -1).join('');
        else if (key === '\u0015') typed = '';
        else typed += key;
      }
    };
    if (hidden && input.isTTY) input.setRawMode(true);
    input.on('data', onData);
    input.once('end', onEnd);
    leave.addEventListener('abort', onEnd);
    output.write(prompt);
    input.resume();
  });
}
