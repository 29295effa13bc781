// Rules: only certificates, which are public, and public halves of keys come here; the bytes of a private key never leave the host. What
// node:crypto cannot read is said as such, never guessed.
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';

export type CertificateFact = {
  /** As people read them: "CN=shop.example". */
  readonly subject: string;
  readonly issuer: string;
  /** DNS names and addresses it is for, lower case; those of its common name where it has no other. */
  readonly names: readonly string[];
  /** Unix seconds. */
  readonly from: number;
  readonly until: number;
  /** sha256 of the whole, lower-case hex. */
  readonly fingerprint: string;
  /** sha256 of its public key (SPKI), lower-case hex. */
  readonly publicKey: string;
  readonly algorithm: string;
  /** Of RSA the modulus, of EC the order of the curve; null when not told. */
  readonly bits: number | null;
  readonly selfSigned: boolean;
  readonly authority: boolean;
  /** The next one of the file has signed it; undefined for the last. */
  readonly signedByNext?: boolean;
};

export type CertificateFile = {
  readonly path: string;
  /** The configuration names it; else it only lies where such files lie. */
  readonly named: boolean;
  readonly exists: boolean;
  /** In the order of the file: the server's own must be the first. */
  readonly certificates: readonly CertificateFact[];
  /** Why the file cannot be read as certificates. */
  readonly problem?: string;
  /** A private key stands in it. */
  readonly holdsKey: boolean;
};

export type KeyFile = {
  readonly path: string;
  readonly named: boolean;
  readonly exists: boolean;
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly group: string;
  readonly encrypted: boolean;
  /** sha256 of the public half (SPKI), lower-case hex; undefined when the host could not tell. */
  readonly publicKey?: string;
};

const BLOCK =
  /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END (?:TRUSTED )?CERTIFICATE-----/g;
const MOST = 20;
const CURVES: Readonly<Record<string, number>> = {
  prime256v1: 256,
  secp384r1: 384,
  secp521r1: 521,
  secp256k1: 256,
};

/** Every certificate of a PEM text in its order, or why it has none that can be read. */
export function certificatesIn(pem: string): readonly CertificateFact[] | string {
  const blocks = pem.match(BLOCK) ?? [];
  if (blocks.length === 0) return 'there is no certificate in it';
  if (blocks.length > MOST) return `there are more than ${MOST} certificates in it`;
  const read: X509Certificate[] = [];
  for (const [index, block] of blocks.entries()) {
    try {
      read.push(new X509Certificate(block));
    } catch {
      return `certificate ${index + 1} of it cannot be read`;
    }
  }
  return read.map((one, index) => factOf(one, read[index + 1]));
}

function factOf(one: X509Certificate, next: X509Certificate | undefined): CertificateFact {
  const key = one.publicKey;
  const details = key.asymmetricKeyDetails;
  const curve = details?.namedCurve;
  return {
    subject: flat(one.subject),
    issuer: flat(one.issuer),
    names: namesOf(one),
    from: Date.parse(one.validFrom) / 1000,
    until: Date.parse(one.validTo) / 1000,
    fingerprint: one.fingerprint256.replaceAll(':', '').toLowerCase(),
    publicKey: spkiHash(key.export({ type: 'spki', format: 'der' })),
    algorithm: key.asymmetricKeyType ?? 'unknown',
    bits: details?.modulusLength ?? (curve === undefined ? null : (CURVES[curve] ?? null)),
    selfSigned: one.checkIssued(one) && one.verify(key),
    authority: one.ca,
    ...(next === undefined ? {} : { signedByNext: one.checkIssued(next) && one.verify(next.publicKey) }),
  };
}

/** "CN=a\nO=b" as one line. */
function flat(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}

function namesOf(one: X509Certificate): readonly string[] {
  // A name with a comma or a quote in it comes quoted and is no name of a host.
  const alternatives = (one.subjectAltName ?? '')
    .split(', ')
    .flatMap((entry) => /^(?:DNS|IP Address):([^"]+)$/.exec(entry)?.[1]?.toLowerCase() ?? []);
  if (alternatives.length > 0) return alternatives;
  return [...(one.subject ?? '').matchAll(/^CN=(.+)$/gm)].flatMap(([, name]) => name?.toLowerCase() ?? []);
}

function spkiHash(der: Buffer): string {
  return createHash('sha256').update(der).digest('hex');
}

/** sha256 of a public key in PEM (SPKI), or undefined when it is none. */
export function publicKeyHash(pem: string): string | undefined {
  try {
    return spkiHash(createPublicKey(pem).export({ type: 'spki', format: 'der' }));
  } catch {
    return undefined;
  }
}
