// Rules: what nginx.conf and a Caddyfile share: directives made of words, some with a block of directives. A place is a path of
// names, each with as many first arguments as it takes to mean one directive; a path that means two is refused, never guessed.
// A change replaces the words that differ; a new directive takes the indentation of its neighbours. The result is read again and
// must say what was meant and nothing else.
import { atRoot, inBlock, indentIn, newBlock, render, unitOf } from './directive-layout.ts';
import { applyEdits, cutOut, done, type Edit, lineEnd, type Result, refuse } from './editor.ts';

/** `text` is what the program reads; start..end hold the quotes too. */
export type Word = {
  readonly text: string;
  readonly quote: string;
  readonly start: number;
  readonly end: number;
};

/** start..end run from the first word to the end sign or the closing brace. */
export type Directive = {
  /** The name first; none for a block without a name. */
  readonly words: readonly Word[];
  readonly start: number;
  readonly end: number;
  readonly block: Block | null;
};

/** Offsets of the two braces. An opaque block is another language and has no children. */
export type Block = {
  readonly open: number;
  readonly close: number;
  readonly opaque: boolean;
  readonly children: readonly Directive[];
};

export type DirectiveDocument = { readonly text: string; readonly children: readonly Directive[] };

/** A step down: the directive of this name whose first arguments are these; `nth` of those in their block, from 0. */
export type Step = { readonly name: string; readonly args?: readonly string[]; readonly nth?: number };
export type DirectivePath = readonly Step[];

export type NewDirective = {
  readonly name: string;
  readonly args: readonly string[];
  readonly children?: readonly NewDirective[];
};

/** How one program writes it. */
export type Syntax = {
  readonly parse: (text: string) => Result<DirectiveDocument>;
  /** A word as it is written, in the quotes of the word it replaces if they can hold it; undefined = it cannot be written. */
  readonly write: (text: string, quote: string) => string | undefined;
  readonly end: ';' | '';
};

/** What may stand behind a directive on its last line and goes with it. */
const TAIL = /[ \t]*(?:#[^\n]*)?/;

/** Every directive that the path means, in the order of the file. */
export function findDirectives(document: DirectiveDocument, path: DirectivePath): readonly Directive[] {
  let found: readonly Directive[] = [];
  let among: readonly (readonly Directive[])[] = [document.children];
  for (const step of path) {
    found = among.flatMap((block) => {
      const meant = block.filter((directive) => isMeant(directive, step));
      return step.nth === undefined ? meant : meant.slice(step.nth, step.nth + 1);
    });
    among = found.map(({ block }) => block?.children ?? []);
  }
  return found;
}

function isMeant({ words }: Directive, { name, args = [] }: Step): boolean {
  return (words[0]?.text ?? '') === name && args.every((arg, index) => words[index + 1]?.text === arg);
}

/** The arguments, when the path means exactly one directive. */
export function getArgs(document: DirectiveDocument, path: DirectivePath): readonly string[] | undefined {
  const found = findDirectives(document, path);
  return found.length === 1 ? found[0]?.words.slice(1).map(({ text }) => text) : undefined;
}

/** All arguments of the one directive that the path means; it is put at the end of its block when there is none. */
export function setArgs(
  syntax: Syntax,
  ...[document, path, args]: readonly [DirectiveDocument, DirectivePath, readonly string[]]
): Result<string> {
  const found = findDirectives(document, path);
  const last = path.at(-1);
  if (last === undefined || found.length > 1) return refuseCount(found.length);
  const [directive] = found;
  if (directive === undefined)
    return insertDirective(syntax, {
      document,
      path: path.slice(0, -1),
      directive: { name: last.name, args },
    });
  const edits: Edit[] = [];
  const old = directive.words.slice(1);
  const kept = old.slice(0, args.length);
  let end = directive.words[0]?.end ?? directive.start;
  for (const [index, arg] of args.entries()) {
    const word = old[index];
    const text = syntax.write(arg, word?.quote ?? '');
    if (text === undefined) return refuseWord();
    if (word === undefined) edits.push({ start: end, end, text: ` ${text}` });
    else if (word.text !== arg) edits.push({ start: word.start, end: word.end, text });
    end = word?.end ?? end;
  }
  const lastOld = old.at(-1);
  if (kept.length < old.length && lastOld !== undefined)
    edits.push({ start: end, end: lastOld.end, text: '' });
  const outline = outlineOf(document);
  const at = outline.findIndex((it) => it.directive === directive);
  const said = outline[at];
  if (said === undefined) return refuseCount(0);
  const now = { ...said, words: [...said.words.slice(0, 1), ...args] };
  return verified(syntax, applyEdits(document.text, edits), outline.toSpliced(at, 1, now));
}

/**
 * One more directive at the end (or start) of the block that the path means; the empty path is the file itself. Where a directive may stand
 * with and without a block (a Caddyfile), one that has none gets it.
 */
export function insertDirective(
  syntax: Syntax,
  it: {
    readonly document: DirectiveDocument;
    readonly path: DirectivePath;
    readonly directive: NewDirective;
    readonly at?: 'start' | 'end';
  },
): Result<string> {
  const { document, path } = it;
  const { text } = document;
  const found = findDirectives(document, path);
  const parent = path.length === 0 ? undefined : found[0];
  if (path.length > 0 && found.length !== 1) return refuseCount(found.length);
  const opened = parent?.block === null && syntax.end === '' ? parent : undefined;
  if (parent !== undefined && opened === undefined && (parent.block === null || parent.block.opaque)) {
    return refuse({
      what: 'a directive without a block to put it in',
      allowed: 'a block',
      fix: 'name another one',
    });
  }
  const block = parent?.block ?? null;
  const children = opened === undefined ? (block?.children ?? document.children) : [];
  const indent = parent === undefined ? '' : indentIn(text, parent);
  const written = render(syntax, it.directive, { indent, unit: unitOf(text), end: lineEnd(text) });
  if (written === undefined) return refuseWord();
  const isStart = it.at === 'start';
  const edit =
    opened !== undefined
      ? newBlock({ text, parent: opened, written })
      : block === null
        ? atRoot(text, isStart, written)
        : inBlock({ text, block, isStart, written, indent });
  const depth = path.length;
  const outline = outlineOf(document).map((said) =>
    said.directive === opened && opened !== undefined ? { ...said, block: '' } : said,
  );
  const parentAt = parent === undefined ? -1 : outline.findIndex(({ directive }) => directive === parent);
  const size = children.reduce((sum, child) => sum + outlineOf({ text, children: [child] }).length, 0);
  const at = parentAt + 1 + (isStart ? 0 : size);
  return verified(
    syntax,
    applyEdits(text, [edit]),
    outline.toSpliced(at, 0, ...outlineOfNew(it.directive, depth)),
  );
}

/** Takes the one directive that the path means away, its block and the comment behind it too. */
export function removeDirective(
  syntax: Syntax,
  document: DirectiveDocument,
  path: DirectivePath,
): Result<string> {
  const found = findDirectives(document, path);
  const [directive] = found;
  if (directive === undefined) return done(document.text);
  if (found.length > 1) return refuseCount(found.length);
  const { text } = document;
  const { start, end } = directive;
  const outline = outlineOf(document);
  const at = outline.findIndex((it) => it.directive === directive);
  const size = outlineOf({ text, children: [directive] }).length;
  return verified(
    syntax,
    applyEdits(text, [cutOut({ text, start, end, tail: TAIL })]),
    outline.toSpliced(at, size),
  );
}

function refuseCount(count: number): Result<never> {
  const what = count === 0 ? 'a path that means no directive' : `a path that means ${count} directives`;
  return refuse({ what, allowed: 'a path that means one', fix: 'name more of its arguments' });
}

function refuseWord(): Result<never> {
  const what = 'a word that cannot be written in this file';
  return refuse({ what, allowed: 'text that quotes can hold', fix: 'choose another value' });
}

/** A directive as one line of what a file says. */
type Said = {
  readonly depth: number;
  readonly words: readonly string[];
  /** The text of an opaque block; null = no block. */
  readonly block: string | null;
  readonly directive?: Directive;
};

function outlineOf({ text, children }: DirectiveDocument, depth = 0): readonly Said[] {
  return children.flatMap((directive) => {
    const { block } = directive;
    const body = block === null ? null : block.opaque ? text.slice(block.open, block.close) : '';
    const said = { depth, words: directive.words.map((word) => word.text), block: body, directive };
    return [said, ...outlineOf({ text, children: block?.children ?? [] }, depth + 1)];
  });
}

function outlineOfNew({ name, args, children }: NewDirective, depth: number): readonly Said[] {
  const inside = (children ?? []).flatMap((child) => outlineOfNew(child, depth + 1));
  return [{ depth, words: [name, ...args], block: children === undefined ? null : '' }, ...inside];
}

function verified(syntax: Syntax, text: string, wanted: readonly Said[]): Result<string> {
  const again = syntax.parse(text);
  const line = ({ depth, words, block }: Said) => JSON.stringify([depth, words, block]);
  if (again.ok && outlineOf(again.value).map(line).join('\n') === wanted.map(line).join('\n'))
    return done(text);
  const what = 'a change that would not read back as it was meant';
  return refuse({
    what,
    allowed: 'names and words that mean one thing here',
    fix: 'make the change by hand',
  });
}
