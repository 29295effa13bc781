// The operator's own key, where a password was the way in. Rules: a key he named is his; else those of this machine are offered
// one by one, and a new one is made last; the private half never leaves this machine; no file that is there is written.
import { access, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { homedir, hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '../model/errors.ts';
import type { Ask } from '../model/session.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Secret } from '../text/secret.ts';
import { publicHalf } from './identity.ts';
import { fingerprintOf } from './known-hosts.ts';

export type OperatorKey = {
  /** For IdentityFile: the private half, or a public one whose private half the agent has. */
  readonly file: string;
  readonly publicKey: string;
};

const TYPED_AT_MOST = 3;

/** Undefined: none was named, and none chosen. */
export async function operatorKey(it: {
  readonly identity: string | undefined;
  readonly where: string;
  /** Undefined: nobody shall be asked. */
  readonly ask: Ask | undefined;
  readonly home?: string;
}): Promise<OperatorKey | undefined> {
  if (it.identity !== undefined) {
    const publicKey = await publicOf(it.identity);
    return publicKey === undefined ? undefined : { file: it.identity, publicKey };
  }
  const { ask } = it;
  if (ask === undefined) return undefined;
  const folder = join(it.home ?? homedir(), '.ssh');
  for (const name of ['id_ed25519', 'id_ecdsa', 'id_rsa', 'id_ed25519_portcullis']) {
    const file = join(folder, name);
    const publicKey = (await readFile(file).then(
      () => true,
      () => false,
    ))
      ? await publicOf(file)
      : undefined;
    if (publicKey === undefined) continue;
    const fingerprint = fingerprintOf(publicKey.split(/\s+/)[1] ?? '');
    const prompt = `Only a password opens ${it.where}. Use ${sanitizeLine(file)} (${fingerprint}) as your key there?`;
    if ((await ask({ kind: 'confirm', prompt })).kind === 'accept') return { file, publicKey };
  }
  const free = (await isThere(join(folder, 'id_ed25519'))) ? 'id_ed25519_portcullis' : 'id_ed25519';
  const file = join(folder, free);
  if (await isThere(file)) return undefined;
  const prompt = `Only a password opens ${it.where}. Make a new key pair in ${sanitizeLine(file)}?`;
  if ((await ask({ kind: 'confirm', prompt })).kind !== 'accept') return undefined;
  const passphrase = await choosePassphrase(ask, file);
  return passphrase === 'declined' ? undefined : await makeKey(file, passphrase);
}

async function publicOf(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const line = /^(ssh-|ecdsa-|sk-)/.test(text) ? text.split('\n', 1)[0]?.trim() : await publicHalf(file);
  return line === undefined || line === '' ? undefined : line;
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function choosePassphrase(ask: Ask, file: string): Promise<Secret | undefined | 'declined'> {
  const prompt = `Passphrase for the new key ${sanitizeLine(file)}:`;
  const empty = 'Enter alone: none, and whoever gets the file can use it.';
  for (let tries = 0; tries < TYPED_AT_MOST; tries += 1) {
    const first = await ask({ kind: 'new-secret', of: 'passphrase', prompt, again: false, empty });
    if (first.kind === 'accept') return undefined;
    if (first.kind === 'decline') return 'declined';
    const second = await ask({ kind: 'new-secret', of: 'passphrase', prompt, again: true, empty: '' });
    if (second.kind === 'secret' && second.secret.equals(first.secret)) return first.secret;
  }
  return 'declined';
}

/** An ed25519 pair in OpenSSH's own format, 0600. Rejects with UserError when the file cannot be written. */
async function makeKey(file: string, passphrase: Secret | undefined): Promise<OperatorKey> {
  const { generateKey } = await import('./ssh2-library.ts');
  const comment = `${localUser()}@${hostname()}`.replaceAll(/[^\w.@-]/g, '');
  const made = generateKey(comment, passphrase?.open());
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.write(made.private.endsWith('\n') ? made.private : `${made.private}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await writeFile(`${file}.pub`, `${made.public}\n`, { mode: 0o644 });
  } catch (cause) {
    throw new UserError(
      `the new key cannot be written: ${(cause as NodeJS.ErrnoException).code ?? 'error'}`,
      {
        where: sanitizeLine(file),
        hints: ['name a key of yours with --identity FILE'],
        cause,
      },
    );
  }
  return { file, publicKey: made.public };
}

function localUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'operator';
  }
}
