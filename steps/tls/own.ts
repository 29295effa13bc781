// Rules: a certificate that is put in must be whole before anything is written: key, order, names, dates, size; it goes to every site whose names
// it covers and that serves something; key and certificate stay where they lie on the host, and only their paths are written.
import type { CertificateFile, KeyFile } from '../../src/facts/certificate.ts';
import type { NginxSite } from '../../src/facts/nginx-values.ts';
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Control, Question } from '../../src/model/control.ts';
import type { NginxEditResource } from '../../src/model/resource.ts';
import { ordered, orderFor, ordersOf } from './acme-orders.ts';
import { namedSites } from './acme-questions.ts';
import { certificateProofs, workerProof } from './proofs.ts';
import {
  coversName,
  doorsOf,
  faultsOr,
  hostNames,
  isPlain,
  isTls,
  mayHave,
  nginxOf,
  nowOf,
  onNginx,
  pairsOf,
  securePort,
  sitesOf,
  titleOf,
} from './state.ts';
import { chainFault, dateFault, weakness } from './x509.ts';

const PLACES =
  '/etc/ssl/portcullis, /etc/letsencrypt/live, /etc/nginx/ssl, /etc/nginx/certs or /etc/ssl/private';

type Own = { readonly certificate: CertificateFile; readonly key: KeyFile };

export const certificate: Question = {
  id: 'tls.certificate',
  prompt: 'Path of a certificate on the host to put in (empty: none):',
  help: `The server's own first, then who signed it, in PEM. Looked for in ${PLACES}. It is checked before anything is written.`,
  type: 'text',
  risky: false,
  when: (context) => sitesOf(context).length > 0,
  propose: () => ({ value: '', reason: 'what is there stays' }),
  check: (value, context) => (value === '' ? undefined : certificateProblem(String(value), context)),
};

export const key: Question = {
  id: 'tls.key',
  prompt: 'Path of its private key on the host (empty: none):',
  help: 'It stays where it is and is not read: openssl on the host tells whose key it is.',
  type: 'text',
  risky: false,
  when: (context) => sitesOf(context).length > 0,
  propose: () => ({ value: '', reason: 'what is there stays' }),
  check: (value, context) => keyProblem(String(value), context),
};

function certificateProblem(path: string, context: Context): string | undefined {
  const file = nginxOf(context)?.certificates.find((one) => one.path === path);
  const look = `put the file into ${PLACES}, then look again`;
  if (nginxOf(context)?.keys.some((one) => one.path === path) === true && file === undefined)
    return 'that is a private key: name the file with the certificate';
  if (file === undefined || !file.exists) return `there is no certificate at ${path}: ${look}`;
  const [first] = file.certificates;
  if (first === undefined) return `${path}: ${file.problem ?? 'there is no certificate in it'}: ${look}`;
  if (file.holdsKey && !nginxOf(context)?.keys.some((one) => one.path === path))
    return `a private key stands in ${path}: take it out, or it is served to nobody but read by many`;
  const now = nowOf(context);
  const problem =
    (now === undefined ? 'the clock of the host could not be read' : dateFault(first, now)) ??
    chainFault(file) ??
    (first.selfSigned ? 'it is self-signed: have it signed by an authority' : undefined) ??
    weakness(first);
  if (problem !== undefined) return `${path}: ${problem}`;
  const meant = sitesOf(context).filter((site) => isMeant(site, file, context));
  const both = meant.flatMap(hostNames).find((name) => namedSites(context).includes(name));
  if (both !== undefined) return `${path} is for ${both}, which tls.acme names too: leave one out`;
  return meant.length > 0
    ? undefined
    : `${path} is for ${first.names.join(', ') || 'no name'}, and no site has such names only`;
}

function keyProblem(path: string, context: Context): string | undefined {
  const named = String(answerOf(certificate, context));
  if (path === '') return named === '' ? undefined : `the key of ${named} is needed too: give tls.key`;
  if (named === '') return 'a key alone is nothing: give tls.certificate too';
  const file = nginxOf(context)?.keys.find((one) => one.path === path);
  if (file === undefined || !file.exists)
    return `there is no private key at ${path}: put it into ${PLACES}, then look again`;
  if (file.encrypted)
    return `${path} is encrypted, so nginx could not start by itself: store it without a passphrase ("openssl pkey -in KEY -out PLAIN"), mode 0600`;
  const [first] = nginxOf(context)?.certificates.find((one) => one.path === named)?.certificates ?? [];
  if (file.publicKey === undefined)
    return `whose key ${path} is could not be told: openssl is needed on the host`;
  return first === undefined || first.publicKey === file.publicKey
    ? undefined
    : `${path} is not the key of ${named}: their public halves differ`;
}

function ownOf(context: Context): Own | undefined {
  const [named, keyPath] = [answerOf(certificate, context), answerOf(key, context)];
  const file = nginxOf(context)?.certificates.find(({ path }) => path === named);
  const keyFile = nginxOf(context)?.keys.find(({ path }) => path === keyPath);
  return named === '' || file === undefined || keyFile === undefined
    ? undefined
    : { certificate: file, key: keyFile };
}

/** All its names are in the certificate, and it has https or serves something without. */
function isMeant(site: NginxSite, file: CertificateFile, context: Context): boolean {
  const names = hostNames(site);
  const all = file.certificates[0]?.names ?? [];
  const covered = names.length > 0 && names.every((name) => all.some((one) => coversName(one, name)));
  const bare = site.plain === 'served' && securePort(site, sitesOf(context)) === undefined;
  return covered && (isTls(site) || bare);
}

const farDoors = (site: NginxSite) => doorsOf(site).filter(({ address }) => address === '*');

/** The sites as they will be once certificates are in; the others as they are. */
export function plannedSites(context: Context): readonly NginxSite[] {
  const own = ownOf(context);
  const sites = sitesOf(context);
  const orders = ordersOf(context);
  return sites.map((site) => {
    const order = orderFor(site, orders);
    if (order !== undefined) return ordered(site, order, farDoors(site));
    if (own === undefined || !isMeant(site, own.certificate, context)) return site;
    const added = isTls(site) ? [] : farDoors(site);
    return {
      ...site,
      listens: [...site.listens, ...added.map((listen) => ({ ...listen, port: 443, tls: true }))],
      certificates: [{ certificate: own.certificate.path, key: own.key.path }],
    };
  });
}

/** Sites that have https, or will have it. */
export const tlsPlanned = (context: Context): readonly NginxSite[] => plannedSites(context).filter(isTls);

function toInstall(context: Context): readonly NginxSite[] {
  const own = ownOf(context);
  if (own === undefined) return [];
  return sitesOf(context).filter((site) => {
    const [pair, ...more] = pairsOf(site, context);
    const has = more.length === 0 && pair?.certificate === own.certificate && pair.key === own.key;
    return isMeant(site, own.certificate, context) && !(isTls(site) && has);
  });
}

/** The edits that have a block show a pair; one without https listens on 443 as well. */
export function installPair(
  site: NginxSite,
  pair: { readonly certificate: string; readonly key: string },
): readonly NginxEditResource[] {
  const place = { kind: 'nginx-edit', file: site.file, block: site.at } as const;
  const set = (name: string, path: string): NginxEditResource => ({
    ...place,
    edit: { do: 'set', name, args: [path], kept: 0 },
  });
  const families = isTls(site) ? [] : farDoors(site);
  const wanted = new Set(families.map(({ family }) => (family === 'ipv4' ? '443' : '[::]:443')));
  return [
    ...[...wanted].map(
      (listen): NginxEditResource => ({
        ...place,
        edit: { do: 'add', directive: { name: 'listen', args: [listen, 'ssl'] }, at: 'end' },
      }),
    ),
    set('ssl_certificate', pair.certificate),
    set('ssl_certificate_key', pair.key),
  ];
}

export const ownCertificate: Control = {
  id: 'tls.own-certificate',
  title: 'The certificate that you named is served',
  severity: 'high',
  why: 'Certificates are often put where nothing reads them.',
  references: ['nginx ssl_certificate', 'CIS nginx 4.1.2'],
  reads: 'ssl_certificate and ssl_certificate_key of every site whose names it covers',
  mayBreak: 'Clients that pinned the certificate of before; a port 443 that another program holds.',
  applies: (context) => mayHave(context, sitesOf) && answerOf(certificate, context) !== '',
  judge: (context) =>
    onNginx(context, () =>
      faultsOr(
        toInstall(context).map(
          (site) =>
            `${titleOf(site)} does not use it${isPlain(site) && !isTls(site) ? ': it has no https' : ''}`,
        ),
        'every site whose names it covers uses it',
      ),
    ),
  remedy: (context) => {
    const own = ownOf(context);
    return own === undefined
      ? []
      : toInstall(context).flatMap((site) =>
          installPair(site, { certificate: own.certificate.path, key: own.key.path }),
        );
  },
  proofs: (context) => {
    const own = ownOf(context);
    return [
      ...workerProof(context),
      ...certificateProofs(context, {
        sites: tlsPlanned(context),
        of: ({ certificates }) =>
          certificates[0]?.certificate === own?.certificate.path
            ? own?.certificate.certificates[0]?.fingerprint
            : undefined,
      }),
    ];
  },
};
