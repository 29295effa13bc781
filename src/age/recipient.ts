// For whom something is encrypted: public keys as people have them, "age1…", a line of an ssh key, or a file of such lines. Rules: every
// mistake is told before anything is done; a private half that was given by mistake is never repeated in words.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UserError } from '../model/errors.ts';
import { sanitizeLine } from '../text/sanitize.ts';

export type SshKey =
  | { readonly kind: 'ssh-ed25519'; readonly blob: Uint8Array; readonly point: Uint8Array }
  | { readonly kind: 'ssh-rsa'; readonly blob: Uint8Array; readonly key: KeyObject };

export type Recipient = { readonly kind: 'age'; readonly text: string } | SshKey;

const ALLOWED =
  'allowed: age1…, ssh-ed25519 AAAA…, ssh-rsa AAAA… (2048 bits or more), or a file of such lines';
const LIMIT = 65_536;
const RSA_BITS = 2048;

/** `word`: a recipient, or the path of a file of them. Throws UserError with the flag and, in a file, the line. */
export async function readRecipients(word: string, flag: string): Promise<readonly Recipient[]> {
  if (/^(age1|AGE-|ssh-|ecdsa-|sk-)/.test(word)) return [readOne(word, flag)];
  const where = `${flag} ${sanitizeLine(word, 120)}`;
  const text = await readFile(word, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UserError(`no recipient, and no file that can be read: ${cause.code ?? 'error'}`, {
      where,
      hints: [ALLOWED],
      cause,
    });
  });
  if (text.length > LIMIT) throw new UserError('the file is larger than 64 KiB', { where, hints: [ALLOWED] });
  const found = text.split(/\r?\n/).flatMap((line, index) => {
    const trimmed = line.trim();
    return trimmed === '' || trimmed.startsWith('#') ? [] : [readOne(trimmed, `${where}:${index + 1}`)];
  });
  if (found.length === 0) throw new UserError('the file names no recipient', { where, hints: [ALLOWED] });
  return found;
}

function readOne(text: string, where: string): Recipient {
  const wrong = (what: string, ...hints: string[]) =>
    new UserError(what, { where, hints: [...hints, ALLOWED] });
  if (/^AGE-SECRET-KEY-|PRIVATE KEY/i.test(text))
    throw wrong(
      'this is a private key: it belongs to nobody but its owner',
      'its public half: age-keygen -y FILE',
    );
  if (/^age1[02-9ac-hj-np-z]{58}$/.test(text)) return { kind: 'age', text };
  if (text.startsWith('age1'))
    throw wrong(
      'this recipient belongs to a plugin of age, or is cut short; age1 and 58 characters are known',
    );
  const [type = '', base64 = ''] = text.split(/\s+/);
  if (type !== 'ssh-ed25519' && type !== 'ssh-rsa')
    throw wrong(`no recipient: ${sanitizeLine(type, 40)}`, 'age encrypts for no other kind of key');
  const blob = Buffer.from(base64, 'base64');
  const [name, first, second] = fieldsOf(blob);
  if (blob.toString('base64').replace(/=+$/, '') !== base64.replace(/=+$/, '') || name?.toString() !== type)
    throw wrong(`this ${type} key is damaged or cut short`);
  if (type === 'ssh-ed25519') {
    if (first?.length !== 32) throw wrong('this ssh-ed25519 key is damaged or cut short');
    return { kind: 'ssh-ed25519', blob, point: first };
  }
  if (first === undefined || second === undefined) throw wrong('this ssh-rsa key is damaged or cut short');
  const jwk = { kty: 'RSA', e: first.toString('base64url'), n: plain(second).toString('base64url') };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < RSA_BITS) throw wrong(`this ssh-rsa key has ${bits} bits, which is too few`);
  return { kind: 'ssh-rsa', blob, key };
}

/** ssh writes a zero before a number whose first bit is set. */
function plain(number: Buffer): Buffer {
  return number[0] === 0 ? number.subarray(1) : number;
}

/** Length-prefixed strings; empty when the blob does not end with the last of them. */
function fieldsOf(blob: Buffer): readonly Buffer[] {
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= blob.length) {
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return [];
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return at === blob.length ? fields : [];
}
