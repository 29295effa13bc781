// Rules: what is in force is the site's own line, else that of http, else what this version of nginx does by itself; TLS 1.3 alone is stricter
// and stays; suites are judged one by one, because what a group word like HIGH means is up to OpenSSL.
import type { NginxSetting, NginxSite } from '../../src/facts/nginx-values.ts';
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import { tlsPlanned } from './own.ts';
import { protocolProofs, workerProof } from './proofs.ts';
import { level } from './questions.ts';
import { faultsOr, mayHave, onNginx, settle, sitesOf, titleOf } from './state.ts';
import { protocolsOf, supportsTls13 } from './versions.ts';

const MOZILLA = 'Mozilla server side TLS 6.0';

/** Mozilla's intermediate suites for TLS 1.2; TLS 1.3 has good ones only. */
const SUITES = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];
/** Groups that hold nothing else. */
const GROUPS = ['ECDHE+AESGCM', 'EECDH+AESGCM', 'ECDHE+CHACHA20', 'EECDH+CHACHA20', 'ECDHE+AESGCM+AES128'];

function wantedProtocols(context: Context): readonly string[] {
  if (answerOf(level, context) === 'modern') return ['TLSv1.3'];
  return supportsTls13(context) ? ['TLSv1.2', 'TLSv1.3'] : ['TLSv1.2'];
}

function protocolFault(site: NginxSite, context: Context): string | undefined {
  const [now, wanted] = [protocolsOf(site, context), wantedProtocols(context)];
  const old = now.filter((one) => !wanted.includes(one));
  const newest = wanted.at(-1) ?? '';
  const by = site.settings.ssl_protocols === undefined ? ' by default' : '';
  if (old.length > 0) return `${titleOf(site)} speaks ${old.join(', ')}${by}`;
  return now.includes(newest) ? undefined : `${titleOf(site)} does not speak ${newest}`;
}

const protocols: Control = {
  id: 'tls.protocols',
  title: 'Old TLS versions are off',
  severity: 'high',
  why: 'TLS 1.0 and 1.1 rest on SHA-1 and on modes that were broken; nobody needs them any more.',
  references: [MOZILLA, 'RFC 8996', 'nginx ssl_protocols'],
  reads: 'ssl_protocols in force for every site with TLS',
  mayBreak: 'Clients from before about 2014 are shut out; with "modern" those from before about 2019.',
  applies: (context) => mayHave(context, tlsPlanned),
  judge: (context) =>
    onNginx(context, () => {
      const sites = tlsPlanned(context);
      const faults = sites.flatMap((site) => protocolFault(site, context) ?? []);
      const stricter =
        faults.length === 0 &&
        sites.some((site) => protocolsOf(site, context).length < wantedProtocols(context).length);
      const verdict = faultsOr(faults, `every site speaks ${wantedProtocols(context).join(' and ')} only`);
      return stricter && verdict.result === 'pass' ? { ...verdict, stricter } : verdict;
    }),
  remedy: (context) =>
    settle(context, {
      name: 'ssl_protocols',
      args: wantedProtocols(context),
      sites: tlsPlanned(context),
      isFine: (_, site) => protocolFault(site, context) === undefined,
    }),
  proofs: (context) => [
    ...workerProof(context),
    ...protocolProofs(context, {
      sites: tlsPlanned(context),
      spoken: (site) =>
        protocolsOf(site, context).join() === 'TLSv1.3' ? ['TLSv1.3'] : wantedProtocols(context),
    }),
  ],
};

/** Suites and groups of a list that are not among the good ones. "!" and "-" only take away. */
function weakSuites(setting: NginxSetting | undefined): readonly string[] {
  const words = (setting?.args[0] ?? 'HIGH:!aNULL:!MD5').split(/[:, ]+/).filter((word) => word !== '');
  return words.filter(
    (word) => !/^[!-]|^TLS_|^@STRENGTH$/.test(word) && !SUITES.includes(word) && !GROUPS.includes(word),
  );
}

const needsSuites = (context: Context): readonly NginxSite[] =>
  tlsPlanned(context).filter((site) => protocolsOf(site, context).join() !== 'TLSv1.3');

function isFineSuites(setting: NginxSetting | undefined): boolean {
  return weakSuites(setting).length === 0;
}

const ciphers: Control = {
  id: 'tls.ciphers',
  title: 'Only suites with forward secrecy and authenticated encryption',
  severity: 'medium',
  why: 'Without forward secrecy, whoever gets the key later reads what was recorded today; CBC suites leak by their timing.',
  references: [MOZILLA, 'nginx ssl_ciphers', 'openssl-ciphers(1)'],
  reads: 'ssl_ciphers in force for every site that speaks TLS 1.2',
  mayBreak: 'Clients that know CBC or plain RSA only are shut out: Java 7, Windows 7 without updates.',
  applies: (context) => mayHave(context, needsSuites),
  judge: (context) =>
    onNginx(context, () =>
      faultsOr(
        needsSuites(context).flatMap((site) => {
          const weak = weakSuites(site.settings.ssl_ciphers);
          const by = site.settings.ssl_ciphers === undefined ? ' by default' : '';
          return weak.length === 0 ? [] : [`${titleOf(site)} takes ${weak.join(', ')}${by}`];
        }),
        'every suite is ECDHE with AES-GCM or ChaCha20',
      ),
    ),
  remedy: (context) =>
    settle(context, {
      name: 'ssl_ciphers',
      args: [SUITES.join(':')],
      sites: needsSuites(context),
      isFine: isFineSuites,
    }),
  proofs: workerProof,
};

/** A control about one word of one directive. */
function word(it: {
  readonly name: string;
  readonly wanted: string;
  readonly sites: (context: Context) => readonly NginxSite[];
  readonly fault: (site: NginxSite) => string;
  readonly fine: string;
  readonly control: Omit<Control, 'applies' | 'judge' | 'remedy' | 'proofs'>;
}): Control {
  const isFine = (setting: NginxSetting | undefined) => setting?.args[0] === it.wanted;
  return {
    ...it.control,
    applies: (context) => mayHave(context, it.sites),
    judge: (context) =>
      onNginx(context, () =>
        faultsOr(
          it.sites(context).flatMap((site) => (isFine(site.settings[it.name]) ? [] : [it.fault(site)])),
          it.fine,
        ),
      ),
    remedy: (context) =>
      settle(context, { name: it.name, args: [it.wanted], sites: it.sites(context), isFine }),
    proofs: workerProof,
  };
}

const tickets = word({
  name: 'ssl_session_tickets',
  wanted: 'off',
  sites: tlsPlanned,
  fault: (site) => `${titleOf(site)} gives session tickets`,
  fine: 'no site gives session tickets',
  control: {
    id: 'tls.session-tickets',
    title: 'No session tickets under a key that never changes',
    severity: 'low',
    why: 'nginx keeps the key of its tickets until it starts anew; whoever gets it reads every resumed session.',
    references: ['nginx ssl_session_tickets', 'Mozilla server side TLS 6.0'],
    reads: 'ssl_session_tickets in force for every site with TLS',
    mayBreak: 'Clients without another way to resume make a full handshake: a few milliseconds.',
  },
});

const tokens = word({
  name: 'server_tokens',
  wanted: 'off',
  sites: sitesOf,
  fault: (site) => `${titleOf(site)} tells the version of nginx`,
  fine: 'no site tells the version of nginx',
  control: {
    id: 'tls.server-tokens',
    title: 'Answers do not tell the version of nginx',
    severity: 'low',
    why: 'A version says which holes to try.',
    references: ['nginx server_tokens', 'OWASP Secure Headers'],
    reads: 'server_tokens in force for every site',
    mayBreak: 'Nothing.',
  },
});

export const protocolControls: readonly Control[] = [protocols, ciphers, tickets, tokens];
