// A configuration for later logins of the same session. Rules: what `ssh -G` resolved for this host is frozen (so no other
// IdentityFile of the operator is offered after ours, and Match exec runs no more); any other host, such as a jump host,
// still gets the operator's own configuration.
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { SshConfig } from './ssh-config.ts';

/** What shapes the way to the host and the algorithms; identities, forwardings and host key files are set by us. */
const FROZEN = new Set([
  'addressfamily',
  'bindaddress',
  'bindinterface',
  'casignaturealgorithms',
  'certificatefile',
  'ciphers',
  'compression',
  'hostname',
  'identityagent',
  'ipqos',
  'kexalgorithms',
  'macs',
  'pkcs11provider',
  'port',
  'preferredauthentications',
  'proxycommand',
  'proxyjump',
  'pubkeyacceptedalgorithms',
  'pubkeyacceptedkeytypes',
  'requiredrsasize',
  'securitykeyprovider',
  'user',
]);

/** Write the file into the session's private directory and give its path. */
export async function freezeConfig(config: SshConfig, host: string, directory: string): Promise<string> {
  const frozen = config.lines.filter((line) => FROZEN.has(line.slice(0, line.indexOf(' '))));
  const text = [
    `Host ${host}`,
    ...frozen.map((line) => `  ${line}`),
    `Host * !${host}`,
    `  Include "${join(homedir(), '.ssh', 'config')}"`,
    '  Include /etc/ssh/ssh_config',
    '',
  ].join('\n');
  const file = join(directory, 'config');
  await writeFile(file, text, { mode: 0o600 });
  return file;
}
