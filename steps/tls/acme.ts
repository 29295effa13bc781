// Rules: certbot only gets the certificate (certonly, from a folder that nginx serves already); which site shows it is our edit, made in the same
// transaction after it came; where challenges are not answered from files, that is put right first, and the authority is asked in the next plan.
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Control, Proof } from '../../src/model/control.ts';
import { knownValue } from '../../src/model/outcome.ts';
import type {
  NginxDirective,
  NginxEditResource,
  PackageResource,
  Resource,
} from '../../src/model/resource.ts';
import { pairOf } from '../../src/resources/certificate.ts';
import { type Need, needsOf, ordersOf, resourceOf } from './acme-orders.ts';
import { acmeServer, namedSites, termsAccepted } from './acme-questions.ts';
import { answersFor, obstacle, orderNames, rootsOf, webrootOf } from './acme-sites.ts';
import { outside } from './outside.ts';
import { installPair } from './own.ts';
import { issuedProofs, workerProof } from './proofs.ts';
import { renewalProof, renewingBy } from './renewal.ts';
import { faultsOr, mayHave, onNginx, runs, sitesOf } from './state.ts';

const CERTBOT: PackageResource = {
  ...{ kind: 'package', name: 'certbot', purpose: 'gets certificates from an authority (ACME)' },
  brings: 'certbot.timer',
};

const applies = (context: Context): boolean => mayHave(context, sitesOf) && namedSites(context).length > 0;

function said({ name, fault, webroot }: Need, context: Context): string {
  if ('why' in webroot) return `${name}: ${fault}; an authority can be asked once challenges are answered`;
  return `${name}: ${fault}${termsAccepted(context) ? '' : '; the terms of the authority were not accepted (tls.acme-terms)'}`;
}

/** Why nobody would see that the new certificate is shown; what the operator said he cannot see is his to know. */
function unseen(order: Need, context: Context): { readonly unseen?: string } {
  if (context.answers.get(outside.id) === false || issuedProofs(context, [order]).length > 0) return {};
  const family = context.connection.address.includes(':') ? 'IPv6' : 'IPv4';
  const why = runs(context)
    ? `none of its sites listens for everyone over ${family}, by which you come, or your machine is taken to see none`
    : 'nginx does not run';
  return { unseen: `${order.name}: ${why}` };
}

/** certbot is no part of this host yet. */
const lacksCertbot = ({ readings }: Context): boolean =>
  readings.certbot.kind === 'absent' || knownValue(readings.certbot)?.installed === false;

const issued: Control = {
  id: 'tls.acme',
  title: 'Sites that you named have a certificate from an authority',
  severity: 'high',
  why: 'A site without one, or with one that vouches for itself, teaches everybody to accept anything. An authority gives one for nothing, and renews it.',
  references: ['RFC 8555', 'CIS nginx 4.1.2', 'certbot certonly'],
  reads: 'the sites of tls.acme and their certificates',
  mayBreak:
    'Clients that pinned the certificate of before. An account with the authority is made, and the names become public (certificate transparency).',
  applies,
  judge: (context) =>
    onNginx(context, () =>
      faultsOr(
        [
          ...namedSites(context).flatMap((name) => obstacle(name, context) ?? []),
          ...needsOf(context).map((need) => said(need, context)),
        ],
        'every site that you named has a good certificate',
      ),
    ),
  remedy: (context) => {
    const orders = ordersOf(context);
    if (orders.length === 0) return [];
    return [
      ...(lacksCertbot(context) ? [CERTBOT] : []),
      ...orders.flatMap((order): readonly Resource[] => [
        ...resourceOf(order, context).map((one) => ({ ...one, ...unseen(order, context) })),
        ...order.targets.flatMap((site) => installPair(site, pairOf(order.name))),
      ]),
      ...renewingBy(context),
      // A certificate that only became new is served after a reload.
      { kind: 'unit', name: 'nginx.service', reload: true },
    ];
  },
  proofs: (context): readonly Proof[] => [
    ...workerProof(context),
    ...ordersOf(context).map(({ name }) => renewalProof(name, String(answerOf(acmeServer, context)))),
    ...issuedProofs(context, ordersOf(context)),
  ],
};

const locationOf = (root: string): NginxDirective => ({
  name: 'location',
  args: ['^~', '/.well-known/acme-challenge/'],
  children: [
    { name: 'root', args: [root] },
    { name: 'default_type', args: ['text/plain'] },
    { name: 'auth_basic', args: ['off'] },
    { name: 'allow', args: ['all'] },
  ],
});

function opened(name: string, context: Context): readonly NginxEditResource[] {
  const found = answersFor(orderNames(name, context), context);
  // One folder for all names of an order: what answers already says which.
  const [root = '/var/www/html'] = rootsOf(found.map(({ challenge }) => challenge));
  return found.flatMap(({ block, challenge }): readonly NginxEditResource[] => {
    // What the server itself sends away never comes to a location, and nginx takes no second one for a path.
    if ('root' in challenge || challenge.stuck !== undefined) return [];
    const { file, at } = block;
    return [
      { kind: 'nginx-edit', file, block: at, edit: { do: 'add', directive: locationOf(root), at: 'end' } },
    ];
  });
}

const BY_HAND = {
  early: ': move it into "location / { }", so that a path can be taken out of it',
  taken: ': let that location answer from files (root FOLDER; and nothing else), or take it away',
} as const;

const challenge: Control = {
  id: 'tls.acme-challenge',
  title: 'Challenges of authorities are answered from files',
  severity: 'medium',
  why: 'An authority gives a certificate to whoever answers for the name on port 80. Where an application, a password or a rule decides there, it fails, also at every renewal.',
  references: ['RFC 8555 8.3', 'nginx location'],
  reads: 'what nginx does with /.well-known/acme-challenge/ of the sites of tls.acme, from its files',
  mayBreak: 'Nothing: a path that is used for nothing else is answered from files.',
  applies,
  judge: (context) =>
    onNginx(context, () =>
      faultsOr(
        namedSites(context).flatMap((name) => {
          const names = orderNames(name, context);
          const stuck = answersFor(names, context).flatMap(({ challenge: found }) => {
            if ('root' in found) return [];
            return [`${name}: ${found.why}${found.stuck === undefined ? '' : BY_HAND[found.stuck]}`];
          });
          const all = webrootOf(names, context);
          return stuck.length > 0 || 'root' in all ? [...new Set(stuck)] : [`${name}: ${all.why}`];
        }),
        'they are answered from files',
      ),
    ),
  remedy: (context) => {
    const edits = namedSites(context).flatMap((name) => opened(name, context));
    // A block may answer for two of them.
    return [...new Map(edits.map((one) => [JSON.stringify([one.file, one.block]), one])).values()];
  },
  proofs: workerProof,
};

export const acmeControls: readonly Control[] = [challenge, issued];
