// A file key wrapped for somebody's ssh key, as the age specification (age-encryption.org/v1, ssh-ed25519 and ssh-rsa) says: the library
// knows age's own keys only. Rules: the numbers are node:crypto's; what is worked out here by hand is public.
import {
  constants,
  createCipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  publicEncrypt,
} from 'node:crypto';
import type { SshKey } from './recipient.ts';

export type Wrapped = { readonly args: readonly string[]; readonly body: Uint8Array };

const ED25519 = 'age-encryption.org/v1/ssh-ed25519';
const RSA = 'age-encryption.org/v1/ssh-rsa';
/** 2^255 - 19. */
const P = 2n ** 255n - 19n;

/** Throws RangeError for a key that shares no secret with anybody (a point of small order). */
export function wrapForSsh(key: SshKey, fileKey: Uint8Array): Wrapped {
  const tag = bare(createHash('sha256').update(key.blob).digest().subarray(0, 4));
  if (key.kind === 'ssh-rsa') {
    const how = { key: key.key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    const body = publicEncrypt({ ...how, oaepLabel: Buffer.from(RSA) }, fileKey);
    return { args: ['ssh-rsa', tag], body };
  }
  const theirs = montgomery(key.point);
  const mine = generateKeyPairSync('x25519');
  const share = rawPublic(mine.publicKey);
  const tweak = Buffer.from(hkdfSync('sha256', '', key.blob, ED25519, 32));
  const shared = multiply(privateOf(tweak), multiply(mine.privateKey, theirs));
  const wrap = Buffer.from(hkdfSync('sha256', shared, Buffer.concat([share, theirs]), ED25519, 32));
  const cipher = createCipheriv('chacha20-poly1305', wrap, Buffer.alloc(12), { authTagLength: 16 });
  const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
  return { args: ['ssh-ed25519', tag, bare(share)], body };
}

function bare(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

/** The point of an Ed25519 key on the other form of the curve: u = (1 + y) / (1 - y). */
export function montgomery(point: Uint8Array): Uint8Array {
  const bytes = Buffer.from(point).reverse();
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  const y = BigInt(`0x${bytes.toString('hex')}`);
  const u = ((1n + y) * inverse((((1n - y) % P) + P) % P)) % P;
  return Buffer.from(u.toString(16).padStart(64, '0'), 'hex').reverse();
}

/** By Fermat: a to the power of P - 2. */
function inverse(a: bigint): bigint {
  let [result, base] = [1n, a];
  for (let left = P - 2n; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * base) % P;
    base = (base * base) % P;
  }
  return result;
}

const PUBLIC = Buffer.from('302a300506032b656e032100', 'hex');
const PRIVATE = Buffer.from('302e020100300506032b656e04220420', 'hex');

function privateOf(scalar: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PRIVATE, scalar]), format: 'der', type: 'pkcs8' });
}

function rawPublic(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(PUBLIC.length);
}

function multiply(privateKey: KeyObject, point: Uint8Array): Buffer {
  const publicKey = createPublicKey({ key: Buffer.concat([PUBLIC, point]), format: 'der', type: 'spki' });
  try {
    return diffieHellman({ privateKey, publicKey });
  } catch (cause) {
    throw new RangeError('this ed25519 key shares no secret with anybody', { cause });
  }
}
