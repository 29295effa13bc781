// Which sites can get a certificate by ACME, and what it takes. Rules: a site is all blocks that have its first name; an order is for every name of
// them that an authority knows of, and for every name that the certificate of before had: others may show it, and must not lose theirs; each of
// these names is asked for at every plain block that has it; a name that is a pattern can only be shown over DNS, which is not done here.
import type { NginxChallenge, NginxSite } from '../../src/facts/nginx-values.ts';
import type { Context } from '../../src/model/context.ts';
import { knownValue } from '../../src/model/outcome.ts';
import { isOrderable, pairOf } from '../../src/resources/certificate.ts';
import {
  coversName,
  doorsOf,
  hostNames,
  isAddress,
  isPlain,
  isTls,
  nginxOf,
  nowOf,
  pairsOf,
  sitesOf,
} from './state.ts';
import { dateFault } from './x509.ts';

/** Every block that is asked for by this name. */
export const blocksOf = (name: string, context: Context): readonly NginxSite[] =>
  sitesOf(context).filter((site) => hostNames(site).includes(name));

/** What a certificate of the site is to be for: addresses and names of the house are nothing that an authority knows. */
export const namesOf = (name: string, blocks: readonly NginxSite[]): readonly string[] =>
  [...new Set([name, ...blocks.flatMap(hostNames)])].filter(isOrderable);

/** Names in the certificate that certbot keeps under this name; why they could not be told. */
function heldNames(name: string, context: Context): readonly string[] | { readonly why: string } {
  const lineages = knownValue(context.readings.certbot)?.lineages ?? [];
  if (!lineages.some((one) => one.name === name)) return [];
  const path = pairOf(name).certificate;
  const file = nginxOf(context)?.certificates.find((one) => one.path === path);
  if (file?.exists === false) return [];
  const [first] = file?.certificates ?? [];
  return first?.names ?? { why: `for which names the certificate ${name} of certbot is could not be read` };
}

/** Every name of an order. */
export function orderNames(name: string, context: Context): readonly string[] {
  const held = heldNames(name, context);
  return [...new Set([...namesOf(name, blocksOf(name, context)), ...('why' in held ? [] : held)])];
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
  if (isAddress(name)) return `${name} is an address: name the site by a name that leads to it`;
  const patterns = blocks
    .flatMap(({ names }) => names)
    .filter((one) => /[*~]|^\.|_/.test(one) && !/^_+$/.test(one));
  if (patterns.length > 0)
    return `${name}: ${patterns[0]} is no plain name, and a certificate for it needs an answer over DNS: get it by hand and name it in tls.certificate`;
  const odd = blocks
    .flatMap(hostNames)
    .find((one) => one.includes('.') && !isAddress(one) && !isOrderable(one));
  if (odd !== undefined)
    return `${name}: ${odd} cannot be the name of a host, so an authority would refuse all of it: take it out of server_name`;
  if (plainBlocks(blocks).length === 0)
    return `${name} does not listen on port 80, where an authority asks: add listen 80 to it`;
  if (!blocks.some((site) => isTls(site) || site.plain === 'served'))
    return `${name} sends everything away and serves nothing: no block is there that a certificate could be for`;
  return isFine(blocks, namesOf(name, blocks), context)
    ? undefined
    : (withoutDoor(name, blocks) ?? loss(name, context));
}

/** It has https, and nothing that a new certificate would mend. */
function isFine(blocks: readonly NginxSite[], names: readonly string[], context: Context): boolean {
  const secure = blocks.filter(isTls);
  return secure.length > 0 && secure.every((site) => faultOf(site, names, context) === undefined);
}

/** Blocks that would get https, by the doors that they have for everyone. */
function withoutDoor(name: string, blocks: readonly NginxSite[]): string | undefined {
  if (blocks.some(isTls)) return undefined;
  const single = blocks
    .filter((site) => isPlain(site) && site.plain === 'served')
    .find((site) => !doorsOf(site).some(({ address }) => address === '*'));
  return single === undefined
    ? undefined
    : `${name} listens on single addresses only (${single.listens[0]?.address}): add "listen ADDRESS:443 ssl" to it by hand, with any certificate, and name it then`;
}

/** A name that would be asked for in vain, or would be lost by others that show the same certificate. */
function loss(name: string, context: Context): string | undefined {
  const held = heldNames(name, context);
  const hand = `get it by hand: certbot certonly --cert-name ${name}`;
  if ('why' in held)
    return `${held.why}, and a new one could take a name from whoever else shows it: ${hand}`;
  const lost = held.find((one) => !isOrderable(one));
  if (lost !== undefined)
    return `${name}: the certificate that certbot keeps under this name is for ${lost} too, which would fall out: ${hand}`;
  const mine = namesOf(name, blocksOf(name, context));
  const unheard = orderNames(name, context).find((one) => plainBlocks(blocksOf(one, context)).length === 0);
  if (unheard === undefined) return undefined;
  return mine.includes(unheard)
    ? `${name}: ${unheard} is no name of a block that listens on port 80, where an authority asks: add it to one`
    : `${name}: the certificate that certbot keeps under this name is for ${unheard} too, which no block on port 80 answers for: add it to one, or ${hand}`;
}

type Answered = { readonly block: NginxSite; readonly challenge: NginxChallenge };

/** How challenges for these names are answered now, by each block that could be asked. */
export function answersFor(names: readonly string[], context: Context): readonly Answered[] {
  const asked = new Set(names.flatMap((name) => plainBlocks(blocksOf(name, context))));
  const blocks = [...asked].flatMap((block): readonly NginxSite[] => {
    const { challenge } = block;
    // Authorities follow to https, whatever certificate is shown there.
    if (!('why' in challenge) || challenge.sentTo !== 'https') return [block];
    const there = hostNames(block).filter((name) => names.includes(name));
    const secure = there.flatMap((name) => blocksOf(name, context).filter(isTls));
    return secure.length > 0 ? secure : [block];
  });
  return [...new Set(blocks)].map((block) => ({ block, challenge: block.challenge }));
}

/** The one folder that all of them are answered from; or why there is none. */
export function webrootOf(
  names: readonly string[],
  context: Context,
): { readonly root: string } | { readonly why: string } {
  const challenges = answersFor(names, context).map(({ challenge }) => challenge);
  const not = challenges.find((one) => 'why' in one);
  if (not !== undefined) return not;
  const [root, ...more] = rootsOf(challenges);
  if (root === undefined) return { why: 'nothing answers on port 80' };
  return more.length === 0
    ? { root }
    : { why: `one folder must answer for all its names, and now ${[root, ...more].join(' and ')} do` };
}

export const rootsOf = (challenges: readonly NginxChallenge[]): readonly string[] => [
  ...new Set(challenges.flatMap((one) => ('root' in one ? [one.root] : []))),
];

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
