// Rules: sshd keeps the first value it reads, so our file is the first drop-in. What a drop-in cannot override is switched off
// where it stands: lines read before ours, keywords that add up (Port, AllowUsers, …), lines in Match blocks that re-open what
// ours closes, "Match all". Such a line becomes a comment with a marker; every other byte of the file stays. A value that is
// stricter already is kept. The same options on the result change nothing.
import { includesDropIns, parseSshdFiles, type SshdLine } from '../facts/sshd-config.ts';
import type { EffectiveSshd } from '../facts/values.ts';
import type { SshdOptionResource } from '../model/resource.ts';
import { canonicalKeyword, compareOption, isAlgorithmList, listOf, valuesIn } from './sshd.ts';
import {
  addsUp,
  checkOption,
  INCLUDE_LINE,
  OWN_FILE,
  type Own,
  readOwn,
  switchOff,
  type Tree,
  textOf,
  withFile,
  withInclude,
  withOwn,
} from './sshd-tree.ts';

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

/** Where sshd keeps the last value instead (measured on 9.2 and 10.0): every other line has to go. */
const LAST_WINS: ReadonlySet<string> = new Set(['maxstartups']);

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
  const mine = it.own.get(keyword);
  const isEarlier = (line: SshdLine): boolean => it.lines.indexOf(line) < it.here;
  const lastWins = LAST_WINS.has(keyword);
  // Lines that would win over ours.
  const earlier = plain.filter((line) => lastWins || isEarlier(line));
  const first = lastWins
    ? plain.findLast((line) => mine === undefined || !isEarlier(line))
    : (earlier[0] ?? (mine === undefined ? plain[0] : undefined));
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
