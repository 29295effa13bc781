// What is asked of an authority in this plan. Rules: only for sites that were named and whose certificate is missing or no good, once challenges are
// answered from files, and only when the terms were accepted; who has a good certificate keeps it.
import type { NginxSite } from '../../src/facts/nginx-values.ts';
import { answerOf, type Context } from '../../src/model/context.ts';
import type { CertificateResource } from '../../src/model/resource.ts';
import { pairOf } from '../../src/resources/certificate.ts';
import { acmeEmail, acmeInFront, acmeServer, namedSites, termsAccepted } from './acme-questions.ts';
import { answerFor, blocksOf, faultOf, namesOf, obstacle } from './acme-sites.ts';
import { isPlain, isTls } from './state.ts';

export type Need = {
  readonly name: string;
  readonly names: readonly string[];
  readonly blocks: readonly NginxSite[];
  /** Those that are to show the new certificate. */
  readonly targets: readonly NginxSite[];
  /** What is wrong now. */
  readonly fault: string;
  /** Folder that challenges are answered from; or why they are not. */
  readonly webroot: { readonly root: string } | { readonly why: string };
};

/** Named sites that need a certificate. */
export function needsOf(context: Context): readonly Need[] {
  return namedSites(context).flatMap((name): readonly Need[] => {
    if (obstacle(name, context) !== undefined) return [];
    const blocks = blocksOf(name, context);
    const names = namesOf(name, blocks);
    const secure = blocks.filter(isTls);
    const bad = secure.flatMap((site) => faultOf(site, names, context) ?? []);
    if (secure.length > 0 && bad.length === 0) return [];
    const targets =
      secure.length > 0
        ? secure.filter((site) => faultOf(site, names, context) !== undefined)
        : blocks.filter((site) => isPlain(site) && site.plain === 'served');
    const challenge = answerFor(blocks)?.challenge ?? { why: 'nothing answers on port 80' };
    const fault = bad[0] ?? 'it has no https';
    return [{ name, names, blocks, targets, fault, webroot: challenge }];
  });
}

/** Needs that can be met now. */
export const ordersOf = (context: Context): readonly Need[] =>
  termsAccepted(context) ? needsOf(context).filter(({ webroot }) => 'root' in webroot) : [];

export function resourceOf({ name, names, webroot }: Need, context: Context): readonly CertificateResource[] {
  if (!('root' in webroot)) return [];
  const inFront = answerOf(acmeInFront, context);
  return [
    {
      ...{ kind: 'certificate', name, names, webroot: webroot.root },
      server: String(answerOf(acmeServer, context)),
      email: String(answerOf(acmeEmail, context)),
      inFront: Array.isArray(inFront) ? inFront.map(String) : [],
    },
  ];
}

/** The order that brings the certificate of this block; undefined when none does. */
export const orderFor = (site: NginxSite, context: Context): Need | undefined =>
  ordersOf(context).find(({ targets }) =>
    targets.some(({ file, line }) => file === site.file && line === site.line),
  );

/** A block as it will be once it shows what was ordered. */
export function ordered(site: NginxSite, order: Need, doors: NginxSite['listens']): NginxSite {
  const added = isTls(site) ? [] : doors.map((listen) => ({ ...listen, port: 443, tls: true }));
  return { ...site, listens: [...site.listens, ...added], certificates: [pairOf(order.name)] };
}
