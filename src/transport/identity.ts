// Which key let us in, so that every later login offers that one alone. Rules: only public halves are read or written here;
// a key that lives in the agent is named by a file with its public half, which makes ssh offer nothing else of the agent.
import { access, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runChild } from './child.ts';
import { fingerprintOf } from './known-hosts.ts';
import type { SshLog } from './ssh-log.ts';

export type Identity = {
  readonly fingerprint: string;
  /** Path or comment, as the client names it. */
  readonly name: string;
  /** authorized_keys form, when it could be found. */
  readonly publicKey: string | undefined;
  /** For IdentityFile; undefined when neither file nor public half is at hand (PKCS#11). */
  readonly file: string | undefined;
};

/** The identity of a login that has just worked; undefined when it was not a key. */
export async function identityOf(
  log: SshLog,
  directory: string,
  agentSocket: string | undefined,
): Promise<Identity | undefined> {
  const accepted = log.acceptedKey;
  if (accepted === undefined || log.authenticated !== 'publickey') return undefined;
  const { fingerprint, name } = accepted;
  const path = name.startsWith('/') ? name : undefined;
  const onDisk = path === undefined ? false : await exists(path);
  const publicKey =
    (path && ((await readPublic(`${path}.pub`, fingerprint)) ?? (await readPublic(path, fingerprint)))) ||
    (path && onDisk && (await readPrivate(path, fingerprint))) ||
    (await fromAgent(fingerprint, agentSocket));
  if (onDisk || !publicKey)
    return { fingerprint, name, publicKey: publicKey || undefined, file: onDisk ? path : undefined };
  const file = join(directory, 'identity.pub');
  await writeFile(file, `${publicKey}\n`, { mode: 0o600 });
  return { fingerprint, name, publicKey, file };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function matching(lines: readonly string[], fingerprint: string): string | undefined {
  return lines.find((line) => {
    const blob = line.trim().split(/\s+/)[1];
    return blob !== undefined && fingerprintOf(blob) === fingerprint;
  });
}

async function readPublic(path: string, fingerprint: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return matching(text.split('\n'), fingerprint)?.trim();
}

/** The public half of a private key file: in clear inside an OpenSSH one, else beside it. Undefined: cannot be told. */
export async function publicHalf(path: string): Promise<string | undefined> {
  const inside = insideOf(await readFile(path, 'utf8').catch(() => ''));
  if (inside !== undefined) return inside;
  const beside = (await readFile(`${path}.pub`, 'utf8').catch(() => '')).split('\n', 1)[0]?.trim();
  return beside === undefined || beside === '' ? undefined : beside;
}

async function readPrivate(path: string, fingerprint: string): Promise<string | undefined> {
  const inside = insideOf(await readFile(path, 'utf8').catch(() => ''));
  return inside === undefined ? undefined : matching([inside], fingerprint);
}

/** What stands before anything encrypted, in authorized_keys form. */
function insideOf(text: string): string | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1];
  if (body === undefined) return undefined;
  const bytes = Buffer.from(body.replace(/\s+/g, ''), 'base64');
  let at = 'openssh-key-v1\0'.length;
  const next = (): Buffer | undefined => {
    if (at + 4 > bytes.length) return undefined;
    const length = bytes.readUInt32BE(at);
    at += 4 + length;
    return at > bytes.length ? undefined : bytes.subarray(at - length, at);
  };
  // Cipher, key derivation and its options come first, then the number of keys.
  for (let skipped = 0; skipped < 3; skipped += 1) if (next() === undefined) return undefined;
  at += 4;
  const blob = next();
  if (blob === undefined || blob.length < 4) return undefined;
  const type = blob.toString('latin1', 4, 4 + blob.readUInt32BE(0));
  return `${type} ${blob.toString('base64')}`;
}

async function fromAgent(fingerprint: string, agentSocket: string | undefined): Promise<string | undefined> {
  const socket = agentSocket?.replace(/^~(?=\/)/, homedir());
  const result = await runChild('ssh-add', ['-L'], {
    timeout: 3_000,
    env: socket === undefined || socket === 'SSH_AUTH_SOCK' ? {} : { SSH_AUTH_SOCK: socket },
  });
  return matching(result.stdout.split('\n'), fingerprint)?.trim();
}
