// What the configuration names and reads, of all that the host told.
import { everyNode } from './nginx-sites.ts';
import type { NginxTree } from './nginx-tree.ts';
import { linesOf, type Sections } from './sections.ts';

/** Marks what the configuration itself names. */
export function namesIn(
  { nodes }: NginxTree,
  main: string,
): <T extends { readonly path: string; readonly named: boolean }>(it: T) => T {
  const folder = main.slice(0, main.lastIndexOf('/'));
  const paths = everyNode(nodes).flatMap(({ name, args: [path = ''] }) =>
    name === 'ssl_certificate' || name === 'ssl_certificate_key'
      ? [path.startsWith('/') ? path : `${folder}/${path}`]
      : [],
  );
  return (it) => ({ ...it, named: paths.includes(it.path) });
}

/** Files and certificates that changed after the oldest process that takes connections was started. */
export function unservedOf(sections: Sections): readonly string[] {
  const started = linesOf(sections.find('workers')?.body ?? '').map(Number);
  if (started.length === 0) return [];
  const since = Math.min(...started);
  return linesOf(sections.find('changed')?.body ?? '').flatMap((line) => {
    const cut = line.indexOf(' ');
    return Number(line.slice(0, cut)) > since ? [line.slice(cut + 1)] : [];
  });
}
