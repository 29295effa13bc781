// Rules: a line of authorized_keys is [options] type base64 [comment]; the type inside the base64 must be the type in front of
// it, so that half a key never passes. Private key text is recognised first and never repeated in a message.
import { createHash } from 'node:crypto';

export type PublicKey = {
  readonly options: string;
  readonly type: string;
  readonly blob: string;
  readonly comment: string;
  /** "SHA256:…" as OpenSSH prints it. */
  readonly fingerprint: string;
};

const TYPE =
  /^(ssh-(ed25519|rsa|dss)|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)(-cert-v01@openssh\.com)?$|^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256))-cert-v01@openssh\.com$/;

/** The key of one line, or what is wrong with it (a sentence that never repeats the text). */
export function parsePublicKey(line: string): PublicKey | { readonly problem: string } {
  if (/PRIVATE KEY|PuTTY-User-Key-File/i.test(line)) {
    return {
      problem: 'this is a PRIVATE key; it was not stored. Give the public half, the file that ends in ".pub"',
    };
  }
  if (/[\r\n\0]/.test(line.trim())) return { problem: 'a public key is one line; this is several' };
  const words = splitOptions(line.trim());
  const at = words.findIndex((word) => TYPE.test(word));
  if (at === -1 || at > 1) {
    return { problem: 'this is not a public key; one looks like "ssh-ed25519 AAAA… name"' };
  }
  const type = words[at] ?? '';
  const blob = words[at + 1] ?? '';
  const bytes = Buffer.from(blob, 'base64');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(blob) || bytes.toString('base64') !== blob) {
    return { problem: 'the key is not whole: its base64 part cannot be read' };
  }
  const length = bytes.length >= 4 ? bytes.readUInt32BE(0) : -1;
  if (length < 0 || length > bytes.length - 4 || bytes.subarray(4, 4 + length).toString('latin1') !== type) {
    return { problem: `the key is not whole: it says ${type}, its content says something else` };
  }
  if (!isWhole(bytes)) return { problem: 'the key is not whole: its content ends too early' };
  return {
    options: words.slice(0, at).join(' '),
    type,
    blob,
    comment: words.slice(at + 2).join(' '),
    fingerprint: `SHA256:${createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')}`,
  };
}

/** A key blob is a row of length-prefixed fields that ends where the bytes end; at least the type and one more. */
function isWhole(bytes: Buffer): boolean {
  let at = 0;
  let fields = 0;
  while (at + 4 <= bytes.length) {
    at += 4 + bytes.readUInt32BE(at);
    fields += 1;
    // Certificates carry 64-bit numbers among the fields; their first two fields are enough to tell a cut.
    if (bytes.subarray(4, 40).includes('-cert-v01') && fields === 2) return at <= bytes.length;
  }
  return at === bytes.length && fields >= 2;
}

/** Blanks split, but not inside the quotes of an option. */
function splitOptions(line: string): readonly string[] {
  return line.match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? [];
}
