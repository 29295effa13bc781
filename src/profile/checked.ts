// What the build has found in the built-in profiles. Rules: it counts only for a file that still has the same name and the
// same text, character for character; any other is read and checked as if there had been no build, and a program run from its
// sources has nothing here. It saves a look at the host the YAML parser and the schema library: most of what it would load.
import { basename } from 'node:path';
import { readText } from './read-text.ts';
import type { ProfileDocument } from './schema.ts';

/** By file name; set by scripts/bundle.mjs, which refuses a profile that has a fault. */
declare const CHECKED_PROFILES: {
  readonly [name: string]: { readonly text: string; readonly document: ProfileDocument };
};

/** What the file says, when the build has read and checked this very text. Never rejects. */
export async function checkedDocument(path: string): Promise<ProfileDocument | undefined> {
  const table = typeof CHECKED_PROFILES === 'undefined' ? {} : CHECKED_PROFILES;
  const name = basename(path);
  const known = Object.hasOwn(table, name) ? table[name] : undefined;
  if (known === undefined) return undefined;
  const text = await readText(path, 'profile').catch(() => undefined);
  return text === known.text ? known.document : undefined;
}
