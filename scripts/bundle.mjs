// How sources become one program; used by the build and by the benchmark. Rules: ESM with code splitting, so that
// `--version` and `--help` load neither Ink nor a transport; production React; host scripts and other text assets are
// embedded through `?raw`.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { joinParts } from './parts.mjs';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const rawText = {
  name: 'raw-text',
  setup(plugin) {
    plugin.onResolve({ filter: /\?raw$/ }, (args) => ({
      path: resolve(args.resolveDir, args.path.replace(/\?raw$/, '')),
      namespace: 'raw-text',
    }));
    plugin.onLoad({ filter: /.*/, namespace: 'raw-text' }, async (args) => ({
      contents: await readFile(args.path, 'utf8'),
      loader: 'text',
    }));
  },
};

// Ink loads its devtools bridge only when DEV is set; the launcher deletes DEV, so a stub is enough.
const noDevtools = {
  name: 'no-devtools',
  setup(plugin) {
    plugin.onResolve({ filter: /^react-devtools-core$/ }, (args) => ({
      path: args.path,
      namespace: 'no-devtools',
    }));
    plugin.onLoad({ filter: /.*/, namespace: 'no-devtools' }, () => ({
      contents: 'export default {}',
      loader: 'js',
    }));
  },
};

// The optional native parts of ssh2 are never used: with them two machines would negotiate different algorithms.
const noNativeParts = {
  name: 'no-native-parts',
  setup(plugin) {
    plugin.onResolve({ filter: /^cpu-features$|sshcrypto\.node$/ }, (args) => ({
      path: args.path,
      namespace: 'no-native-parts',
    }));
    plugin.onLoad({ filter: /.*/, namespace: 'no-native-parts' }, () => ({
      contents: "throw new Error('not built in')",
      loader: 'js',
    }));
  },
};

// What measures text builds tables and patterns of all of Unicode while it loads: most runs only print what text/wrap.ts
// measures itself, so our own imports of it load it at its first call.
const lateWidth = {
  name: 'late-width',
  setup(plugin) {
    plugin.onResolve({ filter: /^string-width$/ }, (args) =>
      args.importer.startsWith(resolve(root, 'src'))
        ? { path: args.path, namespace: 'late-width' }
        : undefined,
    );
    plugin.onLoad({ filter: /.*/, namespace: 'late-width' }, () => ({
      contents: "let width; export default (text) => (width ??= require('string-width').default)(text);",
      loader: 'js',
      resolveDir: root,
    }));
  },
};

const checkedProfiles = (profiles) => ({
  name: 'checked-profiles',
  setup(plugin) {
    plugin.onLoad({ filter: /\/src\/profile\/checked\.ts$/ }, async ({ path }) => ({
      contents: `const CHECKED_PROFILES = ${JSON.stringify(profiles)};\n${await readFile(path, 'utf8')}`,
      loader: 'ts',
    }));
  },
});

const plugins = [rawText, noDevtools, noNativeParts, lateWidth];
const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __dirname = import.meta.dirname;",
  },
  plugins,
  logLevel: 'warning',
};

/** Every built-in profile by file name, read by the program's own reader. Throws for one with a fault. */
async function readProfiles() {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-profiles-'));
  try {
    const outfile = join(folder, 'read.mjs');
    await build({ ...common, entryPoints: ['src/profile/read-document.ts'], outfile });
    const { readDocument } = await import(pathToFileURL(outfile).href);
    const checked = {};
    for (const name of (await readdir(join(root, 'profiles'))).filter((it) => it.endsWith('.yaml'))) {
      const path = join(root, 'profiles', name);
      const text = await readFile(path, 'utf8');
      const { document, faults } = readDocument(text, path);
      if (faults.length > 0) throw new Error(`${path}:${faults[0].line}: ${faults[0].what}`);
      checked[basename(path)] = { text, document };
    }
    return checked;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What one look at a host loads, in the order in which it is needed (parts.mjs). */
const GROUPS = {
  start: ['src/cli.ts'],
  // A wizard's first lines, and what they share with everything.
  paint: ['src/ui/first-paint.ts'],
  early: ['src/cli/early.ts'],
  program: ['src/cli/program.ts'],
  // Until ssh is on its way.
  way: ['src/cli/commands/check.ts', 'src/prompt/ask.ts'],
  // While it logs in.
  look: [...['steps/index.ts', 'src/profile/load.ts', 'src/session/session.ts'], 'src/report/check-text.ts'],
};

/** Bundles `entries` (paths from the root) into `outdir`. Resolves to esbuild's metafile. */
export async function bundle(entries, outdir) {
  const program = entries.includes('src/cli.ts');
  const first = await build({
    ...common,
    entryPoints: entries,
    outdir,
    splitting: true,
    minify: !program,
    sourcemap: false,
    legalComments: program ? 'inline' : 'linked',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [...plugins, checkedProfiles(await readProfiles())],
    metafile: true,
    write: !program,
  });
  if (!program) return first.metafile;
  const { entryPoints, plugin, inputsOf } = joinParts(first, {
    main: 'cli.js',
    groups: GROUPS,
    banner: common.banner.js,
  });
  const { metafile } = await build({
    ...{ absWorkingDir: root, bundle: true, format: 'esm', platform: 'node', target: 'node20' },
    entryPoints,
    outdir,
    minify: true,
    legalComments: 'linked',
    plugins: [plugin],
    metafile: true,
    // What there is to warn of was told the first time.
    logLevel: 'error',
  });
  const outputs = Object.entries(metafile.outputs).map(([path, it]) => [
    path,
    { ...it, inputs: inputsOf(basename(path)) },
  ]);
  return { ...metafile, outputs: Object.fromEntries(outputs) };
}
