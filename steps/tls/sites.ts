// Rules: every site that others reach has https; where it has, plain requests are sent there; what nginx serves is what its files say.
import type { NginxSite } from '../../src/facts/nginx-values.ts';
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import type { NginxDirective, NginxEditResource } from '../../src/model/resource.ts';
import { plannedSites } from './own.ts';
import { redirectProofs, workerProof } from './proofs.ts';
import { redirect as redirectQuestion } from './questions.ts';
import { faultsOr, isPlain, mayHave, onNginx, runs, securePort, sitesOf, titleOf } from './state.ts';
import { hindrance } from './way.ts';

const plainSites = (context: Context): readonly NginxSite[] => plannedSites(context).filter(isPlain);

const https: Control = {
  id: 'tls.https',
  title: 'Every site has https',
  severity: 'high',
  why: 'What goes in plain is read and changed by whoever sits between.',
  references: ['CIS nginx 4.1.1', 'OWASP Transport Layer Security'],
  reads: 'listen, server_name and return of every site that others reach',
  mayBreak: 'Nothing is changed: a certificate is needed first.',
  applies: (context) => mayHave(context, sitesOf),
  judge: (context) =>
    onNginx(context, () =>
      faultsOr(
        sitesOf(context)
          .filter((site) => isPlain(site) && site.plain === 'served')
          .filter((site) => securePort(site, sitesOf(context)) === undefined)
          .map((site) => `${titleOf(site)} is served over plain http only`),
        'every site has https, or serves nothing',
      ),
    ),
};

const twins = (context: Context): readonly NginxSite[] =>
  plainSites(context).filter((site) => securePort(site, plannedSites(context)) !== undefined);

const served = (context: Context): readonly NginxSite[] =>
  twins(context).filter(({ plain }) => plain === 'served');

const toMend = (context: Context): readonly NginxSite[] =>
  served(context).filter((site) => hindrance(site, context) === undefined);

function said(site: NginxSite, context: Context): string {
  const why = hindrance(site, context);
  const more = why === undefined ? '' : `, and nothing is changed there: ${why}`;
  return `${titleOf(site)} answers plain requests itself${more}`;
}

/** nginx has no "and": scheme and path are put together, and what is plain and no ACME challenge is sent away. */
const VARIABLE = '$portcullis_plain';

const REDIRECT: readonly NginxDirective[] = [
  {
    name: 'if',
    args: [`(${VARIABLE}`, '~', '^http:(?!/[.]well-known/acme-challenge/))'],
    children: [{ name: 'return', args: ['301', 'https://$host$request_uri'] }],
  },
  { name: 'set', args: [VARIABLE, '$scheme:$request_uri'] },
];

const redirect: Control = {
  id: 'tls.redirect',
  title: 'Plain requests are sent to https',
  severity: 'high',
  why: 'What is typed without https:// comes in plain, with cookies and all.',
  references: ['Mozilla server side TLS 6.0', 'RFC 9110 15.4.2'],
  reads: 'return and rewrite of every site that has https as well',
  mayBreak: 'Programs that post to http and do not follow: they must be told the new address.',
  applies: (context) => mayHave(context, twins) && answerOf(redirectQuestion, context) === true,
  judge: (context) =>
    onNginx(context, () =>
      faultsOr(
        served(context).map((site) => said(site, context)),
        'plain requests are sent to https',
      ),
    ),
  remedy: (context) =>
    toMend(context).flatMap((site) =>
      REDIRECT.map(
        (directive): NginxEditResource => ({
          ...{ kind: 'nginx-edit', file: site.file, block: site.at },
          edit: { do: 'add', directive, at: 'start' },
        }),
      ),
    ),
  proofs: (context) => [
    ...workerProof(context),
    ...redirectProofs(context, [
      ...twins(context).filter(({ plain }) => plain === 'https'),
      ...toMend(context),
    ]),
  ],
};

const reloaded: Control = {
  id: 'tls.reloaded',
  title: 'What is served is what stands in the files',
  severity: 'medium',
  why: 'A certificate that was renewed and never loaded expires all the same; servers keep the old one without a word.',
  references: ['nginx control', 'certbot deploy hooks'],
  reads: 'when the processes of nginx were started, and when its files and certificates changed',
  mayBreak: 'What somebody wrote and did not load yet comes into force.',
  applies: (context) => context.readings.nginx.kind === 'unknown' || runs(context),
  judge: (context) =>
    onNginx(context, ({ unserved }) =>
      faultsOr(
        unserved.map((path) => `${path} changed after nginx read it`),
        'nothing changed since nginx read its files',
      ),
    ),
  remedy: () => [{ kind: 'unit', name: 'nginx.service', reload: true }],
  proofs: workerProof,
};

export const siteControls: readonly Control[] = [https, redirect, reloaded];
