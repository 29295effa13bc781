import { createHash } from 'node:crypto';

export type PublicKey = { readonly type: string; readonly fingerprint: string; readonly bits: number | null };

/** Type, SHA256 fingerprint (as ssh-keygen writes it) and size of a public key's base64 text; undefined when it is none. */
export function readPublicKey(base64: string): PublicKey | undefined {
  if (!/^[A-Za-z0-9+/]{16,}={0,2}$/.test(base64)) return undefined;
  const blob = Buffer.from(base64, 'base64');
  const fields = fieldsOf(blob);
  const type = fields[0]?.toString('latin1') ?? '';
  if (!/^[a-z0-9@.-]{3,80}$/.test(type) || fields.length < 2) return undefined;
  const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return { type, fingerprint: `SHA256:${digest}`, bits: bitsOf(type, fields) };
}

/** Length-prefixed strings until the blob ends or stops making sense. */
function fieldsOf(blob: Buffer): readonly Buffer[] {
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= blob.length && fields.length < 6) {
    const length = blob.readUInt32BE(at);
    if (at + 4 + length > blob.length) break;
    fields.push(blob.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
}

function bitsOf(type: string, fields: readonly Buffer[]): number | null {
  // A certificate carries a nonce before the key's own numbers.
  const own = type.includes('-cert-') ? fields.slice(2) : fields.slice(1);
  if (type.includes('ed25519')) return 256;
  const curve = /nistp(256|384|521)/.exec(type)?.[1];
  if (curve !== undefined) return Number(curve);
  if (type.startsWith('ssh-rsa')) return numberBits(own[1]);
  if (type.startsWith('ssh-dss')) return numberBits(own[0]);
  return null;
}

function numberBits(number: Buffer | undefined): number | null {
  const first = number?.findIndex((byte) => byte !== 0) ?? -1;
  if (number === undefined || first === -1) return null;
  return (number.length - first - 1) * 8 + (32 - Math.clz32(number[first] ?? 0));
}
