import type { AnswerValue } from '../model/control.ts';
import { quote } from '../text/command.ts';

/** The command line that would do the same again without a question. */
export function repeatLine(run: {
  readonly target: string;
  readonly profile: string;
  readonly steps?: readonly string[];
  readonly without?: Iterable<string>;
  readonly answers: Readonly<Record<string, AnswerValue>>;
}): string {
  const words = ['portcullis', 'apply', run.target];
  if (run.profile !== 'linux') words.push('--profile', run.profile);
  if (run.steps !== undefined && run.steps.length > 0) words.push('--steps', run.steps.join(','));
  for (const control of run.without ?? []) words.push('--without', control);
  for (const [key, value] of Object.entries(run.answers).sort(([a], [b]) => (a < b ? -1 : 1))) {
    words.push('--set', `${key}=${Array.isArray(value) ? value.join(',') : String(value)}`);
  }
  words.push('--yes');
  return words.map(quote).join(' ');
}
