// Rules: a certificate that certbot keeps is renewed by a timer that runs, in a way that works beside nginx, and nginx is told: a hook of ours does
// that where nobody does. How certbot proves itself is the operator's choice and is not changed.
import type { CertbotFact } from '../../src/facts/certbot-values.ts';
import type { NginxSite } from '../../src/facts/nginx-values.ts';
import type { Context } from '../../src/model/context.ts';
import type { Control, Proof } from '../../src/model/control.ts';
import { knownValue } from '../../src/model/outcome.ts';
import type { Resource } from '../../src/model/resource.ts';
import { workerProof } from './proofs.ts';
import { faultsOr, mayHave, onNginx, tlsSites } from './state.ts';

const LIVE = /^\/etc\/letsencrypt\/live\/([^/]+)\//;
const HOOK = '/etc/letsencrypt/renewal-hooks/deploy/portcullis-nginx';

const HOOK_TEXT = `#!/bin/sh
# Written by portcullis. Change it with portcullis, or delete this file: nginx then goes on with the old certificate until it reloads.
# To undo: "portcullis rollback HOST" from your own machine, or as root on this host: sh /var/lib/portcullis/engine status
nginx -t -q && systemctl reload nginx.service
`;

function certbotOf(context: Context): CertbotFact | undefined {
  const fact = knownValue(context.readings.certbot);
  return fact?.installed === false ? undefined : fact;
}

/** Sites whose certificate certbot keeps. */
const sitesOfCertbot = (context: Context): readonly NginxSite[] =>
  tlsSites(context).filter(({ certificates }) => certificates.some((pair) => LIVE.test(pair.certificate)));

/** Names of the certificates of certbot that sites use. */
function lineagesInUse(context: Context): readonly string[] {
  const paths = tlsSites(context).flatMap((site) => site.certificates.map(({ certificate }) => certificate));
  return [...new Set(paths.flatMap((path) => LIVE.exec(path)?.[1] ?? []))];
}

/** Programs of the hooks folder that tell nginx: those whose text names it, comments aside. What cannot be read tells nobody. */
const tellsNginx = ({ hooks, looked }: CertbotFact): boolean =>
  (looked.files ?? []).some(
    ({ path, text }) => hooks.includes(path) && /\bnginx\b/.test(text.replaceAll(/^\s*#.*$/gm, '')),
  );

const isOn = ({ enabled, active }: CertbotFact['timer']): boolean =>
  enabled === 'enabled' && active === 'active';

const TIMER: Resource = { kind: 'unit', name: 'certbot.timer', enabled: true, masked: false, active: true };
const TOLD: Resource = { kind: 'file', path: HOOK, content: HOOK_TEXT, mode: '0755', uid: 0, gid: 0 };

/** What keeps certificates that certbot is about to get: a timer that renews them, and nginx told. */
export function renewingBy(context: Context): readonly Resource[] {
  const fact = knownValue(context.readings.certbot);
  return [
    ...(fact !== undefined && isTimed(fact) ? [] : [TIMER]),
    ...(fact !== undefined && tellsNginx(fact) ? [] : [TOLD]),
  ];
}

/** As things stand once the change is made, firewall and all. */
export const renewalProof = (name: string, server = ''): Proof => ({
  id: `tls.renewal.${name}`,
  title: `certbot would renew ${name} (dry run)`,
  viewpoint: 'inside',
  expect: 'works',
  check: { kind: 'renewal', name, server },
});

const isTimed = (fact: CertbotFact): boolean => isOn(fact.timer) || isOn(fact.snapTimer);

/** Certificates after whose renewal nobody loads them. */
function untold(context: Context): readonly string[] {
  const fact = certbotOf(context);
  if (fact === undefined || tellsNginx(fact)) return [];
  const used = lineagesInUse(context);
  return fact.lineages
    .filter(
      ({ name, installer, hook }) => used.includes(name) && installer !== 'nginx' && !/\bnginx\b/.test(hook),
    )
    .map(({ name }) => name);
}

function faultsOf(context: Context, fact: CertbotFact): readonly string[] {
  const used = lineagesInUse(context);
  const ways = used.flatMap((name) => {
    const lineage = fact.lineages.find((one) => one.name === name);
    if (lineage === undefined) return [`certbot does not renew ${name}: it has no file for it`];
    if (lineage.authenticator === 'manual') return [`${name} is renewed by hand`];
    return lineage.authenticator === 'standalone'
      ? [`${name} is renewed by "standalone", which needs port 80 for itself while nginx holds it`]
      : [];
  });
  return [
    ...(isTimed(fact)
      ? []
      : [`no timer renews them: certbot.timer is ${fact.timer.enabled}, ${fact.timer.active}`]),
    ...ways,
    ...untold(context).map((name) => `nothing tells nginx when ${name} was renewed`),
  ];
}

export const renewal: Control = {
  id: 'tls.renewal',
  title: 'Certificates of certbot are renewed and loaded',
  severity: 'high',
  why: 'A renewal that does not run, or that nginx is not told of, shows on the day the old certificate expires.',
  references: ['certbot renew', 'certbot #10458'],
  reads: 'the timers of certbot, its renewal files, and what it runs after a renewal',
  mayBreak: 'Nothing: nginx reloads after a renewal.',
  applies: (context) =>
    mayHave(context, sitesOfCertbot) &&
    context.readings.certbot.kind !== 'absent' &&
    knownValue(context.readings.certbot)?.installed !== false,
  judge: (context) =>
    onNginx(context, () => {
      const { certbot } = context.readings;
      if (certbot.kind !== 'known')
        return {
          result: 'unknown',
          evidence: [certbot.kind === 'unknown' ? certbot.reason : 'there is no certbot'],
        };
      return faultsOr(faultsOf(context, certbot.value), 'a timer renews them, and nginx is told');
    }),
  remedy: (context) => {
    const fact = certbotOf(context);
    if (fact === undefined) return [];
    const isThere = fact.timer.enabled !== 'not-found';
    return [...(isTimed(fact) || !isThere ? [] : [TIMER]), ...(untold(context).length === 0 ? [] : [TOLD])];
  },
  // Where all is well nobody is asked: an authority counts what it is asked.
  proofs: (context) => {
    const fact = certbotOf(context);
    const used = lineagesInUse(context);
    const tried = (fact?.lineages ?? []).filter(
      ({ name, authenticator }) => used.includes(name) && authenticator === 'webroot',
    );
    const isMended = fact !== undefined && faultsOf(context, fact).length > 0;
    return [
      ...workerProof(context),
      ...(isMended ? tried.map(({ name, server }) => renewalProof(name, server)) : []),
    ];
  },
};
