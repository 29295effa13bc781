// An ssh that comes from another address of this machine: straight, as somebody does who went elsewhere, or by a program in between, as
// through a jump host, whose address the host then sees.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A PATH whose ssh leaves from `address`. `folder` is a private one that goes away by itself. */
export async function sshFrom(
  folder: string,
  { address, proxy }: { readonly address: string; readonly proxy: boolean },
): Promise<string> {
  const bin = join(folder, proxy ? 'bin-jump' : 'bin-elsewhere');
  await mkdir(bin);
  const wrapper = join(bin, 'ssh');
  const relay = join(bin, 'relay.mjs');
  await writeFile(
    relay,
    `import { connect } from 'node:net';
const [, , host, port] = process.argv;
const far = connect({ host, port: Number(port), localAddress: '${address}' });
process.stdin.pipe(far);
far.pipe(process.stdout);
far.on('error', () => process.exit(1));
`,
  );
  const how = proxy ? `-o 'ProxyCommand=${process.execPath} ${relay} %h %p'` : `-b '${address}'`;
  await writeFile(wrapper, `#!/bin/sh\nexec /usr/bin/ssh ${how} "$@"\n`);
  await chmod(wrapper, 0o755);
  return `${bin}:${process.env.PATH}`;
}
