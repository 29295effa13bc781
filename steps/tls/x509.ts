// What can be wrong with a certificate, as words behind its name; undefined = nothing.
import type { CertificateFact, CertificateFile } from '../../src/facts/certificate.ts';
import { utc } from '../../src/text/utc.ts';

const DAY = 86_400;

/** Nearer to its end than a renewal should let it come: three tenths of its life, at most 30 days. */
function isRunningOut({ from, until }: CertificateFact, now: number): boolean {
  return until - now < Math.min(0.3 * (until - from), 30 * DAY);
}

/** `now`: Unix seconds. */
export function dateFault(first: CertificateFact, now: number): string | undefined {
  const until = utc(first.until);
  if (now >= first.until) return `it expired on ${until} UTC`;
  if (now < first.from) return `it is not valid before ${utc(first.from)} UTC`;
  return isRunningOut(first, now) ? `it expires on ${until} UTC and has not been renewed` : undefined;
}

export function chainFault({ path, certificates }: CertificateFile): string | undefined {
  const [first] = certificates;
  if (first === undefined) return undefined;
  if (first.authority && !first.selfSigned)
    return `the first certificate of ${path} is an authority's: the server's own must come first`;
  const broken = certificates.findIndex(({ signedByNext }) => signedByNext === false);
  if (broken !== -1) return `certificate ${broken + 2} of ${path} did not sign certificate ${broken + 1}`;
  return certificates.length === 1 && !first.selfSigned
    ? `${path} holds no certificate of ${first.issuer}, who signed it: programs cannot follow the chain`
    : undefined;
}

export function weakness({ algorithm, bits }: CertificateFact): string | undefined {
  if (algorithm === 'ed25519' || algorithm === 'ed448') return undefined;
  const least = algorithm === 'rsa' || algorithm === 'rsa-pss' ? 2048 : 256;
  const isKnown = ['rsa', 'rsa-pss', 'ec'].includes(algorithm) && bits !== null;
  if (!isKnown) return `its key is of an odd kind (${algorithm})`;
  return bits < least ? `its ${algorithm} key has ${bits} bits; ${least} are the least` : undefined;
}
