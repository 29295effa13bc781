// The one door to the package ssh2: it is replaced here or nowhere. Rules: never used without a host key check that answers at
// once (a promise counts as yes there), nor with its own lists of algorithms (they depend on optional native parts).
import library from 'ssh2';

export type {
  AnyAuthMethod,
  BaseAgent as Agent,
  ClientChannel,
  NegotiatedAlgorithms,
  ParsedKey,
} from 'ssh2';
export const { BaseAgent, Client, OpenSSHAgent } = library;
export const { parseKey } = library.utils;
export type Ssh2Client = InstanceType<typeof Client>;

/** What this transport offers, best first. No post-quantum key exchange, no certificates, no FIDO: the package has none. */
export const ALGORITHMS = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group14-sha256',
  ],
  // chacha20-poly1305 is left out: whether the peer counters Terrapin cannot be asked of the package.
  ciphers: [
    'aes256-gcm@openssh.com',
    'aes128-gcm@openssh.com',
    'aes256-gcm',
    'aes128-gcm',
    'aes256-ctr',
    'aes192-ctr',
    'aes128-ctr',
  ],
  macs: ['hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512', 'hmac-sha2-256'],
  hostKeys: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ],
  publicKeys: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ],
} as const;

/** Named in reports and in the guard on algorithms. */
export const CLIENT_NAME = 'ssh2 1.17.0';

export type HostKeyAlgorithm = (typeof ALGORITHMS.hostKeys)[number];

/** A new ed25519 pair in OpenSSH's format; the passphrase never meets a command line. */
export function generateKey(
  comment: string,
  passphrase: Buffer | undefined,
): { private: string; public: string } {
  return library.utils.generateKeyPairSync('ed25519', {
    comment,
    ...(passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr', rounds: 24 }),
  });
}
