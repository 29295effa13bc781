// Rules: nginx's files as one tree, as nginx puts them together: an include gives way to what it opens, relative names count from the folder of
// the main file, a pattern that opens nothing is nothing. Every directive keeps the file and the place it stands in, for edits.
// What cannot be read, or was not brought along, is a problem.
import type { Directive } from '../editors/directive-tree.ts';
import { nginxEditor } from '../editors/nginx.ts';
import type { NginxPlace } from '../model/resource.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { globMatcher, isPattern } from './glob.ts';
import type { ConfigFile } from './values.ts';

/** `file` is where its name leads. */
export type NginxNode = {
  readonly name: string;
  readonly args: readonly string[];
  readonly file: string;
  readonly at: NginxPlace;
  readonly line: number;
  /** null: no block. Lua blocks have none to look into. */
  readonly children: readonly NginxNode[] | null;
};

export type NginxTree = {
  readonly nodes: readonly NginxNode[];
  readonly problems: readonly string[];
  /** Paths of the files that are part of it. */
  readonly read: readonly string[];
  /** "http" of the main file includes a drop-in of ours, were there one. */
  readonly dropIns: boolean;
};

const DROP_IN = '/etc/nginx/conf.d/portcullis.conf';

const DEPTH = 16;
const MOST_NODES = 50_000;

/** `patterns`: what the host looked for on behalf of includes; what is not among them may be there unseen. */
export function expandNginx(it: {
  readonly files: readonly ConfigFile[];
  readonly main: string;
  readonly patterns: readonly string[];
}): NginxTree {
  const folder = it.main.slice(0, it.main.lastIndexOf('/'));
  const absolute = (path: string) => (path.startsWith('/') ? path : `${folder}/${path}`);
  const looked = new Set(it.patterns.map(absolute));
  const problems = new Set<string>();
  const read = new Set<string>();
  let count = 0;
  let dropIns = false;

  const open = (file: ConfigFile, depth: number): readonly NginxNode[] => {
    read.add(file.path);
    if (file.inexact) {
      problems.add(`${file.path} is not plain UTF-8 text`);
      return [];
    }
    const parsed = nginxEditor.parse(file.text);
    if (!parsed.ok) {
      const { line, column, what } = parsed.problem;
      problems.add(`${file.path}, line ${line}, column ${column}: ${what}`);
      return [];
    }
    return walk({ file, directives: parsed.value.children, above: [], depth });
  };

  const walk = (at: {
    readonly file: ConfigFile;
    readonly directives: readonly Directive[];
    readonly above: NginxPlace;
    readonly depth: number;
  }): readonly NginxNode[] => {
    const seen = new Map<string, number>();
    return at.directives.flatMap((directive): readonly NginxNode[] => {
      const [name = '', ...args] = directive.words.map(({ text }) => text);
      const nth = seen.get(name) ?? 0;
      seen.set(name, nth + 1);
      count += 1;
      if (count > MOST_NODES) {
        problems.add(`there are more than ${MOST_NODES} directives`);
        return [];
      }
      if (name === 'include' && directive.block === null)
        return include({ pattern: args[0] ?? '', from: at.file, above: at.above, depth: at.depth });
      const place = [...at.above, { name, nth }];
      const inside = directive.block === null || directive.block.opaque ? null : directive.block.children;
      return [
        {
          name,
          args,
          file: at.file.realPath,
          at: place,
          line: at.file.text.slice(0, directive.start).split('\n').length,
          children:
            inside === null
              ? null
              : walk({ file: at.file, directives: inside, above: place, depth: at.depth }),
        },
      ];
    });
  };

  const include = (one: {
    readonly pattern: string;
    readonly from: ConfigFile;
    readonly above: NginxPlace;
    readonly depth: number;
  }): readonly NginxNode[] => {
    const pattern = absolute(one.pattern);
    if (one.depth >= DEPTH) {
      problems.add(`${one.from.path} includes deeper than ${DEPTH} files`);
      return [];
    }
    const takes = isPattern(pattern) ? globMatcher(pattern) : (path: string) => path === pattern;
    if (one.above.length === 1 && one.above[0]?.name === 'http' && one.depth === 0)
      dropIns ||= takes(DROP_IN);
    const found = it.files.filter(({ path }) => takes(path)).sort((a, b) => (a.path < b.path ? -1 : 1));
    if (!looked.has(pattern) || (found.length === 0 && !isPattern(pattern)))
      problems.add(`${one.from.path} includes ${pattern}, which was not found`);
    return found.flatMap((file) => open(file, one.depth + 1));
  };

  const main = it.files.find(({ path }) => path === it.main);
  if (main === undefined) problems.add(`there is no ${it.main}`);
  const nodes = main === undefined ? [] : open(main, 0);
  return { nodes, problems: [...problems].map((one) => sanitizeLine(one, 300)), read: [...read], dropIns };
}
