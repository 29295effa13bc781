// Rules: Caddy gives every named site https and the way there by itself; what is judged is where somebody told it not to. A redirect is made
// only to what is certain to answer: https of the same name on port 443 with a certificate that is in date and that others know.
import type { CaddySite } from '../../../src/facts/caddy-values.ts';
import { answerOf, type Context } from '../../../src/model/context.ts';
import type { CaddyEditResource } from '../../../src/model/resource.ts';
import { redirect as redirectQuestion } from '../questions.ts';
import { coversName, doorsOf, faultsOr, hostNames, nowOf } from '../state.ts';
import { inSite, locked, stuck } from './edits.ts';
import type { CaddyPart } from './join.ts';
import { loadedProof, redirectProofsOf } from './proofs.ts';
import {
  caddyOf,
  caddyRuns,
  caddySites,
  caddyTitle,
  mayHaveCaddy,
  onCaddy,
  plainSites,
  secureSites,
  shownBy,
} from './state.ts';

const securedBy = (name: string, context: Context): readonly CaddySite[] =>
  secureSites(context).filter((site) => site.names.some((one) => coversName(one.toLowerCase(), name)));

/** Sites for plain requests whose names have https too. */
const twins = (context: Context): readonly CaddySite[] =>
  plainSites(context).filter((site) => hostNames(site).some((name) => securedBy(name, context).length > 0));

const https: CaddyPart = {
  applies: (context) => mayHaveCaddy(context, caddySites),
  reads: 'the addresses of every site',
  judge: (context) =>
    onCaddy(context, () =>
      faultsOr(
        plainSites(context)
          .filter((site) => site.plain === 'served' && !twins(context).includes(site))
          .map((site) => `${caddyTitle(site)} is served over plain http only`),
        'every site has https, or serves nothing',
      ),
    ),
};

/** Why plain requests cannot be sent to https; undefined when they can. */
function hindrance(site: CaddySite, context: Context): string | undefined {
  const now = nowOf(context);
  if (doorsOf(site).some(({ port }) => port !== 80))
    return 'it listens on another port than 80, where a program may need it plain';
  if (doorsOf(site).length < site.listens.length)
    return 'it serves this machine itself too, which may need it plain';
  if (hostNames(site).length < site.names.length) return 'it has a name with a pattern';
  for (const name of hostNames(site)) {
    const doors = securedBy(name, context).filter((one) =>
      doorsOf(one).some(({ port, tls }) => tls && port === 443),
    );
    const first = doors
      .flatMap((one) => shownBy(one, context))
      .find((shown) => shown.name === undefined || shown.name === name)?.file.certificates[0];
    const isGood =
      first !== undefined &&
      now !== undefined &&
      !first.selfSigned &&
      first.from <= now &&
      now < first.until &&
      first.names.some((by) => coversName(by, name));
    if (doors.length === 0) return `${name} has no https on port 443`;
    if (!isGood) return `no certificate that is in date and signed by an authority is served for ${name}`;
  }
  return stuck(site, context);
}

const served = (context: Context): readonly CaddySite[] =>
  twins(context).filter(({ plain }) => plain === 'served');

const toMend = (context: Context): readonly CaddySite[] =>
  served(context).filter((site) => hindrance(site, context) === undefined);

const MATCHER = '@portcullis_plain';

/** What comes plain and is no ACME challenge is sent away; Caddy does that before it serves anything. */
const REDIRECT: readonly CaddyEditResource['edit'][] = [
  {
    do: 'add',
    directive: {
      name: MATCHER,
      args: [],
      children: [
        { name: 'protocol', args: ['http'] },
        { name: 'not', args: ['path', '/.well-known/acme-challenge/*'] },
      ],
    },
    at: 'end',
  },
  { do: 'add', directive: { name: 'redir', args: [MATCHER, 'https://{host}{uri}', '301'] }, at: 'end' },
];

const redirect: CaddyPart = {
  applies: (context) => mayHaveCaddy(context, twins) && answerOf(redirectQuestion, context) === true,
  reads: 'how every site for plain requests answers whose names have https too',
  judge: (context) =>
    onCaddy(context, () =>
      faultsOr(
        served(context).map((site) => {
          const why = hindrance(site, context);
          const more = why === undefined ? '' : `, and nothing is changed there: ${why}`;
          return `${caddyTitle(site)} answers plain requests itself${more}`;
        }),
        'plain requests are sent to https',
      ),
    ),
  remedy: (context) =>
    toMend(context).flatMap(({ place }) =>
      place === undefined ? [] : REDIRECT.map((edit) => inSite(place, edit)),
    ),
  proofs: (context) => [
    ...loadedProof(context),
    ...redirectProofsOf(context, [
      ...secureSites(context).filter(({ redirected }) => redirected),
      ...twins(context).filter(({ plain }) => plain === 'https'),
      ...toMend(context),
    ]),
  ],
};

const reloaded: CaddyPart = {
  applies: (context) => context.readings.caddy.kind === 'unknown' || caddyRuns(context),
  reads: 'the note that Caddy keeps of what it took last, and when its files and certificates changed',
  judge: (context) =>
    onCaddy(context, ({ unserved, loaded, foreign }) =>
      loaded === undefined
        ? { result: 'unknown', evidence: ['Caddy keeps no note of the configuration that is in force'] }
        : faultsOr(
            [
              ...unserved.map((path) => `${path} changed after Caddy read it`),
              ...(foreign
                ? ['Caddy serves another configuration than its files say: somebody gave it by hand']
                : []),
            ],
            'Caddy serves what its files say',
          ),
    ),
  remedy: (context) =>
    (caddyOf(context)?.unserved.length ?? 0) > 0 && locked(context) === undefined
      ? [{ kind: 'unit', name: 'caddy.service', reload: true }]
      : [],
  proofs: loadedProof,
};

export const siteParts: Readonly<Record<string, CaddyPart>> = {
  'tls.https': https,
  'tls.redirect': redirect,
  'tls.reloaded': reloaded,
};
