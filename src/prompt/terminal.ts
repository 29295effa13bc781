// Rules: one question, one typed line, on stderr, so that stdout holds results only. inquirer is loaded when the first question
// comes. A dumb terminal gets a bare line without any cursor control. Control-C, Control-D and a closed input are "no answer".
import { StringDecoder } from 'node:string_decoder';

export type Terminal = {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** The terminal cannot move its cursor. */
  readonly dumb: boolean;
};

export type LineQuestion = {
  /** Safe text; ends in "?" or ":". */
  readonly message: string;
  /** Taken when nothing is typed; shown. */
  readonly proposal?: string;
  /** What is typed is not shown. */
  readonly hidden?: boolean;
};

export function processTerminal(): Terminal {
  return { input: process.stdin, output: process.stderr, dumb: (process.env.TERM ?? 'dumb') === 'dumb' };
}

/** What the person typed, or undefined when they left the question. */
export async function askLine(question: LineQuestion, terminal: Terminal): Promise<string | undefined> {
  if (!terminal.dumb) return await askWithInquirer(question, terminal);
  const { message, proposal = '' } = question;
  const prompt = `${message}${proposal === '' ? '' : ` (${proposal})`} `;
  const typed = await readLine(terminal, { prompt, hidden: question.hidden === true });
  return typed === '' ? proposal : typed;
}

async function askWithInquirer(question: LineQuestion, terminal: Terminal): Promise<string | undefined> {
  const { createPromptModule } = await import('inquirer');
  const prompt = createPromptModule({ input: terminal.input, output: terminal.output });
  const { message, proposal } = question;
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
    // Control-C in a question is an answer ("I leave"), not an error.
    if (error instanceof Error && error.name === 'ExitPromptError') return undefined;
    throw error;
  }
}

/**
 * One line. Hidden: keys are read raw, because the terminal itself would show them, and from before the prompt can be seen:
 * who answers at once must not be shown, nor end the program with Control-C. What came after the line stays unread.
 */
function readLine(
  { input, output }: Terminal,
  { prompt, hidden }: { readonly prompt: string; readonly hidden: boolean },
): Promise<string | undefined> {
  // An input that already came to its end says so no second time.
  if (input.readableEnded || input.destroyed) {
    output.write(prompt);
    return Promise.resolve(undefined);
  }
  return new Promise((resolve) => {
    const decoder = new StringDecoder('utf8');
    let typed = '';
    const finish = (result: string | undefined, rest = '') => {
      input.off('data', onData);
      input.off('end', onEnd);
      if (hidden && input.isTTY) input.setRawMode(false);
      input.pause();
      if (rest !== '') input.unshift(Buffer.from(rest));
      if (hidden) output.write('\n');
      resolve(result);
    };
    const onEnd = () => finish(undefined);
    const onData = (chunk: Buffer | string) => {
      const keys = Array.from(typeof chunk === 'string' ? chunk : decoder.write(chunk));
      for (const [index, key] of keys.entries()) {
        if (key === '\r' || key === '\n') return finish(typed, keys.slice(index + 1).join(''));
        if (key === '\u0003' || key === '\u0004') return finish(undefined, keys.slice(index + 1).join(''));
        if (key === '\u007f' || key === '\b') typed = Array.from(typed).slice(0, -1).join('');
        else if (key === '\u0015') typed = '';
        else typed += key;
      }
    };
    if (hidden && input.isTTY) input.setRawMode(true);
    input.on('data', onData);
    input.once('end', onEnd);
    output.write(prompt);
    input.resume();
  });
}
