// Rules: add_header is all or nothing a block, so every block that has its own gets what it lacks; what a block was handed down goes along
// when it gets its first own one; a header that is as good as ours stays; without "always" answers with errors have none. None is sent twice:
// one that an included file brings is changed there, and where other servers include it too, a person decides.
import type { NginxBlock, NginxHeader, NginxHeaderScope, NginxSite } from '../../src/facts/nginx-values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import type { NginxEditResource } from '../../src/model/resource.ts';
import { tlsPlanned } from './own.ts';
import { headerProofs, workerProof } from './proofs.ts';
import { faultsOr, mayHave, nginxOf, onNginx, titleOf } from './state.ts';
import { fieldOf as find, headerWishes, hstsWishes, type Wish } from './wishes.ts';

const lacks = (scope: NginxHeaderScope, wish: Wish): boolean =>
  !wish.isFine(scope.headers) ||
  find(scope.headers, wish.name)?.always === false ||
  all(scope.headers, wish.name).length > 1;

const all = (headers: readonly NginxHeader[], name: string) =>
  headers.filter((header) => find([header], name) !== undefined);

type At = { readonly scope: NginxHeaderScope; readonly site: NginxSite; readonly context: Context };

const isSame = (one: NginxBlock, other: NginxBlock): boolean =>
  one.file === other.file && JSON.stringify(one.at) === JSON.stringify(other.at);

/** Why a header cannot be put right for one block of one server; undefined when it can. */
function stuck({ name }: Wish, { scope, site, context }: At): string | undefined {
  const [old, second] = all(scope.own, name);
  if (second !== undefined) return `${name} is sent more than once: leave one add_header for it`;
  if (old === undefined || old.block.file === scope.block.file) return undefined;
  const isShared = (nginxOf(context)?.sites ?? []).some(
    (other) =>
      !isSame(other, site) &&
      other.scopes.some(({ headers }) => headers.some(({ block }) => isSame(block, old.block))),
  );
  return isShared
    ? `${name} stands in ${old.block.file}, which other servers include: change it there`
    : undefined;
}

function edits(site: NginxSite, wishes: readonly Wish[], context: Context): readonly NginxEditResource[] {
  return site.scopes.flatMap((scope) => {
    const missing = wishes.filter(
      (wish) => lacks(scope, wish) && stuck(wish, { scope, site, context }) === undefined,
    );
    if (missing.length === 0) return [];
    const put = (
      name: string,
      value: string,
      more: { readonly always: boolean; readonly kept: number; readonly block?: NginxBlock },
    ): NginxEditResource => ({
      kind: 'nginx-edit',
      file: (more.block ?? scope.block).file,
      block: (more.block ?? scope.block).at,
      edit: {
        do: 'set',
        name: 'add_header',
        args: [name, value, ...(more.always ? ['always'] : [])],
        kept: more.kept,
      },
    });
    const replaced = (header: NginxHeader) => missing.some((wish) => find([header], wish.name) !== undefined);
    const handed = scope.own.length > 0 ? [] : scope.headers.filter((header) => !replaced(header));
    return [
      ...handed.map(({ name, value, always }) => put(name, value, { always, kept: 2 })),
      ...missing.map((wish) => {
        const old = find(scope.own, wish.name);
        const value =
          old !== undefined && wish.isFine([old])
            ? old.value
            : wish.valueFor(scope.headers, site.scopes[0]?.headers ?? []);
        const more = { always: true, kept: 1, ...(old === undefined ? {} : { block: old.block }) };
        return put(old?.name ?? wish.name, value, more);
      }),
    ];
  });
}

const faultsOf = (context: Context, wishes: readonly Wish[]): readonly string[] =>
  tlsPlanned(context).flatMap((site) =>
    site.scopes.flatMap((scope) => {
      const wrong = wishes.filter((wish) => lacks(scope, wish));
      const missing = wrong.map(({ name }) => name);
      const left = wrong.flatMap((wish) => stuck(wish, { scope, site, context }) ?? []);
      const where = scope.title === 'server' ? '' : ` in ${scope.title}`;
      return missing.length === 0
        ? []
        : [[`${titleOf(site)}${where}: no good ${missing.join(', ')} on every answer`, ...left].join('; ')];
    }),
  );

/** What a block sends once all is put right that can be. */
const sent = (wishes: readonly Wish[], context: Context) => (scope: NginxHeaderScope, site: NginxSite) =>
  wishes
    .filter((wish) => !(lacks(scope, wish) && stuck(wish, { scope, site, context }) !== undefined))
    .map(({ name, valueFor, isFine }) => ({
      name,
      value:
        (isFine(scope.headers) ? find(scope.headers, name)?.value : undefined) ??
        valueFor(scope.headers, site.scopes[0]?.headers ?? []),
    }));

function control(
  it: Omit<Control, 'judge' | 'remedy' | 'proofs' | 'applies'> & {
    readonly wishes: (context: Context) => readonly Wish[];
    readonly topic: string;
    readonly fine: string;
  },
): Control {
  const { wishes, topic, fine, ...rest } = it;
  return {
    ...rest,
    applies: (context) => mayHave(context, tlsPlanned) && wishes(context).length > 0,
    judge: (context) => onNginx(context, () => faultsOr(faultsOf(context, wishes(context)), fine)),
    remedy: (context) => tlsPlanned(context).flatMap((site) => edits(site, wishes(context), context)),
    proofs: (context) => [
      ...workerProof(context),
      ...headerProofs(context, { sites: tlsPlanned(context), topic, sent: sent(wishes(context), context) }),
    ],
  };
}

const strictTransport = control({
  id: 'tls.hsts',
  title: 'Browsers are told to insist on https',
  severity: 'medium',
  why: 'Without it, whoever sits between can keep a visitor on plain http, redirect or not.',
  references: ['RFC 6797', 'Mozilla server side TLS 6.0', 'nginx add_header'],
  reads: 'add_header in force for every block of every site with TLS',
  mayBreak:
    'For as long as it was told, a browser refuses the site when https breaks: so climb from five minutes.',
  wishes: hstsWishes,
  topic: 'hsts',
  fine: 'every answer over TLS tells browsers to insist on https',
});

const securityHeaders = control({
  id: 'tls.headers',
  title: 'Every answer has the security headers',
  severity: 'medium',
  why: 'nginx drops all inherited headers in a block that adds one of its own: the page that was forgotten is the one that is framed.',
  references: ['OWASP Secure Headers', 'nginx add_header'],
  reads: 'add_header in force for every block of every site with TLS',
  mayBreak:
    'Pages that other sites show in a frame; an application that sends the same header sends it twice.',
  wishes: headerWishes,
  topic: 'headers',
  fine: 'every answer has them',
});

export const headerControls: readonly Control[] = [strictTransport, securityHeaders];
