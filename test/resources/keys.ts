// Public keys for tests: whole blobs of the right shape, made here; no private half exists.
function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** An ed25519 public key line whose bytes come from the comment. */
export function publicKeyLine(comment: string): string {
  const body = Buffer.alloc(32, comment);
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(body)]);
  return `ssh-ed25519 ${blob.toString('base64')} ${comment}`;
}
