// Rules: a command is a value made of parts; this file alone turns parts into shell text. A secret is never an
// argument: it travels on stdin. Two renderings come from the same parts: one for the shell, one for the eye.
import { Secret } from './secret.ts';

/** One piece of a command: shell text we wrote ourselves, or a value that is quoted. */
export type Part = { readonly literal: string } | { readonly value: string };

export type Input = string | Uint8Array | Secret;

/** A command for the POSIX shell of a host. `deadline` in milliseconds; `outputLimit` in bytes per stream. */
export type Command = {
  readonly parts: readonly Part[];
  /** What the command reads on stdin, in order. */
  readonly stdin: readonly Input[];
  readonly deadline: number;
  readonly outputLimit: number;
};

const DEFAULT_DEADLINE = 30_000;
const DEFAULT_OUTPUT_LIMIT = 1024 * 1024;

/** Shell text of ours, never made from a value. */
export function literal(text: string): Part {
  return { literal: text };
}

/** A value: quoted for the shell whatever it holds. Throws RangeError on NUL, which no argument can carry. */
export function value(text: string): Part {
  if (text.includes('\0')) throw new RangeError('a command argument cannot contain NUL');
  return { value: text };
}

/** A command from parts. Plain strings in `parts` are our own shell text. */
export function command(
  parts: readonly (string | Part)[],
  options: { stdin?: readonly Input[]; deadline?: number; outputLimit?: number } = {},
): Command {
  return {
    parts: parts.map((part) => (typeof part === 'string' ? literal(part) : part)),
    stdin: options.stdin ?? [],
    deadline: options.deadline ?? DEFAULT_DEADLINE,
    outputLimit: options.outputLimit ?? DEFAULT_OUTPUT_LIMIT,
  };
}

/** Single quotes around the text; an inner single quote is closed, escaped and opened again. */
export function quote(text: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The text that a POSIX shell runs. Parts are joined by one space. */
export function renderForShell(it: Command): string {
  return it.parts.map((part) => ('literal' in part ? part.literal : quote(part.value))).join(' ');
}

/** The text that a person may read: the same parts; stdin is told by its length only. */
export function renderForEye(it: Command): string {
  const input = it.stdin
    .map((piece) => (piece instanceof Secret ? ' < secret' : ` < ${piece.length} bytes`))
    .join('');
  return renderForShell(it) + input;
}
