// The only exit. Rules: `--version` loads nothing; `--help` loads the command table only; a wizard on a terminal paints
// before anything heavy is loaded; every error is printed here, once, and decides the exit code.
import { readFileSync } from 'node:fs';
import { surelyReached, surelyWizard, wizardForm } from './cli/wizard-form.ts';
import { EXIT } from './model/errors.ts';
import type { Terminal } from './ui/terminal.ts';

export async function main(argv: readonly string[]): Promise<void> {
  const words = argv.slice(2);
  if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
    process.stdout.write(`portcullis ${version()}\n`);
    return;
  }
  // A reader that goes away (`| head`) must not end a run in the middle of a transaction: what it did not read is lost, the
  // run goes on and its exit code is its own. An output that cannot be written at all is told once.
  let unwritten: string | undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') unwritten ??= error.code ?? 'error';
  });
  process.stderr.on('error', () => {});
  process.on('exit', () => {
    if (unwritten === undefined) return;
    process.stderr.write(`portcullis: the output could not be written: ${unwritten}\n`);
    process.exitCode ||= EXIT.error;
  });
  const early = await paintEarly(words);
  try {
    const host = surelyReached(words);
    const asked = host === undefined ? undefined : (await import('./cli/early.ts')).askEarly(host);
    const { runProgram } = await import('./cli/program.ts');
    process.exitCode = await runProgram(words, { version: version(), early, asked });
    // A terminal that is gone can keep us waiting for its keys for ever; who was ended by a signal has nothing left to say.
    if (process.exitCode > 128) process.exit();
  } catch (error) {
    early?.restore();
    const { errorText } = await import('./report/errors.ts');
    const { exitCodeOf } = await import('./cli/exit-code.ts');
    if (words.includes('--json')) {
      const { errorJson } = await import('./report/error-json.ts');
      process.stdout.write(`${errorJson(error, exitCodeOf(error))}\n`);
    }
    process.stderr.write(errorText(error));
    process.exitCode = exitCodeOf(error);
  }
}

/** The wizard's first lines, when the words surely mean it: a person sees them while the program is still loading. */
async function paintEarly(words: readonly string[]): Promise<Terminal | undefined> {
  const wizard = surelyWizard(words);
  if (wizard === undefined || wizardForm({ plain: false, json: false }) !== 'screen') return undefined;
  const { firstPaint } = await import('./ui/first-paint.ts');
  return firstPaint(wizard.target, wizard);
}

/** Version of the package this file belongs to; src/ and dist/ both lie one level below package.json. */
export function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

if (process.env['VITEST'] === undefined) await main(process.argv);
