// Rules: a certificate is asked for by the client that is there, under the name by which it keeps it; what the client has already it renews; the
// plan says whom it asks, for which names, and from where it answers. Whether that can succeed is the guard's business (src/plan/guards/acme.ts).
import type { Context } from '../model/context.ts';
import type { CertificateResource, Change } from '../model/resource.ts';
import { preflight } from './acme-preflight.ts';
import { mergeDiffs, NO_DIFF, type ResourceDiff, type Wanted } from './wanted.ts';

/** Where certbot puts what a server reads. */
export const pairOf = (name: string) => ({
  certificate: `/etc/letsencrypt/live/${name}/fullchain.pem`,
  key: `/etc/letsencrypt/live/${name}/privkey.pem`,
});

/** Said to certbot, so that no cli.ini of the host decides who is asked. */
const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';

/** A name that authorities know of: labels with dots between them, no address. Lower case. */
export const isOrderable = (name: string): boolean =>
  name.length <= 253 &&
  /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+(?=[0-9-]*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name);

export function diffCertificates(
  wanted: readonly Wanted<CertificateResource>[],
  context: Context,
): ResourceDiff {
  return mergeDiffs(wanted.map((one) => diffOne(one, context)));
}

function diffOne(
  { resource, step, control, why }: Wanted<CertificateResource>,
  context: Context,
): ResourceDiff {
  const { kind: _, inFront: __, unseen: ___, ...order } = resource;
  const { name, names, webroot, server, email } = order;
  const odd = [name, ...names].find((one) => !isOrderable(one));
  if (odd !== undefined)
    return { ...NO_DIFF, unknown: [`a certificate for ${odd}, which is no name of a host`] };
  const { certbot } = context.readings;
  if (certbot.kind === 'unknown') return { ...NO_DIFF, unknown: [`what certbot has: ${certbot.reason}`] };
  const known = certbot.kind === 'known' && certbot.value.lineages.some((one) => one.name === name);
  const authority = server === '' ? 'Let’s Encrypt' : server;
  const change: Change = {
    address: `certificate:${name}`,
    action: known ? 'update' : 'create',
    title: `certbot asks ${authority} for ${names.join(', ')}; its terms are accepted`,
    ...{ step, controls: [control], why, risk: 'service', phase: 'expand', confidence: 'predicted' },
    effective: [
      { name: 'answers to challenges', before: '', after: `${webroot}/.well-known/acme-challenge` },
      { name: 'mail of the account', before: '', after: email === '' ? 'none' : email },
      { name: 'what it makes', before: '', after: pairOf(name).certificate },
    ],
    primitives: [{ kind: 'certbot-issue', ...order, server: server || LETS_ENCRYPT, known }],
  };
  const { seen, unknown } = preflight(resource, context);
  return { ...NO_DIFF, changes: [change], notes: seen, unknown };
}
