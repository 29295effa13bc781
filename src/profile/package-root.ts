import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Folder of the installed package or of the checkout: the nearest folder above this module whose package.json is ours.
 * Works from src/ and from the bundle in dist/ alike. Throws Error when the installation is broken.
 */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) {
      const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
      if (parsed !== null && typeof parsed === 'object' && 'name' in parsed && parsed.name === 'portcullis')
        return folder;
    }
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error('the package folder of portcullis was not found; the installation is broken');
    folder = parent;
  }
}
