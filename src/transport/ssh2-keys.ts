// Keys this machine can sign with, for the ssh2 transport. Rules: a key is offered by its public half, and its passphrase is
// asked only when the host wants that key; a file others can read is not used; certificates and FIDO keys are named, not used.
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../model/errors.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Secret } from '../text/secret.ts';
import { publicHalf } from './identity.ts';
import { fingerprintOf } from './known-hosts.ts';
import { OpenSSHAgent, type ParsedKey, parseKey } from './ssh2-library.ts';

export type Hash = 'sha1' | 'sha256' | 'sha512';

export type OwnKey = {
  readonly fingerprint: string;
  /** Path or comment, as the client names it. */
  readonly name: string;
  /** authorized_keys form. */
  readonly publicKey: string;
  /** Where the private half is; undefined: in the agent. */
  readonly file: string | undefined;
  /** Rejects when the key cannot sign, e.g. a passphrase was wrong or not given. */
  sign(data: Buffer, hash: Hash | undefined): Promise<Buffer>;
};

export type KeySources = {
  /** Only this one: a private key file, or a public one whose private half the agent has. */
  readonly identity?: string | undefined;
  /** Private key files to try when there is no identity. */
  readonly files: readonly string[];
  /** Only keys of these files, also of those the agent has. */
  readonly identitiesOnly: boolean;
  readonly agentSocket: string | undefined;
  /** Undefined: declined. */
  readonly passphrase: (file: string) => Promise<Secret | undefined>;
};

/** As ssh itself looks for them. */
export function defaultKeyFiles(home = homedir()): readonly string[] {
  return ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(home, '.ssh', name));
}

/** Keys to offer, best first. Rejects with UserError for an identity that cannot be used. */
export async function findKeys(it: KeySources): Promise<readonly OwnKey[]> {
  const agent = await agentKeys(it.agentSocket);
  if (it.identity !== undefined) return [await oneKey(it, it.identity, agent)];
  const files = (await Promise.all(it.files.map((file) => fileKey(it, file)))).filter(
    (key) => key !== undefined,
  );
  const named = files.map((key) => agent.find((one) => one.fingerprint === key.fingerprint) ?? key);
  const others = agent.filter((key) => !named.some((one) => one.fingerprint === key.fingerprint));
  return it.identitiesOnly
    ? named
    : [...named.filter((key) => key.file === undefined), ...others, ...named.filter((key) => key.file)];
}

async function oneKey(it: KeySources, file: string, agent: readonly OwnKey[]): Promise<OwnKey> {
  const where = `--identity ${sanitizeLine(file)}`;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError('the identity file cannot be read', {
      where,
      hints: ['name a private key, e.g. ~/.ssh/id_ed25519, or leave it out'],
      cause,
    });
  });
  refuseOther(text, where);
  const line = isPublic(text) ? text : ((await publicHalf(file)) ?? '');
  const fingerprint = fingerprintOf(line.split(/\s+/)[1] ?? '');
  const held = agent.find((key) => key.fingerprint === fingerprint);
  if (held !== undefined) return { ...held, name: file };
  if (((await stat(file)).mode & 0o077) !== 0 && !isPublic(text))
    throw new UserError('the private key file can be read by others, so it is not used', {
      where,
      hints: [`chmod 600 ${sanitizeLine(file)}`],
    });
  const key = await fileKey(it, file);
  if (key !== undefined) return key;
  throw new UserError('this is not a private key that the transport ssh2 can use', {
    where,
    hints: [
      'an OpenSSH or PEM private key is wanted; beside an encrypted PEM file its .pub file is needed',
      'with a public key file, the agent (SSH_AUTH_SOCK) must hold the private half',
    ],
  });
}

function isPublic(text: string): boolean {
  return /^(ssh-|ecdsa-|sk-)/.test(text);
}

function refuseOther(text: string, where: string): void {
  const what = /^\S+-cert-v01@/.test(text) ? 'a certificate' : /^sk-/.test(text) ? 'a FIDO key' : undefined;
  if (what === undefined) return;
  throw new UserError(`this is ${what}, which the transport ssh2 cannot use`, {
    where,
    hints: ['install openssh-client and use --transport openssh, or name another key'],
  });
}

/** Undefined: there is no such file, others can read it, or it is no key of ours. */
async function fileKey(it: KeySources, file: string): Promise<OwnKey | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (!text.includes('PRIVATE KEY') || ((await stat(file)).mode & 0o077) !== 0) return undefined;
  const publicKey = (await publicHalf(file)) ?? publicOf(text);
  if (publicKey === undefined || /^sk-/.test(publicKey)) return undefined;
  return {
    fingerprint: fingerprintOf(publicKey.split(/\s+/)[1] ?? ''),
    name: file,
    publicKey,
    file,
    sign: async (data, hash) => {
      const plain = parseKey(text);
      const key = plain instanceof Error ? await unlock(it, file, text) : plain;
      const signature: Buffer | Error = key.sign(data, hash);
      if (signature instanceof Error) throw signature;
      return signature;
    },
  };
}

function publicOf(text: string): string | undefined {
  const key = parseKey(text);
  return key instanceof Error ? undefined : `${key.type} ${key.getPublicSSH().toString('base64')}`;
}

async function unlock(it: KeySources, file: string, text: string) {
  const passphrase = await it.passphrase(file);
  if (passphrase === undefined) throw new Error('the passphrase was not given');
  const key = parseKey(text, passphrase.open());
  if (key instanceof Error) throw new Error('the passphrase does not open the private key');
  return key;
}

/** What the agent holds and this transport can use. No agent: nothing. */
async function agentKeys(socket: string | undefined): Promise<readonly OwnKey[]> {
  if (socket === undefined || socket === '') return [];
  const agent = new OpenSSHAgent(socket);
  const keys = await new Promise<Parameters<Parameters<typeof agent.getIdentities>[0]>[1]>((resolve) => {
    const timer = setTimeout(() => resolve([]), 3_000);
    agent.getIdentities((error, found) => {
      clearTimeout(timer);
      resolve(error ? [] : (found ?? []));
    });
  });
  return (keys ?? []).flatMap((one): readonly OwnKey[] => {
    const key = parseKey(one as ParsedKey);
    if (key instanceof Error) return [];
    const blob = key.getPublicSSH();
    return [
      {
        fingerprint: fingerprintOf(blob.toString('base64')),
        name: sanitizeLine(key.comment || 'a key of the agent'),
        publicKey: `${key.type} ${blob.toString('base64')}`,
        file: undefined,
        sign: (data, hash) =>
          new Promise((resolve, reject) => {
            const options = hash === undefined ? {} : { hash };
            agent.sign(key, data, options, (error, signature) =>
              error || signature === undefined
                ? reject(error ?? new Error('no signature'))
                : resolve(signature),
            );
          }),
      },
    ];
  });
}
