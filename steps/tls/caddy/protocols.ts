// Rules: Caddy speaks TLS 1.2 and 1.3 with good suites by itself; only what a site says otherwise is judged and changed. It makes new keys for
// its session tickets every few hours and tells no version, so nothing is asked of it there.
import type { CaddySite } from '../../../src/facts/caddy-values.ts';
import { answerOf, type Context } from '../../../src/model/context.ts';
import { level } from '../questions.ts';
import { faultsOr } from '../state.ts';
import { tlsEdit, tlsStuck } from './edits.ts';
import type { CaddyPart } from './join.ts';
import { loadedProof, protocolProofsOf } from './proofs.ts';
import { caddyTitle, mayHaveCaddy, onCaddy, secureSites } from './state.ts';

const isModern = (context: Context): boolean => answerOf(level, context) === 'modern';

const wantedOf = (context: Context): readonly string[] =>
  isModern(context) ? ['TLSv1.3'] : ['TLSv1.2', 'TLSv1.3'];

function fault({ protocols }: CaddySite, context: Context): string | undefined {
  const wanted = wantedOf(context);
  const old = protocols.filter((one) => !wanted.includes(one));
  if (old.length > 0) return `speaks ${old.join(', ')}`;
  return protocols.includes('TLSv1.3') ? undefined : 'does not speak TLSv1.3';
}

const wrong = (context: Context): readonly CaddySite[] =>
  secureSites(context).filter((site) => fault(site, context) !== undefined);

const said = (site: CaddySite, what: string, context: Context): string => {
  const why = tlsStuck(site, context);
  return `${caddyTitle(site)} ${what}${why === undefined ? '' : `; nothing is changed there: ${why}`}`;
};

const protocols: CaddyPart = {
  applies: (context) => mayHaveCaddy(context, secureSites),
  reads: 'the TLS versions of every site',
  judge: (context) =>
    onCaddy(context, () => {
      const verdict = faultsOr(
        wrong(context).map((site) => said(site, fault(site, context) ?? '', context)),
        `every site speaks ${wantedOf(context).join(' and ')} only`,
      );
      const stricter = secureSites(context).some((site) => site.protocols.length < wantedOf(context).length);
      return stricter && verdict.result === 'pass' ? { ...verdict, stricter } : verdict;
    }),
  remedy: (context) =>
    wrong(context)
      .filter((site) => tlsStuck(site, context) === undefined)
      .flatMap((site) =>
        tlsEdit(site, { name: 'protocols', args: isModern(context) ? ['tls1.3'] : ['tls1.2', 'tls1.3'] }),
      ),
  proofs: (context) => [
    ...loadedProof(context),
    ...protocolProofsOf(context, (site) => {
      if (fault(site, context) === undefined) return site.protocols;
      return tlsStuck(site, context) === undefined ? wantedOf(context) : undefined;
    }),
  ],
};

/** Mozilla's intermediate suites for TLS 1.2, as Caddy names them. */
const SUITES = [
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
];
/** TLS 1.3 has good ones only. */
const NEWER = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

const weakOf = ({ ciphers }: CaddySite): readonly string[] =>
  ciphers.filter((one) => !SUITES.includes(one) && !NEWER.includes(one));

const needsSuites = (context: Context): readonly CaddySite[] =>
  secureSites(context).filter((site) => site.protocols.join() !== 'TLSv1.3');

const weak = (context: Context): readonly CaddySite[] =>
  needsSuites(context).filter((site) => weakOf(site).length > 0);

const ciphers: CaddyPart = {
  applies: (context) => mayHaveCaddy(context, needsSuites),
  reads: 'the suites of every site that names any',
  judge: (context) =>
    onCaddy(context, () =>
      faultsOr(
        weak(context).map((site) => said(site, `takes ${weakOf(site).join(', ')}`, context)),
        'every suite is ECDHE with AES-GCM or ChaCha20',
      ),
    ),
  remedy: (context) =>
    weak(context)
      .filter((site) => tlsStuck(site, context) === undefined)
      .flatMap((site) => tlsEdit(site, { name: 'ciphers', args: SUITES })),
  proofs: loadedProof,
};

export const protocolParts: Readonly<Record<string, CaddyPart>> = {
  'tls.protocols': protocols,
  'tls.ciphers': ciphers,
};
