// Which sites can get a certificate by ACME, and what it takes. Rules: a site is all blocks that have its first name; the certificate is for every
// plain name of them; a name that is a pattern can only be shown over DNS, which is not done here.
import type { NginxChallenge, NginxSite } from '../../src/facts/nginx-values.ts';
import type { Context } from '../../src/model/context.ts';
import { coversName, doorsOf, hostNames, isTls, nowOf, pairsOf, sitesOf } from './state.ts';
import { dateFault } from './x509.ts';

/** Every block that is asked for by this name. */
export const blocksOf = (name: string, context: Context): readonly NginxSite[] =>
  sitesOf(context).filter((site) => hostNames(site).includes(name));

export function namesOf(name: string, blocks: readonly NginxSite[]): readonly string[] {
  return [...new Set([name, ...blocks.flatMap(hostNames)])];
}

/** Blocks that answer plain requests on port 80. */
const plainBlocks = (blocks: readonly NginxSite[]): readonly NginxSite[] =>
  blocks.filter((site) => doorsOf(site).some(({ tls, port }) => !tls && port === 80));

/** First names of sites that an authority could ask. */
export function acmeCandidates(context: Context): readonly string[] {
  const all = sitesOf(context).flatMap((site) => hostNames(site).slice(0, 1));
  return [...new Set(all)].filter((name) => obstacle(name, context) === undefined);
}

/** Why no authority can be asked for this name; undefined when one can. */
export function obstacle(name: string, context: Context): string | undefined {
  const blocks = blocksOf(name, context);
  if (blocks.length === 0) return `${name} is not the plain name of a site of nginx that others reach`;
  if (!name.includes('.')) return `${name} has no dot: no authority gives certificates for such names`;
  const patterns = blocks
    .flatMap(({ names }) => names)
    .filter((one) => /[*~]|^\.|_/.test(one) && !/^_+$/.test(one));
  if (patterns.length > 0)
    return `${name}: ${patterns[0]} is no plain name, and a certificate for it needs an answer over DNS: get it by hand and name it in tls.certificate`;
  if (plainBlocks(blocks).length === 0)
    return `${name} does not listen on port 80, where an authority asks: add listen 80 to it`;
  return blocks.some((site) => isTls(site) || site.plain === 'served')
    ? undefined
    : `${name} sends everything away and serves nothing: no block is there that a certificate could be for`;
}

/** How challenges for this name are answered now, and by which block. */
export function answerFor(
  blocks: readonly NginxSite[],
): { readonly block: NginxSite; readonly challenge: NginxChallenge } | undefined {
  const [block] = plainBlocks(blocks);
  if (block === undefined) return undefined;
  const { challenge } = block;
  // Authorities follow to https, whatever certificate is shown there.
  if ('why' in challenge && challenge.sentTo === 'https') {
    const secure = blocks.find(isTls);
    if (secure !== undefined) return { block: secure, challenge: secure.challenge };
  }
  return { block, challenge };
}

/** What is wrong with the certificates of a block that has https; undefined: nothing that a new one would mend. */
export function faultOf(site: NginxSite, names: readonly string[], context: Context): string | undefined {
  const pairs = pairsOf(site, context);
  if (pairs.length === 0) return 'it has no certificate';
  for (const { certificate } of pairs) {
    const [first] = certificate?.certificates ?? [];
    // One that could not be read is nobody's to replace.
    if (first === undefined)
      return certificate?.exists === false ? 'its certificate is not there' : undefined;
    if (first.selfSigned) return 'its certificate is self-signed';
    const now = nowOf(context);
    const dated = now === undefined ? undefined : dateFault(first, now);
    if (dated !== undefined) return `its certificate: ${dated}`;
    const missing = names.filter((name) => !first.names.some((one) => coversName(one, name)));
    if (missing.length > 0) return `its certificate is not for ${missing.join(', ')}`;
  }
  return undefined;
}
