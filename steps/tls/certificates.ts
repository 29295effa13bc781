// Rules: certificates are judged by what stands in the files that the configuration names, at the host's own time; a key by its mode, owner and
// public half, because its bytes stay on the host. Nothing here makes a certificate: only mode and owner of a key are put right.
import type { CertificateFact, CertificateFile, KeyFile } from '../../src/facts/certificate.ts';
import type { NginxSite } from '../../src/facts/nginx-values.ts';
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Control, Verdict } from '../../src/model/control.ts';
import type { FileResource } from '../../src/model/resource.ts';
import { isRenewed, orderFor, ordersOf } from './acme-orders.ts';
import { key as keyQuestion, ownCertificate, tlsPlanned } from './own.ts';
import { certificateProofs } from './proofs.ts';
import { renewal } from './renewal.ts';
import {
  coversName,
  faultsOr,
  hostNames,
  isAddress,
  mayHave,
  nginxOf,
  nowOf,
  onNginx,
  pairsOf,
  titleOf,
  tlsSites,
} from './state.ts';
import { chainFault, dateFault, weakness } from './x509.ts';

type Held = { readonly title: string; readonly site: NginxSite; readonly file: CertificateFile };

function heldOf(context: Context): readonly Held[] {
  return tlsSites(context).flatMap((site) =>
    pairsOf(site, context).flatMap(({ certificate }) =>
      certificate === undefined ? [] : [{ title: titleOf(site), site, file: certificate }],
    ),
  );
}

/** Sites whose certificate is named by a variable: nobody can tell which it is. */
function unnamed(context: Context): readonly string[] {
  return tlsSites(context)
    .filter((site) => {
      const pairs = pairsOf(site, context);
      return pairs.length === 0 || pairs.some(({ certificate }) => certificate === undefined);
    })
    .map((site) => `${titleOf(site)}: its certificate is not named by a plain path`);
}

const applies = (context: Context): boolean => mayHave(context, tlsSites);

/** Judges every certificate that can be read; what could not be is unknown unless another one fails. */
function onEach(
  context: Context,
  it: {
    readonly fine: string;
    readonly fault: (held: Held, first: CertificateFact) => string | readonly string[];
  },
): Verdict {
  return onNginx(context, () => {
    const held = heldOf(context);
    const faults = held.flatMap((one) => {
      const [first] = one.file.certificates;
      return first === undefined ? [] : [it.fault(one, first)].flat().map((said) => `${one.title}: ${said}`);
    });
    if (faults.length > 0) return { result: 'fail', evidence: [...new Set(faults)] };
    const unread = held.flatMap(({ file }) =>
      file.problem === undefined ? [] : [`${file.path}: ${file.problem}`],
    );
    const untold = [...unnamed(context), ...new Set(unread)];
    return untold.length > 0
      ? { result: 'unknown', evidence: untold }
      : { result: 'pass', evidence: [it.fine] };
  });
}

const served: Control['proofs'] = (context) => {
  const orders = ordersOf(context);
  return certificateProofs(context, {
    sites: tlsPlanned(context),
    of: (site) => {
      // What is about to come is not what lies there.
      if (orderFor(site, orders) !== undefined || isRenewed(site, orders)) return undefined;
      const pairs = pairsOf(site, context);
      // Of two kinds of key the client's taste decides which is shown.
      return pairs.length === 1 ? pairs[0]?.certificate?.certificates[0]?.fingerprint : undefined;
    },
  });
};

const dates: Control = {
  id: 'tls.certificate-dates',
  title: 'No certificate has expired or is about to',
  severity: 'high',
  why: 'Every client refuses it from one second to the next, and a long HSTS leaves no way around.',
  references: ['RFC 5280 4.1.2.5', "Let's Encrypt integration guide"],
  reads: 'the certificates that the configuration names; the clock of the host',
  mayBreak: 'Nothing is changed.',
  applies,
  judge: (context) => {
    const now = nowOf(context);
    if (now === undefined)
      return { result: 'unknown', evidence: ['the clock of the host could not be read'] };
    return onEach(context, {
      fine: 'every certificate is valid, with time left to renew it',
      fault: (_, first) => dateFault(first, now) ?? [],
    });
  },
  proofs: served,
};

const names: Control = {
  id: 'tls.certificate-names',
  title: 'Certificates are for the names they serve',
  severity: 'high',
  why: 'A client that asks for another name refuses it; people learn to click such warnings away.',
  references: ['RFC 9525', 'nginx server_name'],
  reads: 'server_name of every site with TLS, and the names in its certificate',
  mayBreak: 'Nothing is changed.',
  applies,
  judge: (context) =>
    onEach(context, {
      fine: 'every plain name of every site is in its certificate',
      fault: ({ site }, first) => {
        const all = hostNames(site);
        const names = all.filter((name) => !isAddress(name));
        // Beside names an address is no fault of the certificate; alone it is what people ask for.
        const missing = (names.length > 0 ? names : all).filter(
          (name) => !first.names.some((one) => coversName(one, name)),
        );
        return missing.length === 0
          ? []
          : [`the certificate is for ${first.names.join(', ') || 'no name'}, not for ${missing.join(', ')}`];
      },
    }),
};

const chain: Control = {
  id: 'tls.certificate-chain',
  title: 'Chains are whole and in order',
  severity: 'high',
  why: 'Browsers fetch or remember what is missing; programs do not, and fail.',
  references: ['RFC 8446 4.4.2', 'nginx ssl_certificate'],
  reads: 'the certificates of each file in their order, and who signed whom',
  mayBreak: 'Nothing is changed.',
  applies,
  judge: (context) =>
    onEach(context, {
      fine: 'each certificate is followed by the one that signed it',
      fault: ({ file }) => chainFault(file) ?? [],
    }),
};

const trust: Control = {
  id: 'tls.certificate-trust',
  title: 'No certificate vouches for itself',
  severity: 'high',
  why: 'Nobody can tell a self-signed certificate from that of an attacker, so everybody learns to accept both.',
  references: ['CIS nginx 4.1.2', 'Mozilla server side TLS 6.0'],
  reads: 'issuer and signature of each certificate',
  mayBreak: 'Nothing is changed.',
  applies,
  judge: (context) =>
    onEach(context, {
      fine: 'every certificate was signed by an authority',
      fault: ({ file }, first) => (first.selfSigned ? [`${file.path} is self-signed`] : []),
    }),
};

const key: Control = {
  id: 'tls.certificate-key',
  title: 'Keys are strong and belong to their certificates',
  severity: 'high',
  why: 'A server refuses to start with a pair that does not match: the next boot would be without it.',
  references: ['Mozilla server side TLS 6.0', 'nginx ssl_certificate_key'],
  reads:
    'the kind of each key, and whether its public half, told by openssl on the host, is that of the certificate',
  mayBreak: 'Nothing is changed.',
  applies,
  judge: (context) =>
    onNginx(context, () => {
      const said = { bad: new Set<string>(), untold: new Set(unnamed(context)) };
      for (const site of tlsSites(context)) {
        for (const pair of pairsOf(site, context)) {
          const first = pair.certificate?.certificates[0];
          if (first === undefined) said.untold.add(`${titleOf(site)}: its certificate could not be read`);
          const weak = first === undefined ? undefined : weakness(first);
          if (weak !== undefined) said.bad.add(`${titleOf(site)}: ${weak}`);
          if (pair.key?.exists === false) said.bad.add(`${pair.key.path} is not there`);
          else if (pair.key?.encrypted === true)
            said.bad.add(`${pair.key.path} is encrypted: nginx cannot start without a person`);
          else if (pair.key?.publicKey === undefined)
            said.untold.add(
              `${pair.key?.path ?? titleOf(site)}: no openssl on the host could tell whose key it is`,
            );
          else if (first !== undefined && pair.key.publicKey !== first.publicKey)
            said.bad.add(`${pair.key.path} is not the key of ${pair.certificate?.path}`);
        }
      }
      if (said.bad.size > 0) return { result: 'fail', evidence: [...said.bad] };
      return said.untold.size > 0
        ? { result: 'unknown', evidence: [...said.untold] }
        : { result: 'pass', evidence: ['every key is strong and belongs to its certificate'] };
    }),
};

/** Group of Debian for programs that share keys. */
const KEY_GROUP = 'ssl-cert';

function modeFault(mode: string, group: string): string | undefined {
  const bits = Number.parseInt(mode, 8);
  if ((bits & 0o007) !== 0) return 'everybody on the host may use it';
  if ((bits & 0o030) !== 0) return `group ${group} may change it`;
  return (bits & 0o040) !== 0 && group !== 'root' && group !== KEY_GROUP
    ? `group ${group} may read it`
    : undefined;
}

const isRoots = (group: string): boolean => group === 'root' || group === KEY_GROUP;

/** An owner may open the file again, whatever its mode. Where its group is another one's too, a program may live by it: a person decides. */
function ownerFault({ uid, group }: KeyFile): string | undefined {
  if (uid === 0) return undefined;
  return `user ${uid} owns it and reads it${isRoots(group) ? '' : `, and its group is ${group}: if no program needs that, chown root:root it`}`;
}

/** Mode and owner as they shall be; undefined where they are, or a person must decide. */
function closed(key: KeyFile): FileResource | undefined {
  const { path, mode, group, exists } = key;
  const isOpen = modeFault(mode, group) !== undefined;
  const isTaken = ownerFault(key) !== undefined && isRoots(group);
  if (!exists || !(isOpen || isTaken)) return undefined;
  return {
    ...{ kind: 'file', path },
    ...(isOpen ? { mode: group === KEY_GROUP ? '0640' : '0600' } : {}),
    ...(isTaken ? { uid: 0 } : {}),
  };
}

/** Those that are in use, or will be. */
const keysOf = (context: Context): readonly KeyFile[] =>
  (nginxOf(context)?.keys ?? []).filter(
    ({ path, named }) => named || path === answerOf(keyQuestion, context),
  );

const keyFile: Control = {
  id: 'tls.key-file',
  title: 'Only root reads the private keys',
  severity: 'critical',
  why: 'Whoever reads the key is the site, for as long as the certificate lasts.',
  references: ['CIS nginx 4.1.3'],
  reads: 'mode and owner of each key file; whether a file of certificates holds a key as well',
  mayBreak: 'Another program that reads the key as itself: put it into the group ssl-cert, with mode 0640.',
  applies,
  judge: (context) =>
    onNginx(context, ({ certificates }) =>
      faultsOr(
        [
          ...keysOf(context).flatMap((one) => {
            const { path, mode, group, exists } = one;
            const [open, owner] = exists ? [modeFault(mode, group), ownerFault(one)] : [];
            return [
              ...(open === undefined ? [] : [`${path} has mode ${mode}: ${open}`]),
              ...(owner === undefined ? [] : [`${path}: ${owner}`]),
            ];
          }),
          ...certificates
            .filter(
              ({ path, named, holdsKey }) =>
                named && holdsKey && !keysOf(context).some((one) => one.path === path),
            )
            .map(
              ({ path }) => `${path} holds a private key beside its certificates, and is not kept like one`,
            ),
        ],
        'every key file is closed to everybody else',
      ),
    ),
  remedy: (context) => keysOf(context).flatMap((one) => closed(one) ?? []),
  proofs: served,
};

export const certificateControls: readonly Control[] = [
  dates,
  names,
  chain,
  trust,
  key,
  keyFile,
  renewal,
  ownCertificate,
];
