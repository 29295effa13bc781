// Rules: Caddy sets fields in the order of the file, so one that is put at the end of a site has the last word; it holds for answers to
// errors too. One that is set late, in a part of the site, or by a proxy, would not obey: that is told to a person.
import type { CaddySite } from '../../../src/facts/caddy-values.ts';
import type { Context } from '../../../src/model/context.ts';
import type { CaddyEditResource } from '../../../src/model/resource.ts';
import { faultsOr } from '../state.ts';
import { fieldOf, headerWishes, hstsWishes, type Wish } from '../wishes.ts';
import { inSite, ownOf, stuck } from './edits.ts';
import type { CaddyPart } from './join.ts';
import { headerProofsOf, loadedProof } from './proofs.ts';
import { caddyTitle, mayHaveCaddy, onCaddy, secureSites } from './state.ts';

const partlyOf = ({ partly }: CaddySite, { name }: Wish) =>
  partly.filter((one) => fieldOf([one], name) !== undefined);

const lacks = (site: CaddySite, wish: Wish): boolean =>
  !wish.isFine(site.headers) || partlyOf(site, wish).some((one) => !wish.isFine([one]));

/** Directives of the site itself that set just this field, whatever their matcher. */
const linesFor = (site: CaddySite, { name }: Wish) =>
  ownOf(site, 'header').filter(({ args, block }) => !block && args[0]?.toLowerCase() === name.toLowerCase());

/** Why a field cannot be put right; undefined when it can. */
function hindrance(site: CaddySite, wish: Wish, context: Context): string | undefined {
  const { name } = wish;
  if (partlyOf(site, wish).length > 0)
    return `a part of the site, or its proxy, sets or drops ${name}: change it there`;
  if (fieldOf(site.headers, name)?.late === true)
    return `${name} is set when the answer goes out: change it there`;
  return linesFor(site, wish).length > 1 ? `${name} is set more than once` : stuck(site, context);
}

function edit(site: CaddySite, wish: Wish): readonly CaddyEditResource[] {
  if (site.place === undefined) return [];
  const name = linesFor(site, wish)[0]?.args[0] ?? wish.name;
  return [
    inSite(site.place, {
      ...{ do: 'set', name: 'header', kept: 1 },
      args: [name, wish.valueFor(site.headers)],
    }),
  ];
}

function part(reads: string, wishes: (context: Context) => readonly Wish[], topic: string): CaddyPart {
  const isMended = (site: CaddySite, wish: Wish, context: Context) =>
    lacks(site, wish) && hindrance(site, wish, context) === undefined;
  return {
    reads,
    applies: (context) => mayHaveCaddy(context, secureSites) && wishes(context).length > 0,
    judge: (context) =>
      onCaddy(context, () =>
        faultsOr(
          secureSites(context).flatMap((site) => {
            const wrong = wishes(context).filter((wish) => lacks(site, wish));
            const left = new Set(wrong.flatMap((wish) => hindrance(site, wish, context) ?? []));
            const names = wrong.map(({ name }) => name).join(', ');
            return wrong.length === 0
              ? []
              : [[`${caddyTitle(site)}: no good ${names} on every answer`, ...left].join('; ')];
          }),
          'every answer has them',
        ),
      ),
    remedy: (context) =>
      secureSites(context).flatMap((site) =>
        wishes(context).flatMap((wish) => (isMended(site, wish, context) ? edit(site, wish) : [])),
      ),
    proofs: (context) => [
      ...loadedProof(context),
      ...headerProofsOf(context, topic, (site) =>
        wishes(context).flatMap((wish) => {
          if (isMended(site, wish, context)) return [{ name: wish.name, value: wish.valueFor(site.headers) }];
          const now = fieldOf(site.headers, wish.name);
          // A late one is not on answers to errors, and its site may have nothing else to show.
          return now === undefined || now.late || lacks(site, wish)
            ? []
            : [{ name: wish.name, value: now.value }];
        }),
      ),
    ],
  };
}

export const headerParts: Readonly<Record<string, CaddyPart>> = {
  'tls.hsts': part('the fields that every site with https sets', hstsWishes, 'hsts'),
  'tls.headers': part('the fields that every site with https sets', headerWishes, 'headers'),
};
