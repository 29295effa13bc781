// What the tests of nginx and Caddy ask of a tree of directives.
import {
  type Directive,
  type DirectiveDocument,
  type DirectivePath,
  findDirectives,
} from '../../src/editors/directive-tree.ts';

/** Where the arguments of the one directive of a path stand. */
export function argsSpan(document: DirectiveDocument, path: DirectivePath) {
  const [found] = findDirectives(document, path);
  const name = found?.words[0];
  if (found === undefined || name === undefined) return undefined;
  return { start: found.words[1]?.start ?? name.end, end: found.words.at(-1)?.end ?? name.end };
}

/** Every directive but the ones that the path means, with how deep it stands. */
export function otherDirectives(document: DirectiveDocument, path: DirectivePath): readonly string[] {
  const meant = findDirectives(document, path);
  const flat = (children: readonly Directive[], depth: number): readonly string[] =>
    children.flatMap((it) => [
      ...(meant.includes(it) ? [] : [`${depth} ${JSON.stringify(it.words.map(({ text }) => text))}`]),
      ...flat(it.block?.children ?? [], depth + 1),
    ]);
  return flat(document.children, 0);
}
