// Rules: absolute lists, never "-a,-b" (only the first name would go). Post-quantum first, curve25519 always kept but in
// "strict". No list is proposed of which neither the host nor the operator's own client can speak a name. ECDSA stays where
// somebody uses it: a key of an account, a certificate authority, or the host key the operator knows this host by.
import { answerOf, type Context } from '../../src/model/context.ts';
import { effectiveOf, intersectAlgorithms, listOf, sshdOf } from '../../src/resources/sshd.ts';
import { cryptoPolicy } from './questions.ts';

export const POST_QUANTUM = [
  'mlkem768x25519-sha256',
  'sntrup761x25519-sha512',
  'sntrup761x25519-sha512@openssh.com',
] as const;

const CURVE25519 = ['curve25519-sha256', 'curve25519-sha256@libssh.org'] as const;
const LARGE_GROUPS = ['diffie-hellman-group16-sha512', 'diffie-hellman-group18-sha512'] as const;

const CIPHERS = [
  'chacha20-poly1305@openssh.com',
  'aes256-gcm@openssh.com',
  'aes128-gcm@openssh.com',
  'aes256-ctr',
  'aes192-ctr',
  'aes128-ctr',
] as const;

const MACS = [
  'hmac-sha2-512-etm@openssh.com',
  'hmac-sha2-256-etm@openssh.com',
  'umac-128-etm@openssh.com',
] as const;

const STRONG_KEYS = ['ssh-ed25519', 'sk-ssh-ed25519@openssh.com', 'rsa-sha2-512', 'rsa-sha2-256'] as const;

const ECDSA_KEYS = [
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ecdsa-sha2-nistp256@openssh.com',
] as const;

export type Policy = 'balanced' | 'compat' | 'strict';

export function policyOf(context: Context): Policy {
  const answer = answerOf(cryptoPolicy, context);
  return answer === 'compat' || answer === 'strict' ? answer : 'balanced';
}

/** Each name after the name of its certificates, as OpenSSH orders them. */
function withCertificates(names: readonly string[]): readonly string[] {
  const certificate = (name: string): string =>
    name.endsWith('@openssh.com')
      ? `${name.slice(0, -'@openssh.com'.length)}-cert-v01@openssh.com`
      : `${name}-cert-v01@openssh.com`;
  return [...names.map(certificate), ...names];
}

const KEYWORD = {
  kex: 'KexAlgorithms',
  ciphers: 'Ciphers',
  macs: 'MACs',
  hostKeys: 'HostKeyAlgorithms',
  publicKeys: 'PubkeyAcceptedAlgorithms',
  caSignatures: 'CASignatureAlgorithms',
} as const;

type ListName = keyof typeof KEYWORD;

/** What is wanted, as far as this host can speak it; empty when the operator's own client could then speak none of it. */
function speakable(context: Context, name: ListName, wanted: readonly string[]): readonly string[] {
  const supported = sshdOf(context)?.supports[name] ?? [];
  // An old ssh cannot be asked about every list; what sshd uses now it can certainly speak.
  const host = supported.length > 0 ? supported : listOf(effectiveOf(context, KEYWORD[name]));
  const client = name === 'caSignatures' ? undefined : context.connection.client[name];
  return intersectAlgorithms({ wanted, host, ...(client === undefined ? {} : { client }) });
}

export function wantedKex(context: Context): readonly string[] {
  const policy = policyOf(context);
  return speakable(context, 'kex', [
    ...POST_QUANTUM,
    ...(policy === 'strict' ? [] : CURVE25519),
    ...(policy === 'compat' ? LARGE_GROUPS : []),
  ]);
}

export function wantedCiphers(context: Context): readonly string[] {
  return speakable(context, 'ciphers', CIPHERS);
}

export function wantedMacs(context: Context): readonly string[] {
  const plain = policyOf(context) === 'compat' ? ['hmac-sha2-512', 'hmac-sha2-256'] : [];
  return speakable(context, 'macs', [...MACS, ...plain]);
}

/** The operator knows this host by an ECDSA key, or the host has no other good one. */
export function needsEcdsaHostKey(context: Context): boolean {
  if (/ecdsa/i.test(context.connection.hostKeyType)) return true;
  const keys = sshdOf(context)?.hostKeys ?? [];
  return !keys.some((key) => isEd25519(key.type) || isRsa(key.type));
}

export function wantedHostKeyAlgorithms(context: Context): readonly string[] {
  const names = [...STRONG_KEYS, ...(needsEcdsaHostKey(context) ? ECDSA_KEYS : [])];
  return speakable(context, 'hostKeys', withCertificates(names));
}

/** ECDSA types of keys that stand in accounts, or of the key that logged us in; all of them when accounts are unknown. */
function ecdsaInUse(context: Context): readonly string[] {
  const { accounts } = context.readings;
  if (accounts.kind === 'unknown') return ECDSA_KEYS;
  const keys = accounts.kind === 'known' ? accounts.value.accounts.flatMap((account) => account.keys) : [];
  const types = new Set([
    ...keys.map((key) => key.type),
    (context.connection.publicKey ?? '').split(/\s+/)[0] ?? '',
  ]);
  return ECDSA_KEYS.filter((name) =>
    [...types].some((type) => type === name || type.startsWith(name.replace(/@openssh\.com$/, '-cert-'))),
  );
}

export function wantedPublicKeyAlgorithms(context: Context): readonly string[] {
  return speakable(context, 'publicKeys', withCertificates([...STRONG_KEYS, ...ecdsaInUse(context)]));
}

/** The type of a trusted authority's own key is not read, so ECDSA stays where there is one. */
export function wantedCaAlgorithms(context: Context): readonly string[] {
  const trusted = (effectiveOf(context, 'TrustedUserCAKeys')?.[0] ?? 'none') !== 'none';
  return speakable(context, 'caSignatures', [...STRONG_KEYS, ...(trusted ? ECDSA_KEYS : [])]);
}

export function isRsa(type: string): boolean {
  return /^(ssh-)?rsa\b/i.test(type);
}

export function isEd25519(type: string): boolean {
  return /ed25519/i.test(type);
}

export type RsaFloor = { readonly bits: number | undefined; readonly because: string };

/** The smallest RSA key that may log in: 3072, or 2048 where a key in use (or "compat") asks for it; undefined = leave it. */
export function rsaFloor(context: Context): RsaFloor {
  const { accounts } = context.readings;
  if (accounts.kind === 'unknown')
    return { bits: undefined, because: `keys in use are unknown: ${accounts.reason}` };
  const people = accounts.kind === 'known' ? accounts.value.accounts : [];
  const used = people.flatMap((account) =>
    account.keys
      .filter((key) => isRsa(key.type) && key.bits !== null)
      .map((key) => ({ bits: key.bits ?? 0, whose: `of ${account.name}` })),
  );
  // sshd leaves host keys below the limit out as well, and the operator may know this host by such a key.
  const host = isRsa(context.connection.hostKeyType) ? (sshdOf(context)?.hostKeys ?? []) : [];
  for (const key of host) if (isRsa(key.type)) used.push({ bits: key.bits, whose: 'you know this host by' });
  const smallest = [...used].sort((a, b) => a.bits - b.bits)[0];
  const because = smallest === undefined ? '' : `a key ${smallest.whose} has ${smallest.bits} bits`;
  if (smallest !== undefined && smallest.bits < 2048) return { bits: undefined, because };
  const goal = policyOf(context) === 'compat' ? 2048 : 3072;
  return smallest !== undefined && smallest.bits < goal
    ? { bits: 2048, because }
    : { bits: goal, because: '' };
}
