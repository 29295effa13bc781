// The claim that a certificate which was made on the host is served. Rules: the file is read over the fresh login and the handshake is a new one;
// what is shown must be the first of the file, in date by this machine's clock, for every name, and each must be signed by the next.
import { createHash, X509Certificate } from 'node:crypto';
import type { Proof } from '../model/control.ts';
import type { WebProbes } from '../model/outside.ts';
import type { Transport } from '../model/target.ts';
import { command, value } from '../text/command.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import type { Sight } from './inside.ts';

type Check = Extract<Proof['check'], { kind: 'issued' }>;

const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----/g;

export async function seeIssued(
  check: Check,
  it: { readonly web: WebProbes; readonly address: string; readonly fresh: Pick<Transport, 'run'> },
): Promise<Sight> {
  const { file, names, name, port } = check;
  const read = await it.fresh.run(command(['cat', '--', value(file)]));
  if (read.kind !== 'exited' || read.code !== 0 || read.truncated)
    return { holds: undefined, seen: `${file} could not be read on the host` };
  const chain = chainIn(read.stdout);
  const [first] = chain;
  if (first === undefined) return { holds: false, seen: `${file} holds no certificate` };
  const fault = faultOf(chain, names);
  if (fault !== undefined) return { holds: false, seen: sanitizeLine(`${file}: ${fault}`, 200) };
  const shown = await it.web.handshake({ address: it.address, port, name });
  if (shown.kind === 'untold') return { holds: undefined, seen: `${name}:${port}: ${shown.why}` };
  if (shown.kind === 'refused') return { holds: false, seen: `${name}:${port} refused: ${shown.why}` };
  const made = createHash('sha256').update(first.raw).digest('hex');
  return shown.certificate === made
    ? {
        holds: true,
        seen: sanitizeLine(
          `${name}:${port} shows certificate ${made.slice(0, 16)}, for ${names.join(', ')}, signed by ${first.issuer.replaceAll('\n', ', ')}`,
          200,
        ),
      }
    : {
        holds: false,
        seen: `${name}:${port} shows certificate ${shown.certificate.slice(0, 16)}, and not ${made.slice(0, 16)}, which was made`,
      };
}

function chainIn(text: string): readonly X509Certificate[] {
  return (text.match(BLOCK) ?? []).flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

function faultOf(chain: readonly X509Certificate[], names: readonly string[]): string | undefined {
  const [first, ...rest] = chain;
  if (first === undefined) return 'there is no certificate';
  const missing = names.filter((name) => first.checkHost(name) === undefined);
  if (missing.length > 0) return `it is not for ${missing.join(', ')}`;
  const now = Date.now();
  if (now < Date.parse(first.validFrom) || now >= Date.parse(first.validTo)) return 'it is not in date';
  if (first.verify(first.publicKey)) return 'it vouches for itself';
  if (rest.length === 0) return 'nobody who signed it stands behind it';
  const broken = chain.findIndex((one, at) => {
    const next = chain[at + 1];
    return next !== undefined && !one.verify(next.publicKey);
  });
  return broken === -1 ? undefined : `certificate ${broken + 2} did not sign certificate ${broken + 1}`;
}
