import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/**
 * A home folder of its own for every `ssh` this process starts, jump hosts' ssh included: OpenSSH takes the home from the
 * account, not from HOME, so a wrapper in PATH mounts it over /root in a private mount namespace.
 */
export function usePrivateHome(): {
  readonly write: (name: string, text: string) => Promise<string>;
  readonly path: () => string;
} {
  let directory = '';
  const path = process.env.PATH;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'private-home-'));
    await mkdir(join(directory, 'home', '.ssh'), { recursive: true, mode: 0o700 });
    await mkdir(join(directory, 'bin'));
    const wrapper = join(directory, 'bin', 'ssh');
    const home = join(directory, 'home');
    await writeFile(
      wrapper,
      `#!/bin/sh
if [ -n "$PRIVATE_HOME" ]; then exec /usr/bin/ssh "$@"; fi
export PRIVATE_HOME=1
exec unshare -m sh -c 'mount --bind ${home} /root && exec /usr/bin/ssh "$@"' ssh "$@"
`,
    );
    await chmod(wrapper, 0o755);
    process.env.PATH = `${join(directory, 'bin')}:${path}`;
  });
  afterAll(async () => {
    process.env.PATH = path;
    await rm(directory, { recursive: true, force: true });
  });
  return {
    path: () => join(directory, 'home', '.ssh'),
    async write(name, text) {
      const file = join(directory, 'home', '.ssh', name);
      await writeFile(file, text, { mode: 0o600 });
      return file;
    },
  };
}
