// How a headless command speaks. Rules: results go to stdout, progress and errors to stderr; with --json every event is
// one line of JSON on stdout; without a terminal nothing is ever asked.
import { writeFile } from 'node:fs/promises';
import { UserError } from '../model/errors.ts';
import type { RunSummary } from '../model/event.ts';
import type { Ask, Emit } from '../model/session.ts';
import { eventLine } from '../report/event-line.ts';
import { safeJson } from '../text/json.ts';
import { interactive } from './interactive.ts';
import { tellOnSignal } from './on-signal.ts';
import type { ReachOptions } from './options.ts';
import { askWithPasswordFiles } from './password-file.ts';
import { reachLine } from './repeat.ts';

export type View = {
  readonly emit: Emit;
  readonly ask: Ask;
  readonly style: Style;
  /** Says how a run ended: a text on stdout, or the last event with --json. Gives its exit code. */
  readonly conclude: (summary: RunSummary) => Promise<number>;
};

/** How text is drawn: colour off with --no-color, NO_COLOR or a pipe; plain ASCII glyphs outside UTF-8. */
export type Style = { readonly color: boolean; readonly unicode: boolean; readonly columns: number };

export function styleOf(stream: NodeJS.WriteStream, wanted: { color: boolean }): Style {
  const environment = process.env;
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || '';
  return {
    color: wanted.color && stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb',
    unicode: /utf-?8/i.test(locale),
    columns: Math.max(60, Math.min(stream.columns ?? 100, 120)),
  };
}

/** `nothing`: what a person who is led through is told at a signal that comes before anything was begun. */
export async function openView(
  options: ReachOptions,
  {
    target,
    nothing,
    write = (text) => void process.stderr.write(text),
  }: {
    readonly target: string;
    readonly nothing?: string;
    /** Where lines about what happens go; stderr as it is without it. */
    readonly write?: (text: string) => void;
  },
): Promise<View> {
  const { terminalAsk, headlessAsk } = await import('../prompt/ask.ts');
  const style = styleOf(process.stderr, options);
  const told: Emit = (event) => {
    if (options.json) {
      process.stdout.write(`${safeJson(event)}\n`);
      return;
    }
    const line = eventLine(event, { ...style, verbose: options.verbose });
    if (line !== undefined) write(`${line}\n`);
  };
  const emit = tellOnSignal(told, {
    say: (line) => process.stderr.write(`${line}\n`),
    again: (command, ...more) => reachLine(command, target, options, ...more),
    ...(nothing === undefined ? {} : { nothing }),
  });
  const asked =
    interactive() && !options.json
      ? terminalAsk()
      : headlessAsk(options.acceptHostKey === undefined ? {} : { acceptHostKey: options.acceptHostKey });
  const ask = await askWithPasswordFiles(options, asked);
  const conclude = async (summary: RunSummary): Promise<number> => {
    if (options.json) told({ type: 'done', summary });
    else {
      const { summaryText } = await import('../report/summary-text.ts');
      await deliver(summaryText(summary, styleOf(process.stdout, options)));
    }
    return summary.exitCode;
  };
  return { emit, ask, style, conclude };
}

/** Writes a result to stdout, or to the file named by --output. */
export async function deliver(text: string, output?: string): Promise<void> {
  if (output === undefined) {
    process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    return;
  }
  try {
    await writeFile(output, text, { mode: 0o600 });
  } catch (error) {
    throw new UserError(`cannot write the report: ${(error as NodeJS.ErrnoException).code ?? 'error'}`, {
      where: output,
      hints: ['name a file in a folder you can write to'],
      cause: error,
    });
  }
}
