// Rules: a line is changed where the site's own block has it, and added to that block where it stands nowhere; what a snippet brings to many
// sites, and what somebody gave Caddy by hand, is left to a person.
import type { CaddyDirective, CaddySite } from '../../../src/facts/caddy-values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { CaddyEditResource } from '../../../src/model/resource.ts';
import { caddyOf } from './state.ts';

type Place = NonNullable<CaddySite['place']>;
type Edit = CaddyEditResource['edit'];

const MAIN = '/etc/caddy/Caddyfile';

/** Why nothing of Caddy can be changed from here; undefined when it can. */
export function locked(context: Context): string | undefined {
  const fact = caddyOf(context);
  if (fact === undefined) return undefined;
  if (fact.main !== MAIN) return `its files begin at ${fact.main}, and only ${MAIN} can be tried out before`;
  if (fact.problems.length > 0) return 'not all of its configuration could be read';
  if (fact.unit.active !== 'active') return undefined;
  if (fact.admin.off) return 'its admin endpoint is off, so only a restart would load a change';
  return fact.foreign
    ? 'it serves a configuration that somebody gave it by hand, and a reload would end that'
    : undefined;
}

/** Why a site cannot be edited; undefined when it can. */
export function stuck(site: CaddySite, context: Context): string | undefined {
  return site.place === undefined ? 'its block was not found in the Caddyfile for certain' : locked(context);
}

export const ownOf = (site: CaddySite, name: string): readonly CaddyDirective[] =>
  (site.place?.own ?? []).filter((one) => one.name === name);

export const inSite = ({ file, at }: Place, edit: Edit): CaddyEditResource => ({
  kind: 'caddy-edit',
  file,
  block: at,
  edit,
});

/** Where `tls` of a site would be changed; why it cannot be. */
export function tlsStuck(site: CaddySite, context: Context): string | undefined {
  const own = ownOf(site, 'tls');
  if (own.length > 1) return 'it has several "tls" directives';
  if (own.length === 0 && (site.issuer === 'files' || ownOf(site, 'import').length > 0))
    return 'its "tls" may stand in a snippet: change it there';
  return stuck(site, context);
}

/** One option of the site's `tls` directive; the directive is made where there is none. */
export function tlsEdit(
  site: CaddySite,
  { name, args }: { readonly name: string; readonly args: readonly string[] },
): readonly CaddyEditResource[] {
  const { place } = site;
  if (place === undefined) return [];
  if (ownOf(site, 'tls').length === 0) {
    const directive = { name: 'tls', args: [], children: [{ name, args }] };
    return [inSite(place, { do: 'add', directive, at: 'end' })];
  }
  const block = [...place.at, { name: 'tls', nth: 0 }];
  return [{ ...inSite(place, { do: 'set', name, args, kept: 0 }), block }];
}
