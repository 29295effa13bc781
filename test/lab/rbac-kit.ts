// What the tests of the room rbac have in common.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A profile that walks these steps alone, as a file in the folder. */
export async function rbacProfile(folder: string, steps: readonly string[] = ['rbac']): Promise<string> {
  const path = join(folder, 'people.yaml');
  const list = steps.map((id) => `  - ${id}\n`).join('');
  await writeFile(path, `schema: 1\nid: people\ntitle: People\ndescription: For tests.\nsteps:\n${list}`);
  return path;
}
