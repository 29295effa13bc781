// What the tests of the room rbac have in common.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** A profile that walks these steps alone, as a file in the folder. */
export async function rbacProfile(folder: string, steps: readonly string[] = ['rbac']): Promise<string> {
  const path = join(folder, 'people.yaml');
  const list = steps.map((id) => `  - ${id}\n`).join('');
  await writeFile(path, `schema: 1\nid: people\ntitle: People\ndescription: For tests.\nsteps:\n${list}`);
  return path;
}

/** A new key pair NAME and NAME.pub in the folder; "type base64" of it. */
export async function makeKey(folder: string, name: string): Promise<string> {
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(folder, name)]);
  const [type = '', blob = ''] = (await readFile(join(folder, `${name}.pub`), 'utf8')).split(' ');
  return `${type} ${blob}`;
}
