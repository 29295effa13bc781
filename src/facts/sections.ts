// Rules: a script answers in sections, each opened by a line that carries a random word only the call knows (sections.sh), so
// file content cannot forge one. A parser takes what it needs by name; what is missing or malformed is `unknown` with the
// reason, never a guess and never "absent".
import { type Reading, unknown } from '../model/outcome.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { RawReply } from './fact.ts';

export type Section = { readonly name: string; readonly args: readonly string[]; readonly body: string };

/** Why an answer cannot be read. Thrown by the helpers below and turned into `unknown` by reader(). */
export class Unreadable extends Error {}

export class Sections {
  constructor(readonly all: readonly Section[]) {}

  find(name: string): Section | undefined {
    return this.all.find((section) => section.name === name);
  }

  /** The section's body; Unreadable when it is missing. */
  body(name: string): string {
    const found = this.find(name);
    if (found === undefined) throw new Unreadable(`the answer lacks "${name}"`);
    return found.body;
  }

  /** The body without its last line end. */
  line(name: string): string {
    return this.body(name).replace(/\n$/, '');
  }

  /** Sections from each `name` up to the next one: an item with its details. */
  groups(name: string): readonly Sections[] {
    const groups: Section[][] = [];
    for (const section of this.all) {
      if (section.name === name) groups.push([section]);
      else groups.at(-1)?.push(section);
    }
    return groups.map((group) => new Sections(group));
  }
}

function sectionsOf(stdout: string): Sections {
  const mark = /^\n@([0-9a-f]+) /.exec(stdout)?.[1];
  if (mark === undefined) {
    if (stdout.trim() === '') return new Sections([]);
    throw new Unreadable(`unexpected format: ${sanitizeLine(stdout, 80)}`);
  }
  return new Sections(
    stdout
      .split(`\n@${mark} `)
      .slice(1)
      .map((part) => {
        const newline = part.indexOf('\n');
        const head = newline === -1 ? part : part.slice(0, newline);
        const [name = '', ...args] = head.split(' ');
        return { name, args, body: newline === -1 ? '' : part.slice(newline + 1) };
      }),
  );
}

/** A fact's parser from a function over sections: deadline, cut output, exit code and bad format become `unknown`. */
export function reader<T>(read: (sections: Sections) => Reading<T>): (raw: RawReply) => Reading<T> {
  return (raw) => {
    if (raw.code === 124 || raw.code === 137) return unknown('the host took too long to answer');
    if (raw.truncated) return unknown('the answer was too long and has been cut');
    if (raw.code === 127) return unknown(`missing tool ${told(raw.stderr)}`.trim());
    if (raw.code !== 0) return unknown(`the script ended with ${raw.code} ${told(raw.stderr)}`.trim());
    try {
      return read(sectionsOf(raw.stdout));
    } catch (error) {
      if (error instanceof Unreadable) return unknown(error.message);
      throw error;
    }
  };
}

function told(stderr: string): string {
  const text = stderr.trim();
  return text === '' ? '' : `(${sanitizeLine(text, 120)})`;
}

/** A non-negative whole number; Unreadable otherwise. */
export function whole(text: string | undefined): number {
  const trimmed = text?.trim() ?? '';
  if (!/^\d{1,15}$/.test(trimmed)) throw new Unreadable(`not a number: ${sanitizeLine(trimmed, 40)}`);
  return Number(trimmed);
}

/** Non-empty lines. */
export function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** KEY=value lines as a map; the first of a key wins. */
export function pairsOf(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const line of linesOf(text)) {
    const at = line.indexOf('=');
    if (at > 0 && !pairs.has(line.slice(0, at))) pairs.set(line.slice(0, at), line.slice(at + 1));
  }
  return pairs;
}

/** A mode as `stat -c %a` prints it, as four octal digits. */
export function octal(text: string | undefined): string {
  if (!/^[0-7]{1,4}$/.test(text ?? '')) throw new Unreadable(`not a mode: ${sanitizeLine(text ?? '', 40)}`);
  return (text ?? '').padStart(4, '0');
}

/** Words between blanks. */
export function wordsOf(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
