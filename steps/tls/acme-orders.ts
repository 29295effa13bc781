// What is asked of an authority in this plan. Rules: only for sites that were named and whose certificate is missing or no good, once challenges are
// answered from files, and only when the terms were accepted; who has a good certificate keeps it, and every name that it is for.
import type { NginxSite } from '../../src/facts/nginx-values.ts';
import { answerOf, type Context } from '../../src/model/context.ts';
import type { CertificateResource } from '../../src/model/resource.ts';
import { pairOf } from '../../src/resources/certificate.ts';
import { acmeEmail, acmeInFront, acmeServer, namedSites, termsAccepted } from './acme-questions.ts';
import { blocksOf, faultOf, namesOf, obstacle, orderNames, webrootOf } from './acme-sites.ts';
import { isPlain, isTls, shows } from './state.ts';

export type Need = {
  readonly name: string;
  /** Of the order: those of the site, and all that the certificate of before had. */
  readonly names: readonly string[];
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
    const mine = namesOf(name, blocks);
    const secure = blocks.filter(isTls);
    const bad = secure.flatMap((site) => faultOf(site, mine, context) ?? []);
    if (secure.length > 0 && bad.length === 0) return [];
    const targets =
      secure.length > 0
        ? secure.filter((site) => faultOf(site, mine, context) !== undefined)
        : blocks.filter((site) => isPlain(site) && site.plain === 'served');
    const names = orderNames(name, context);
    const fault = bad[0] ?? 'it has no https';
    return [{ name, names, targets, fault, webroot: webrootOf(names, context) }];
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
export const orderFor = (site: NginxSite, orders: readonly Need[]): Need | undefined =>
  orders.find(({ targets }) => targets.some(({ file, line }) => file === site.file && line === site.line));

/** It shows the very file that an order makes new, whether that is for its sake or not. */
export const isRenewed = (site: NginxSite, orders: readonly Need[]): boolean =>
  orders.some(({ name }) => shows(site, name));

/** A block as it will be once it shows what was ordered. */
export function ordered(site: NginxSite, order: Need, doors: NginxSite['listens']): NginxSite {
  const added = isTls(site) ? [] : doors.map((listen) => ({ ...listen, port: 443, tls: true }));
  return { ...site, listens: [...site.listens, ...added], certificates: [pairOf(order.name)] };
}
