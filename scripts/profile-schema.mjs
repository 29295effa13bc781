// Writes profiles/schema.json from src/profile/schema.ts, so that editors check profiles as we do.
// `node scripts/profile-schema.mjs`; test/profile/schema.test.ts fails while the file is not current.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
// Inside the checkout, so that the bundle finds the dependencies it leaves outside.
const folder = await mkdtemp(join(root, 'node_modules', '.profile-schema-'));
try {
  const outfile = join(folder, 'schema.mjs');
  await build({
    entryPoints: [join(root, 'src/profile/json-schema.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
  const { schemaText } = await import(pathToFileURL(outfile).href);
  const file = join(root, 'profiles', 'schema.json');
  await writeFile(file, schemaText());
  execFileSync(join(root, 'node_modules/.bin/biome'), ['format', '--write', file], { stdio: 'inherit' });
} finally {
  await rm(folder, { recursive: true, force: true });
}
