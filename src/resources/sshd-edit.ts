// Rules: sshd keeps the first value it reads, so our file is the first drop-in. What a drop-in cannot override is switched off
// where it stands: lines read before ours, keywords that add up (Port, AllowUsers, …), lines in Match blocks that re-open what
// ours closes, "Match all". Such a line becomes a comment with a marker; every other byte of the file stays. A value that is
// stricter already is kept. The same options on the result change nothing.
import { includesDropIns, lexSshdFile, parseSshdFiles, type SshdLine } from '../facts/sshd-config.ts';
import type { EffectiveSshd } from '../facts/values.ts';
import type { SshdOptionResource } from '../model/resource.ts';
import { accumulates, canonicalKeyword, compareOption, isAlgorithmList, listOf, valuesIn } from './sshd.ts';

export const OWN_FILE = '/etc/ssh/sshd_config.d/00-portcullis.conf';
export const INCLUDE_LINE = 'Include /etc/ssh/sshd_config.d/*.conf';
export const MARKER = '# switched off by portcullis: ';

const HEADER = `# Written by Portcullis, which rewrites this file as a whole: put settings of your own into another file.
# sshd keeps the first value it reads, so what stands here wins over the files that are read after it.
# To undo: "portcullis rollback HOST" from your own machine, or as root on this host: ls /var/lib/portcullis
`;

/** A file of the configuration under the name sshd reads it by. Two names may lead to one real file. */
export type TreeFile = { readonly path: string; readonly realPath: string; readonly text: string };

/** The main file first. */
export type Tree = readonly TreeFile[];

/** One line that was switched off or put in, for titles and notes; text is hostile. */
export type Edit = {
  readonly keyword: string;
  readonly realPath: string;
  readonly line: number;
  readonly text: string;
  readonly match: string | null;
};

export type EditResult = {
  readonly tree: Tree;
  readonly edits: readonly Edit[];
  readonly includeAdded: boolean;
  /** Keywords (canonical) that stand in our own file because of this stage. */
  readonly written: readonly string[];
  /** Options that were left as they are, with the value that is kept and whether it is stricter. */
  readonly kept: readonly { readonly keyword: string; readonly value: string; readonly stricter: boolean }[];
};

type Own = Map<string, { readonly written: string; readonly values: readonly string[] }>;

/** Marks where our own file is read, whatever it holds. */
const HERE = 'portcullis-reads-here';

/**
 * The tree with the options in force. `effective` is what sshd says today (built-in defaults included) and decides only
 * when no line sets the keyword. Throws RangeError on a value that no configuration line can hold.
 */
export function editTree(options: {
  readonly tree: Tree;
  readonly wanted: readonly SshdOptionResource[];
  readonly effective: EffectiveSshd;
}): EditResult {
  const ownText = options.tree.find((file) => file.path === OWN_FILE)?.text ?? null;
  const own = readOwn(ownText ?? '');
  const marked = withFile(options.tree, OWN_FILE, `${HERE}\n`);
  const includeAdded = !includesDropIns(parseSshdFiles(marked));
  const readable = includeAdded ? withInclude(marked) : marked;
  const lines = parseSshdFiles(readable);
  const here = lines.findIndex((line) => line.keyword === HERE);

  const off = new Map<string, { line: SshdLine; keyword: string }>();
  const kept: { keyword: string; value: string; stricter: boolean }[] = [];
  const written: string[] = [];
  for (const option of options.wanted) {
    const keyword = canonicalKeyword(option.keyword);
    checkOption(option);
    if (keyword === 'include' && option.values.every((value) => INCLUDE_LINE === `Include ${value}`))
      continue;
    const others = lines.filter((line) => line.keyword === keyword && line.file !== OWN_FILE);
    const outcome = addsUp(keyword)
      ? settleSum({ option, others, own })
      : settleFirst({ option, others, own, lines, here, effective: options.effective });
    for (const line of outcome.off) off.set(`${line.file}:${line.line}`, { line, keyword });
    if (outcome.kept === undefined) written.push(keyword);
    else kept.push({ keyword, ...outcome.kept });
  }

  let tree = readable;
  for (const { line } of off.values())
    tree = withFile(tree, line.file, switchOff(textOf(tree, line.file), line));
  tree = withOwn(tree, ownText, own);
  return {
    tree,
    includeAdded,
    written,
    kept,
    edits: [...off.values()].map(({ line, keyword }) => ({
      keyword,
      realPath: readable.find((file) => file.path === line.file)?.realPath ?? line.file,
      line: line.line,
      text: `${line.written} ${line.rest}`,
      match: line.match.at(-1)?.criteria ?? null,
    })),
  };
}

type Settled = {
  readonly off: readonly SshdLine[];
  readonly kept?: { readonly value: string; readonly stricter: boolean };
};

/** Keywords whose first value wins. */
function settleFirst(it: {
  option: SshdOptionResource;
  others: readonly SshdLine[];
  own: Own;
  lines: readonly SshdLine[];
  here: number;
  effective: EffectiveSshd;
}): Settled {
  const keyword = canonicalKeyword(it.option.keyword);
  const plain = it.others.filter((line) => line.match.length === 0);
  const earlier = plain.filter((line) => it.lines.indexOf(line) < it.here);
  const mine = it.own.get(keyword);
  const first = earlier[0] ?? (mine === undefined ? plain[0] : undefined);
  const current =
    first !== undefined ? [first.args.join(' ')] : (mine?.values ?? valuesIn(it.effective, keyword));
  let goal = it.option.values;
  let kept: Settled['kept'];
  if (current !== undefined) {
    const comparison = compareOption(keyword, current, goal);
    if (comparison === 'stricter' && isAlgorithmList(keyword) && !sameOrder(current, goal)) {
      goal = [
        listOf(goal)
          .filter((name) => listOf(current).includes(name))
          .join(','),
      ];
    } else if (comparison === 'stricter') kept = { value: current.join(' '), stricter: true };
    else if (comparison === 'same' && (!isAlgorithmList(keyword) || sameOrder(current, goal))) {
      kept = { value: current.join(' '), stricter: false };
    }
  }
  if (kept === undefined) it.own.set(keyword, { written: it.option.keyword, values: goal });
  const reopened = it.others.filter(
    (line) =>
      line.match.length > 0 &&
      (it.option.everywhere === true || line.match.every((block) => block.all)) &&
      !['same', 'stricter'].includes(compareOption(keyword, [line.args.join(' ')], it.option.values)),
  );
  return {
    off: [...(kept === undefined ? earlier : []), ...reopened],
    ...(kept === undefined ? {} : { kept }),
  };
}

/** Keywords that add up over lines: what is wanted and stands elsewhere stays there, the rest goes into our file. */
function settleSum(it: { option: SshdOptionResource; others: readonly SshdLine[]; own: Own }): Settled {
  const keyword = canonicalKeyword(it.option.keyword);
  const only = !keyword.startsWith('deny') && keyword !== 'include';
  const goal = it.option.values.flatMap((value) => wordsOf(keyword, value));
  const off = it.others.filter(
    (line) =>
      only &&
      (line.match.length === 0 || it.option.everywhere === true || line.match.every((block) => block.all)) &&
      competes(keyword, line, goal),
  );
  const standing = it.others
    .filter((line) => line.match.length === 0 && !off.includes(line))
    .flatMap((line) => wordsOf(keyword, line.args.join(' ')));
  const before = it.own.get(keyword)?.values.flatMap((value) => wordsOf(keyword, value)) ?? [];
  const mine = [...new Set(only ? goal : [...before, ...goal])].filter((word) => !standing.includes(word));
  const same = mine.length === before.length && mine.every((word) => before.includes(word));
  if (mine.length === 0) it.own.delete(keyword);
  else if (!same) it.own.set(keyword, { written: it.option.keyword, values: mine });
  return same && off.length === 0 ? { off, kept: { value: goal.join(' '), stricter: false } } : { off };
}

/** Include lines stand beside each other too. */
function addsUp(keyword: string): boolean {
  return accumulates(keyword) || keyword === 'include';
}

/** What adds up: words, but whole lines for Subsystem. */
function wordsOf(keyword: string, value: string): readonly string[] {
  return keyword === 'subsystem' ? [value] : value.split(/\s+/);
}

/** A Subsystem line stands against ours only when it names the same subsystem. */
function competes(keyword: string, line: SshdLine, goal: readonly string[]): boolean {
  if (keyword === 'subsystem') {
    const name = line.args[0];
    const ours = goal.filter((value) => value.split(/\s+/)[0] === name);
    return ours.length > 0 && !ours.includes(line.args.join(' '));
  }
  return !line.args.every((word) => goal.includes(word));
}

function sameOrder(current: readonly string[], wanted: readonly string[]): boolean {
  const have = listOf(current);
  return (
    listOf(wanted)
      .filter((name) => have.includes(name))
      .join() === have.join()
  );
}

function checkOption(option: SshdOptionResource): void {
  const bad = [option.keyword, ...option.values].find(
    (text) => /[\u0000-\u001f\u007f]/.test(text) || text.trim() === '',
  );
  if (bad !== undefined || !/^[A-Za-z0-9]+$/.test(option.keyword)) {
    throw new RangeError(
      `${option.keyword}: a value of sshd_config is one line of text without control characters`,
    );
  }
  if (!addsUp(canonicalKeyword(option.keyword)) && option.values.length !== 1) {
    throw new RangeError(`${option.keyword}: needs exactly one value, got ${option.values.length}`);
  }
}

function readOwn(text: string): Own {
  const own: Own = new Map();
  for (const line of lexSshdFile({ path: OWN_FILE, text })) {
    if (line.keyword === '') continue;
    const value = line.args.join(' ') === line.rest.trim() ? line.args.join(' ') : line.rest.trim();
    const values = addsUp(line.keyword) ? [...(own.get(line.keyword)?.values ?? []), value] : [value];
    if (!own.has(line.keyword) || addsUp(line.keyword))
      own.set(line.keyword, { written: line.written, values });
  }
  return own;
}

/** Our file, rendered: header and one line a value, in the order of the alphabet, so that history does not show. */
export function renderOwn(
  own: ReadonlyMap<string, { readonly written: string; readonly values: readonly string[] }>,
): string {
  const lines = [...own]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { written, values }]) => values.map((value) => `${written} ${value}\n`));
  return HEADER + lines.join('');
}

/** Bytes that say the same are left alone; a file that never was and would hold nothing is not made. */
function withOwn(tree: Tree, before: string | null, own: Own): Tree {
  const rest = tree.filter((file) => file.path !== OWN_FILE);
  if (before !== null) {
    const same = JSON.stringify([...readOwn(before)].sort()) === JSON.stringify([...own].sort());
    return withFile(tree, OWN_FILE, same ? before : renderOwn(own));
  }
  return own.size === 0 ? rest : withFile(tree, OWN_FILE, renderOwn(own));
}

function textOf(tree: Tree, path: string): string {
  return tree.find((file) => file.path === path)?.text ?? '';
}

/** All names of one real file get the new text. */
function withFile(tree: Tree, path: string, text: string): Tree {
  const known = tree.find((file) => file.path === path);
  if (known === undefined) return [...tree, { path, realPath: path, text }];
  return tree.map((file) => (file.realPath === known.realPath ? { ...file, text } : file));
}

function switchOff(text: string, line: SshdLine): string {
  const at = lexSshdFile({ path: line.file, text }).find((candidate) => candidate.line === line.line);
  if (at === undefined || at.keyword === '') return text;
  return text.slice(0, at.start) + MARKER + text.slice(at.start);
}

/** Before the first directive of the main file, with that file's own line ends. */
function withInclude(tree: Tree): Tree {
  const main = tree[0];
  if (main === undefined) return tree;
  const ending = main.text.includes('\r\n') ? '\r\n' : '\n';
  const first = lexSshdFile(main).find((line) => line.keyword !== '');
  const at = first?.start ?? main.text.length;
  const glue = at > 0 && !main.text.slice(0, at).endsWith('\n') ? ending : '';
  return withFile(
    tree,
    main.path,
    `${main.text.slice(0, at)}${glue}${INCLUDE_LINE}${ending}${main.text.slice(at)}`,
  );
}
