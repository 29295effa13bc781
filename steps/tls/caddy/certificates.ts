// Rules: certificates that Caddy was told to use are judged like those of nginx; those that it fetched by themselves too, because a renewal that
// failed shows there. A key must be closed to others and open to the user that Caddy runs as, or the next start fails.
import type { CaddySite } from '../../../src/facts/caddy-values.ts';
import type { CertificateFact, CertificateFile, KeyFile } from '../../../src/facts/certificate.ts';
import type { Context } from '../../../src/model/context.ts';
import type { Verdict } from '../../../src/model/control.ts';
import type { FileResource } from '../../../src/model/resource.ts';
import { coversName, faultsOr, hostNames, nowOf } from '../state.ts';
import { chainFault, dateFault, weakness } from '../x509.ts';
import type { CaddyPart } from './join.ts';
import { servedProofs } from './proofs.ts';
import { caddyOf, caddyPairs, caddyTitle, mayHaveCaddy, onCaddy, secureSites, shownBy } from './state.ts';

type Held = {
  readonly site: CaddySite;
  readonly title: string;
  readonly file: CertificateFile;
  /** The name that it was fetched for. */
  readonly name?: string;
};

const heldOf = (context: Context): readonly Held[] =>
  secureSites(context).flatMap((site) =>
    shownBy(site, context).map((shown) => ({ site, title: shown.name ?? caddyTitle(site), ...shown })),
  );

/** What was named and could not be read. */
const untold = (context: Context): readonly string[] =>
  secureSites(context).flatMap((site) =>
    site.certificates.flatMap(({ certificate }, index) => {
      const file = caddyPairs(site, context)[index]?.certificate;
      if (file === undefined) return [`${caddyTitle(site)}: ${certificate} is not an absolute path`];
      return file.problem === undefined ? [] : [`${file.path}: ${file.problem}`];
    }),
  );

const applies = (context: Context): boolean => mayHaveCaddy(context, secureSites);

function onEach(
  context: Context,
  fine: string,
  fault: (held: Held, first: CertificateFact) => string | undefined,
): Verdict {
  return onCaddy(context, () => {
    const faults = heldOf(context).flatMap((held) => {
      const [first] = held.file.certificates;
      const said = first === undefined ? undefined : fault(held, first);
      return said === undefined ? [] : [`${held.title}: ${said}`];
    });
    if (faults.length > 0) return { result: 'fail', evidence: [...new Set(faults)] };
    const missing = untold(context);
    return missing.length > 0
      ? { result: 'unknown', evidence: missing }
      : { result: 'pass', evidence: [fine] };
  });
}

const dates: CaddyPart = {
  applies,
  reads: 'the certificates of "tls CERTIFICATE KEY", and those that Caddy fetched',
  judge: (context) => {
    const now = nowOf(context);
    if (now === undefined)
      return { result: 'unknown', evidence: ['the clock of the host could not be read'] };
    return onEach(context, 'every certificate is valid, with time left to renew it', (_, first) =>
      dateFault(first, now),
    );
  },
  proofs: servedProofs,
};

const names: CaddyPart = {
  applies,
  reads: 'the addresses of every site, and the names in its certificate',
  judge: (context) =>
    onEach(context, 'every plain name of every site is in its certificate', ({ site, name }, first) => {
      const asked = name === undefined ? hostNames(site) : [name];
      const missing = asked.filter((one) => !first.names.some((by) => coversName(by, one)));
      return missing.length === 0
        ? undefined
        : `the certificate is for ${first.names.join(', ') || 'no name'}, not for ${missing.join(', ')}`;
    }),
};

const chain: CaddyPart = {
  applies,
  reads: 'the certificates of each file in their order',
  judge: (context) =>
    onEach(context, 'each certificate is followed by the one that signed it', ({ file }) => chainFault(file)),
};

const trust: CaddyPart = {
  applies,
  reads:
    'who signs for each site: files, an authority, or Caddy itself ("tls internal", names that no authority knows)',
  judge: (context) => {
    const verdict = onEach(context, 'every certificate was signed by an authority', ({ file }, first) =>
      first.selfSigned ? `${file.path} is self-signed` : undefined,
    );
    const homeMade = secureSites(context)
      .filter(({ issuer }) => issuer === 'internal')
      .map((site) => `${caddyTitle(site)}: Caddy signs for it itself, and nobody else knows that authority`);
    if (homeMade.length === 0) return verdict;
    return {
      result: 'fail',
      evidence: [...(verdict.result === 'fail' ? verdict.evidence : []), ...homeMade],
    };
  },
};

const key: CaddyPart = {
  applies,
  reads: 'the kind of each key, and whether its public half is that of the certificate',
  judge: (context) =>
    onCaddy(context, () => {
      const bad = new Set<string>();
      const missing = new Set(untold(context));
      for (const { title, file } of heldOf(context)) {
        const [first] = file.certificates;
        const weak = first === undefined ? undefined : weakness(first);
        if (weak !== undefined) bad.add(`${title}: ${weak}`);
      }
      for (const site of secureSites(context)) {
        for (const pair of caddyPairs(site, context)) {
          const first = pair.certificate?.certificates[0];
          if (pair.key?.exists === false) bad.add(`${pair.key.path} is not there`);
          else if (pair.key?.encrypted === true)
            bad.add(`${pair.key.path} is encrypted: Caddy cannot start with it`);
          else if (pair.key?.publicKey === undefined)
            missing.add(
              `${pair.key?.path ?? caddyTitle(site)}: no openssl on the host could tell whose key it is`,
            );
          else if (first !== undefined && pair.key.publicKey !== first.publicKey)
            bad.add(`${pair.key.path} is not the key of ${pair.certificate?.path}`);
        }
      }
      if (bad.size > 0) return { result: 'fail', evidence: [...bad] };
      return missing.size > 0
        ? { result: 'unknown', evidence: [...missing] }
        : { result: 'pass', evidence: ['every key is strong and belongs to its certificate'] };
    }),
};

type User = { readonly name: string; readonly uid: number; readonly groups: readonly number[] };

/** Keys that sites of Caddy name. */
const keysOf = (context: Context): readonly KeyFile[] =>
  (caddyOf(context)?.keys ?? []).filter(({ named, exists }) => named && exists);

/** What is wrong with mode and owner, for the user that Caddy runs as. */
function modeFault({ mode, uid, gid, group }: KeyFile, user: User): string | undefined {
  const bits = Number.parseInt(mode, 8);
  const isMine = gid === user.groups[0] || group === 'root' || group === 'ssl-cert';
  if ((bits & 0o007) !== 0) return 'everybody on the host may use it';
  if ((bits & 0o030) !== 0) return `group ${group} may change it`;
  if ((bits & 0o040) !== 0 && !isMine) return `group ${group} may read it`;
  if (uid !== 0 && uid !== user.uid) return `user ${uid} owns it and reads it`;
  const isRead =
    user.uid === 0 ||
    (uid === user.uid && (bits & 0o400) !== 0) ||
    (user.groups.includes(gid) && (bits & 0o040) !== 0);
  return isRead ? undefined : `Caddy runs as ${user.name}, who cannot read it`;
}

/** Root's, and read by the group of Caddy alone; one that is Caddy's own stays so. */
function closed({ path, uid }: KeyFile, user: User): FileResource {
  const mine = { kind: 'file', path } as const;
  if (uid === user.uid) return { ...mine, mode: '0600' };
  return { ...mine, mode: '0640', uid: 0, gid: user.groups[0] ?? 0 };
}

const keyFile: CaddyPart = {
  applies,
  reads: 'mode and owner of each key that a site names, and the user that Caddy runs as',
  judge: (context) =>
    onCaddy(context, ({ user }) =>
      faultsOr(
        keysOf(context).flatMap((one) => {
          const fault = modeFault(one, user);
          return fault === undefined
            ? []
            : [`${one.path} has mode ${one.mode}, owner ${one.uid}:${one.gid}: ${fault}`];
        }),
        'every key file is closed to everybody but Caddy',
      ),
    ),
  remedy: (context) => {
    const user = caddyOf(context)?.user;
    return user === undefined
      ? []
      : keysOf(context)
          .filter((one) => modeFault(one, user) !== undefined)
          .map((one) => closed(one, user));
  },
  proofs: servedProofs,
};

export const certificateParts: Readonly<Record<string, CaddyPart>> = {
  'tls.certificate-dates': dates,
  'tls.certificate-names': names,
  'tls.certificate-chain': chain,
  'tls.certificate-trust': trust,
  'tls.certificate-key': key,
  'tls.key-file': keyFile,
};
