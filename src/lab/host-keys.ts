import { chmod, chown, copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** Keys made for one host, all on the machine's side. */
export interface HostKeys {
  /** Private key of the operator, accepted for root, ana and deploy. */
  readonly keyFile: string;
  readonly publicKey: string;
  /** Pins the host's keys for its addresses, any port, and for relays on loopback. */
  readonly knownHostsFile: string;
  /** SHA256 fingerprint of each host key, as `ssh-keygen -l` prints it. */
  readonly fingerprints: Readonly<Record<'ed25519' | 'ecdsa' | 'rsa', string>>;
}

const KINDS = ['ed25519', 'ecdsa', 'rsa'] as const;
const HOMES = ['/root', '/home/ana', '/home/deploy'] as const;

/** Makes fresh host keys and an operator key, and puts them where the host's sshd looks. */
export async function installKeys(options: {
  root: string;
  data: string;
  addresses: readonly string[];
  hostname: string;
}): Promise<HostKeys> {
  const { root, data, addresses, hostname } = options;
  const keys = join(data, 'keys');
  await mkdir(keys, { mode: 0o700 });
  const keyFile = join(keys, 'operator');
  const generate = (type: string, file: string, comment: string) =>
    execa('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', comment, '-f', file]);
  await Promise.all([
    generate('ed25519', keyFile, 'operator@lab'),
    ...KINDS.map((kind) => generate(kind, join(root, `etc/ssh/ssh_host_${kind}_key`), `root@${hostname}`)),
  ]);
  const publicKey = (await readFile(`${keyFile}.pub`, 'utf8')).trim();
  for (const home of HOMES) {
    const file = join(root, home, '.ssh/authorized_keys');
    await copyFile(`${keyFile}.pub`, file);
    const owner = await stat(join(root, home));
    await chown(file, owner.uid, owner.gid);
    await chmod(file, 0o600);
  }
  const names = [...addresses, '127.0.0.1'].flatMap((address) => [address, `[${address}]:*`]).join(',');
  const lines: string[] = [];
  const fingerprints: Record<string, string> = {};
  for (const kind of KINDS) {
    const file = join(root, `etc/ssh/ssh_host_${kind}_key.pub`);
    const [type = '', key = ''] = (await readFile(file, 'utf8')).split(' ');
    lines.push(`${names} ${type} ${key}\n`);
    const { stdout } = await execa('ssh-keygen', ['-l', '-E', 'sha256', '-f', file]);
    fingerprints[kind] = stdout.split(' ')[1] ?? '';
  }
  const knownHostsFile = join(keys, 'known_hosts');
  await writeFile(knownHostsFile, lines.join(''), { mode: 0o600 });
  return { keyFile, publicKey, knownHostsFile, fingerprints: fingerprints as HostKeys['fingerprints'] };
}
