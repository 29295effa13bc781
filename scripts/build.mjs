// Bundles src/cli.ts into dist/. Rules: parts have their hash in their name, and a program that runs meanwhile still finds its
// own: what an earlier build left goes an hour later.
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { bundle, root } from './bundle.mjs';

const dist = resolve(root, 'dist');
const { outputs } = await bundle(['src/cli.ts'], dist);
const fresh = new Set(Object.keys(outputs).map((path) => basename(path)));
for (const name of await readdir(dist)) {
  const path = resolve(dist, name);
  if (fresh.has(name) || Date.now() - (await stat(path)).mtimeMs < 3_600_000) continue;
  await rm(path, { recursive: true });
}
const bytes = Object.values(outputs).reduce((sum, output) => sum + output.bytes, 0);
console.error(`dist built (${Math.round(bytes / 1024)} KiB)`);
