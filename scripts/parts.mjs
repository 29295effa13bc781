// esbuild cuts a part wherever the sets of import()s that reach two modules differ: half a hundred files for one look at a
// host, most of them smaller than what it costs to find one. Here the parts that are loaded together become one file. Rules:
// a group holds what its roots import and no earlier group holds, so groups never need a later one; what is in no group
// stays a file of its own; the main entry does too, because it waits for everything else while it is still loading.
import { createHash } from 'node:crypto';
import { basename } from 'node:path';

/** What is imported statically from `name`, itself included. */
function closure(outputs, name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const { path, kind, external } of outputs.get(name).imports) {
    if (kind === 'import-statement' && external !== true) closure(outputs, basename(path), seen);
  }
  return seen;
}

/**
 * From esbuild's first result (split, in memory) and `groups` (name → root sources): which file each part goes to, and
 * `{ entryPoints, plugin, inputsOf }` for the second.
 */
export function joinParts({ metafile, outputFiles }, { main, groups, banner }) {
  const outputs = new Map(
    Object.entries(metafile.outputs)
      .filter(([path]) => path.endsWith('.js'))
      .map(([path, it]) => [basename(path), it]),
  );
  // Most modules need nothing of what stands at the head of each file.
  const bare = (text) =>
    /\brequire\b|__dirname/.test(text.replace(banner, '')) ? text : text.replace(banner, '');
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), bare(text)]));
  const home = new Map();
  const files = new Map();
  for (const [group, roots] of Object.entries(groups)) {
    const names = roots.map((root) => [...outputs].find(([, it]) => it.entryPoint === root)?.[0]);
    if (names.includes(undefined))
      throw new Error(`${group}: no import() leads to ${roots[names.indexOf(undefined)]}`);
    const parts = names
      .flatMap((name) => [...closure(outputs, name)])
      .filter((name, index, all) => all.indexOf(name) === index && name !== main && !home.has(name));
    const file = `${group}-${createHash('sha256').update(parts.join()).digest('hex').slice(0, 8).toUpperCase()}.js`;
    for (const part of parts) home.set(part, file);
    files.set(file, parts);
  }
  for (const name of outputs.keys()) {
    if (home.has(name)) continue;
    home.set(name, name);
    files.set(name, [name]);
  }
  const numbers = new Map([...outputs.keys()].map((name, index) => [name, `_${index}_`]));
  const list = (name, from, to) =>
    outputs
      .get(name)
      .exports.map((it) => `${from(it)} as ${to(it)}`)
      .join();
  const same = (it) => it;
  const numbered = (name) => (it) => `${numbers.get(name)}${it}`;

  const plugin = {
    name: 'join-parts',
    setup(build) {
      build.onResolve({ filter: /^whole:/ }, ({ path }) => ({
        path: path.slice('whole:'.length),
        namespace: 'whole',
      }));
      build.onResolve({ filter: /^\.\/.*\.js$/ }, ({ path, kind, namespace, importer }) => {
        const name = basename(path);
        if (namespace === 'whole') return { path: name, namespace: 'part' };
        if (namespace === 'elsewhere') return { path, external: true };
        if (home.get(name) === home.get(importer)) return { path: name, namespace: 'part' };
        if (kind === 'dynamic-import') return { path: `./${home.get(name)}`, external: true };
        return { path: name, namespace: 'elsewhere' };
      });
      build.onLoad({ filter: /.*/, namespace: 'whole' }, ({ path }) => ({
        contents: files
          .get(path)
          .flatMap((name) => [
            `import "./${name}";`,
            // Whoever comes by import() finds the names of the source; other files find numbered ones.
            ...(outputs.get(name).entryPoint === undefined
              ? []
              : [`export { ${list(name, same, same)} } from "./${name}";`]),
            `export { ${list(name, same, numbered(name))} } from "./${name}";`,
          ])
          .join('\n'),
      }));
      build.onLoad({ filter: /.*/, namespace: 'part' }, ({ path }) => ({ contents: texts.get(path) }));
      build.onLoad({ filter: /.*/, namespace: 'elsewhere' }, ({ path }) => ({
        contents: `import "./${home.get(path)}";\nexport { ${list(path, numbered(path), same)} } from "./${home.get(path)}";`,
      }));
    },
  };
  return {
    entryPoints: [...files.keys()].map((file) => ({ in: `whole:${file}`, out: file.replace(/\.js$/, '') })),
    plugin,
    inputsOf: (file) => Object.assign({}, ...(files.get(file) ?? []).map((name) => outputs.get(name).inputs)),
  };
}
