// Rules: as for nginx, what Caddy serves is seen by handshakes and requests from the operator's machine; inside, the note that it keeps of the
// configuration that it took last must be newer than the files: a reload that fails leaves the old one in force.
import type { CaddySite } from '../../../src/facts/caddy-values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { Proof } from '../../../src/model/control.ts';
import { certificateProofs, headerProofsAt, protocolProofs, redirectProofs, type Seen } from '../proofs.ts';
import { hostNames } from '../state.ts';
import { caddyOf, caddyRuns, secureSites, shownBy } from './state.ts';

export function loadedProof(context: Context): readonly Proof[] {
  const fact = caddyOf(context);
  // One that keeps no note cannot be asked.
  if (fact === undefined || !caddyRuns(context) || fact.loaded === undefined) return [];
  const files = (fact.looked.files ?? []).map(({ realPath }) => realPath);
  return [
    {
      id: 'tls.caddy-loaded',
      title: 'Caddy took what stands in its files',
      viewpoint: 'inside',
      expect: 'works',
      check: { kind: 'loaded', files: [...new Set(files)].sort() },
    },
  ];
}

const seen = (context: Context, sites: readonly CaddySite[]): readonly (CaddySite & Seen)[] =>
  sites.map((site) => ({ ...site, runs: caddyRuns(context) }));

/** The certificate of each site is the one that stands in its file; of two kinds of key the client's taste would decide. */
export function servedProofs(context: Context): readonly Proof[] {
  return [
    ...loadedProof(context),
    ...certificateProofs(context, {
      sites: seen(context, secureSites(context)),
      of: (site) => {
        const [first] = hostNames(site);
        const shown = shownBy(site, context).filter(({ name }) => name === undefined || name === first);
        return shown.length === 1 ? shown[0]?.file.certificates[0]?.fingerprint : undefined;
      },
    }),
  ];
}

export const protocolProofsOf = (
  context: Context,
  spoken: (site: CaddySite) => readonly string[] | undefined,
): readonly Proof[] => {
  const sites = seen(context, secureSites(context)).filter((site) => spoken(site) !== undefined);
  return protocolProofs(context, { sites, spoken: (site) => spoken(site) ?? [] });
};

export const redirectProofsOf = (context: Context, sites: readonly CaddySite[]): readonly Proof[] =>
  redirectProofs(context, seen(context, sites));

export const headerProofsOf = (
  context: Context,
  topic: string,
  sent: (site: CaddySite) => readonly { readonly name: string; readonly value: string }[],
): readonly Proof[] =>
  headerProofsAt(context, {
    ...{ sites: seen(context, secureSites(context)), topic },
    paths: (site) => [{ path: '/', headers: sent(site) }],
  });
