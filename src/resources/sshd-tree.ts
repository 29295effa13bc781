// The files of sshd as texts: our own drop-in read and rendered, lines switched off, the Include put in. Nothing is decided here.
import { accumulates, canonicalKeyword, lexSshdFile, type SshdLine } from '../facts/sshd-config.ts';
import type { SshdOptionResource } from '../model/resource.ts';

export const OWN_FILE = '/etc/ssh/sshd_config.d/00-portcullis.conf';
export const INCLUDE_LINE = 'Include /etc/ssh/sshd_config.d/*.conf';
export const MARKER = '# switched off by portcullis: ';

const HEADER = `# Written by Portcullis, which rewrites this file as a whole: put settings of your own into another file.
# sshd keeps the first value it reads, so what stands here wins over the files that are read after it.
# To undo: "portcullis rollback HOST" from your own machine, or as root on this host: sh /var/lib/portcullis/engine status
`;

/** A file of the configuration under the name sshd reads it by. Two names may lead to one real file. */
export type TreeFile = { readonly path: string; readonly realPath: string; readonly text: string };

/** The main file first. */
export type Tree = readonly TreeFile[];

export type Own = Map<string, { readonly written: string; readonly values: readonly string[] }>;

/** Include lines stand beside each other too. */
export function addsUp(keyword: string): boolean {
  return accumulates(keyword) || keyword === 'include';
}

export function readOwn(text: string): Own {
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
function renderOwn(
  own: ReadonlyMap<string, { readonly written: string; readonly values: readonly string[] }>,
): string {
  const lines = [...own]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { written, values }]) => values.map((value) => `${written} ${value}\n`));
  return HEADER + lines.join('');
}

/** Bytes that say the same are left alone; a file that never was and would hold nothing is not made. */
export function withOwn(tree: Tree, before: string | null, own: Own): Tree {
  const rest = tree.filter((file) => file.path !== OWN_FILE);
  if (before !== null) {
    const same = JSON.stringify([...readOwn(before)].sort()) === JSON.stringify([...own].sort());
    return withFile(tree, OWN_FILE, same ? before : renderOwn(own));
  }
  return own.size === 0 ? rest : withFile(tree, OWN_FILE, renderOwn(own));
}

export function textOf(tree: Tree, path: string): string {
  return tree.find((file) => file.path === path)?.text ?? '';
}

/** All names of one real file get the new text. */
export function withFile(tree: Tree, path: string, text: string): Tree {
  const known = tree.find((file) => file.path === path);
  if (known === undefined) return [...tree, { path, realPath: path, text }];
  return tree.map((file) => (file.realPath === known.realPath ? { ...file, text } : file));
}

export function switchOff(text: string, line: SshdLine): string {
  const at = lexSshdFile({ path: line.file, text }).find((candidate) => candidate.line === line.line);
  if (at === undefined || at.keyword === '') return text;
  return text.slice(0, at.start) + MARKER + text.slice(at.start);
}

/** Before the first directive of the main file, with that file's own line ends. */
export function withInclude(tree: Tree): Tree {
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

/** Throws RangeError on what no configuration line can hold. */
export function checkOption(option: SshdOptionResource): void {
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
