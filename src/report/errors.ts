// Rules: what a person did shows where, what and how to go on, no stack. What a host did shows its evidence. Anything
// else is a bug of ours: it says so and shows its stack. No capital, no full stop at the end of the first line.
import { type Problem, TargetError, UserError } from '../model/errors.ts';
import { sanitize, sanitizeLine } from '../text/sanitize.ts';

/** Lines for stderr; ends with a newline. */
export function errorText(error: unknown): string {
  if (error instanceof UserError) {
    const [first = '', ...rest] = sanitize(error.message).split('\n');
    const body = error.problems.length > 0 ? error.problems.map(problemLines) : rest;
    return lines([head(error.where, first), ...body, ...hints(error.hints)]);
  }
  if (error instanceof TargetError) {
    const [first = '', ...rest] = sanitize(error.message).split('\n');
    const evidence = error.evidence.slice(0, EVIDENCE_LINES).flatMap((it) => sanitize(it).split('\n'));
    const more = error.evidence.length - EVIDENCE_LINES;
    return lines([
      head(error.where, first),
      ...rest,
      ...evidence.map((it) => `  | ${sanitizeLine(it, 200)}`),
      ...(more > 0 ? [`  | and ${more} more lines`] : []),
      ...hints(error.hints),
    ]);
  }
  const stack = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  return lines([
    'portcullis: this is a bug in portcullis, not a mistake of yours; nothing more is known about the host than before',
    sanitize(stack),
    '  please report it with these lines; they hold no secrets, but read them first',
  ]);
}

const EVIDENCE_LINES = 20;

function head(where: string | undefined, message: string): string {
  const place = where === undefined || message.includes(where) ? '' : `${sanitizeLine(where, 120)}: `;
  return `portcullis: ${place}${message}`;
}

function problemLines(it: Problem): string {
  const place = it.line === 0 ? it.file : `${it.file}:${it.line}:${it.column}`;
  return `  ${sanitizeLine(place, 200)}\n    ${sanitize(it.what)}\n    allowed: ${sanitize(it.allowed)}\n    to fix: ${sanitize(it.fix)}`;
}

function hints(texts: readonly string[]): readonly string[] {
  return texts.map((text) => `  hint: ${sanitize(text)}`);
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
