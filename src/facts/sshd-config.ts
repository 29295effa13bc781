// Rules: sshd's own reading of its files, redone in TypeScript to find where a value comes from; never to decide what is in
// force (that is `sshd -T`). Keywords ignore case and may be joined by "="; quotes and backslashes as argv_split() reads
// them; "#" opens a comment only where a word could begin. Outside Match the first value wins; a Match block ends at the next
// Match or at the end of its file; an Include inside a block stands under that block; globs expand in byte order.
import { globMatcher, isPattern } from './glob.ts';

/** The part of a ConfigFile that is needed here. */
export type SshdText = { readonly path: string; readonly text: string };

/** One line of one file. `start`..`end` are offsets into the file's text, line terminator included: lines tile the text. */
export type LexedLine = {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
  /** Lower case, old names folded into today's; empty for blank lines and comments. */
  readonly keyword: string;
  /** The keyword as it is written. */
  readonly written: string;
  /** Words after the keyword, quotes resolved, comment dropped. Empty when quotes do not pair. */
  readonly args: readonly string[];
  /** Everything after the keyword, trailing blanks dropped: what ForceCommand and Banner take verbatim. */
  readonly rest: string;
};

export type MatchBlock = {
  readonly file: string;
  readonly line: number;
  readonly criteria: string;
  /** "Match all": holds for every connection, so what follows is global again. */
  readonly all: boolean;
};

/** A directive in the order sshd reads it. A file that is included twice appears twice. */
export type SshdLine = LexedLine & {
  /** Match blocks that all have to hold for this line, outermost first; empty = global. */
  readonly match: readonly MatchBlock[];
  readonly includedFrom: { readonly file: string; readonly line: number } | null;
  /** For an Include: the files it opens, in order. */
  readonly opens: readonly string[];
};

export const MAIN_FILE = '/etc/ssh/sshd_config';
const DROP_IN_FOLDER = '/etc/ssh/sshd_config.d';
const MAX_DEPTH = 16;
/** Files that include each other multiply; what a host says must not cost more than this many lines and openings. */
const MAX_LINES = 20_000;

const ALIASES: Readonly<Record<string, string>> = {
  challengeresponseauthentication: 'kbdinteractiveauthentication',
  skeyauthentication: 'kbdinteractiveauthentication',
  pubkeyacceptedkeytypes: 'pubkeyacceptedalgorithms',
  hostbasedacceptedkeytypes: 'hostbasedacceptedalgorithms',
  dsaauthentication: 'pubkeyauthentication',
  hostdsakey: 'hostkey',
  keepalive: 'tcpkeepalive',
};

/** Keywords whose global lines add up instead of the first one winning. */
const ACCUMULATING: ReadonlySet<string> = new Set([
  'port',
  'listenaddress',
  'hostkey',
  'hostcertificate',
  'allowusers',
  'denyusers',
  'allowgroups',
  'denygroups',
  'acceptenv',
  'setenv',
  'subsystem',
  'logverbose',
]);

/** Lower case, and today's name for an old one: the name `sshd -T` prints. */
export function canonicalKeyword(word: string): string {
  const lower = word.toLowerCase();
  return Object.hasOwn(ALIASES, lower) ? (ALIASES[lower] ?? lower) : lower;
}

export function accumulates(keyword: string): boolean {
  return ACCUMULATING.has(canonicalKeyword(keyword));
}

/** Every line of a text, comments and blank ones too; joining text.slice(start, end) gives the text back. */
export function lexSshdFile(file: SshdText): readonly LexedLine[] {
  const lines: LexedLine[] = [];
  let start = 0;
  while (start < file.text.length) {
    const newline = file.text.indexOf('\n', start);
    const end = newline === -1 ? file.text.length : newline + 1;
    const { keyword, rest } = splitKeyword(file.text.slice(start, end));
    lines.push({
      file: file.path,
      line: lines.length + 1,
      start,
      end,
      keyword: canonicalKeyword(keyword),
      written: keyword,
      args: splitWords(rest) ?? [],
      rest,
    });
    start = end;
  }
  return lines;
}

/**
 * All directives in reading order, starting at the first file of the list (the main file). A file that is open already is not
 * opened again within itself: sshd refuses such a loop. `whole` is false when there was more than MAX_LINES to read.
 */
export function readSshdFiles(files: readonly SshdText[]): {
  readonly lines: readonly SshdLine[];
  readonly whole: boolean;
} {
  const main = files[0];
  if (main === undefined) return { lines: [], whole: true };
  const lexed = new Map(files.map((file) => [file.path, lexSshdFile(file)]));
  const opener = openerOf([...lexed.keys()]);
  const out: SshdLine[] = [];
  let left = MAX_LINES;
  const read = (
    path: string,
    outer: readonly MatchBlock[],
    from: SshdLine | null,
    chain: readonly string[],
  ): void => {
    let match = outer;
    for (const line of lexed.get(path) ?? []) {
      if (line.keyword === '') continue;
      left -= 1;
      if (left < 0) return;
      if (line.keyword === 'match') match = [...outer, blockOf(line)];
      const opens = line.keyword === 'include' ? opener(line.args, MAX_LINES) : [];
      const includedFrom = from === null ? null : { file: from.file, line: from.line };
      const here: SshdLine = { ...line, match, includedFrom, opens };
      out.push(here);
      if (chain.length > MAX_DEPTH) continue;
      for (const next of opens) {
        left -= 1;
        if (left < 0) return;
        if (!chain.includes(next)) read(next, match, here, [...chain, next]);
      }
    }
  };
  read(main.path, [], null, [main.path]);
  return { lines: out, whole: left >= 0 };
}

/** The lines of readSshdFiles. */
export function parseSshdFiles(files: readonly SshdText[]): readonly SshdLine[] {
  return readSshdFiles(files).lines;
}

/** True when the line holds for every connection. */
function isGlobal(line: SshdLine): boolean {
  return line.match.every((block) => block.all);
}

/**
 * The global lines that have a say: every one for keywords that add up (Port, AllowUsers, …), else the first only; none =
 * built-in default (or command line).
 */
export function originsOf(lines: readonly SshdLine[], keyword: string): readonly SshdLine[] {
  const wanted = canonicalKeyword(keyword);
  const global = lines.filter((line) => line.keyword === wanted && isGlobal(line));
  return accumulates(wanted) ? global : global.slice(0, 1);
}

/** Lines inside Match blocks that set a keyword for some connections. */
export function overridesOf(lines: readonly SshdLine[], keyword: string): readonly SshdLine[] {
  const wanted = canonicalKeyword(keyword);
  return lines.filter((line) => line.keyword === wanted && !isGlobal(line));
}

/** A Match that does not hold for everybody: effective values then differ by connection. */
export function hasMatch(lines: readonly SshdLine[]): boolean {
  return lines.some((line) => line.keyword === 'match' && !isGlobal(line));
}

/** The main file opens every *.conf of the drop-in folder, for all connections. */
export function includesDropIns(lines: readonly SshdLine[]): boolean {
  const probe = `${DROP_IN_FOLDER}/00-portcullis.conf`;
  return lines.some(
    (line) =>
      line.keyword === 'include' &&
      line.includedFrom === null &&
      isGlobal(line) &&
      line.args.some((pattern) => globMatcher(absolute(pattern))(probe)),
  );
}

function blockOf(line: LexedLine): MatchBlock {
  const criteria = line.args.join(' ');
  return { file: line.file, line: line.line, criteria, all: criteria.toLowerCase() === 'all' };
}

function absolute(pattern: string): string {
  return pattern.startsWith('/') || pattern.startsWith('~') ? pattern : `/etc/ssh/${pattern}`;
}

/** What the words of an Include open among the known files: in their order, at most `most`; the same words are looked up once. */
function openerOf(
  known: readonly string[],
): (patterns: readonly string[], most: number) => readonly string[] {
  const sorted = [...known].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const found = new Map<string, readonly string[]>();
  const look = (pattern: string): readonly string[] => {
    const wanted = absolute(pattern);
    if (!isPattern(wanted)) return known.includes(wanted) ? [wanted] : [];
    return sorted.filter(globMatcher(wanted));
  };
  const lists = new Map<readonly string[], readonly string[]>();
  return (patterns, most) => {
    const before = lists.get(patterns);
    if (before !== undefined) return before;
    const opens: string[] = [];
    for (const pattern of patterns) {
      const matches = found.get(pattern) ?? look(pattern);
      found.set(pattern, matches);
      opens.push(...matches);
      if (opens.length > most) break;
    }
    lists.set(patterns, opens);
    return opens;
  };
}

const BLANK = ' \t\r\n';

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && BLANK.includes(text.charAt(at))) at += 1;
  return at;
}

/** strdelim(): one word up to blank, quote or "="; at most one "=" is swallowed with the blanks around it. */
function nextWord(text: string): { word: string; rest: string } | undefined {
  const cut = text.search(/[ \t\r\n"=]/);
  if (cut === -1) return { word: text, rest: '' };
  if (text.charAt(cut) === '"') {
    const close = text.indexOf('"', cut + 1);
    if (close === -1) return undefined;
    return {
      word: text.slice(0, cut) + text.slice(cut + 1, close),
      rest: text.slice(skipBlanks(text, close + 1)),
    };
  }
  let at = skipBlanks(text, cut + 1);
  if (text.charAt(cut) !== '=' && text.charAt(at) === '=') at = skipBlanks(text, at + 1);
  return { word: text.slice(0, cut), rest: text.slice(at) };
}

function splitKeyword(line: string): { keyword: string; rest: string } {
  const none = { keyword: '', rest: '' };
  const text = (line.split('\0')[0] ?? '').replace(/[ \t\r\n\f]+$/, '');
  let found = nextWord(text);
  if (found?.word === '') found = nextWord(found.rest);
  if (found === undefined || found.word === '' || found.word.startsWith('#')) return none;
  return { keyword: found.word, rest: found.rest };
}

/** argv_split() with comments: undefined when a quote is left open. */
export function splitWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    const first = text.charAt(at);
    if (first === ' ' || first === '\t') {
      at += 1;
      continue;
    }
    if (first === '#') break;
    let word = '';
    let quote = '';
    for (; at < text.length; at += 1) {
      const character = text.charAt(at);
      const next = text.charAt(at + 1);
      if (character === '\\' && next !== '' && ('\'"\\'.includes(next) || (quote === '' && next === ' '))) {
        word += next;
        at += 1;
      } else if (quote === '' && (character === ' ' || character === '\t')) break;
      else if (quote === '' && (character === '"' || character === "'")) quote = character;
      else if (character === quote) quote = '';
      else word += character;
    }
    if (quote !== '') return undefined;
    words.push(word);
  }
  return words;
}
