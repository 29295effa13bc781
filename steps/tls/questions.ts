// Rules: what cannot be taken back at once (a long HSTS, sub-domains, browsers' own lists) is only ever an answer, never a proposal, whatever
// other sites of the host send: each site keeps what it has that is stricter.
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Question } from '../../src/model/control.ts';
import { acmeEmail, acmeInFront, acmeServer, acmeSites, acmeTerms } from './acme-questions.ts';
import { caddyOf, plainSites, secureSites } from './caddy/state.ts';
import { HEADERS } from './header-values.ts';
import { outside } from './outside.ts';
import { certificate, key, plannedSites, tlsPlanned } from './own.ts';
import { isPlain, nginxOf, tlsSites } from './state.ts';
import { protocolsOf, supportsTls13 } from './versions.ts';

const hasTls = (context: Context): boolean =>
  tlsPlanned(context).length > 0 || secureSites(context).length > 0;

export const level: Question = {
  id: 'tls.level',
  prompt: 'Which TLS level?',
  help: 'intermediate: TLS 1.2 and 1.3, every client of the last ten years. modern: TLS 1.3 only, clients since about 2019.',
  type: 'choice',
  choices: () => [
    { value: 'intermediate', label: 'TLS 1.2 and 1.3' },
    { value: 'modern', label: 'TLS 1.3 only' },
  ],
  risky: false,
  when: hasTls,
  propose: (context) => {
    const spoken = [
      ...tlsSites(context).map((site) => protocolsOf(site, context)),
      ...secureSites(context).map(({ protocols }) => protocols),
    ];
    const only = spoken.length > 0 && spoken.every((versions) => versions.join() === 'TLSv1.3');
    return only
      ? { value: 'modern', reason: 'as it is now' }
      : { value: 'intermediate', reason: 'keeps out what is broken and nobody else' };
  },
  check: (value, context) => {
    if (value !== 'intermediate' && value !== 'modern') return 'intermediate or modern is allowed';
    return value === 'modern' && nginxOf(context) !== undefined && !supportsTls13(context)
      ? 'this nginx or its OpenSSL cannot speak TLS 1.3, so modern would shut everybody out. Choose intermediate'
      : undefined;
  },
};

const RUNGS = ['off', '300', '604800', '63072000'];

export const hsts: Question = {
  id: 'tls.hsts',
  prompt: 'How long shall browsers insist on https (seconds)?',
  help: 'Climb: 300 first; 604800 (a week) when nothing broke; 63072000 (two years) when you are sure. A browser that was told keeps to it.',
  type: 'choice',
  choices: () => [
    { value: 'off', label: 'not at all' },
    { value: '300', label: 'five minutes: the first rung' },
    { value: '604800', label: 'a week' },
    { value: '63072000', label: 'two years' },
  ],
  risky: false,
  when: hasTls,
  propose: () => ({
    value: '300',
    reason: 'the first rung: what breaks mends itself in five minutes; a site that says more keeps it',
  }),
  check: (value) =>
    RUNGS.includes(String(value)) ? undefined : `${RUNGS.join(', ')} are allowed: one rung after the other`,
};

export const subDomains: Question = {
  id: 'tls.hsts-subdomains',
  prompt: 'Does that hold for all sub-domains too?',
  help: 'Also for those on other machines: each must then speak https.',
  type: 'boolean',
  risky: false,
  when: hasTls,
  propose: () => ({ value: false, reason: 'sub-domains may live on machines that nobody looked at' }),
};

export const preload: Question = {
  id: 'tls.hsts-preload',
  prompt: 'Type "preload" to allow browsers to list these names for good:',
  help: 'Browsers then never try http, even for a first visit. It takes months to be taken off the list. Leave it empty if in doubt.',
  type: 'text',
  risky: false,
  when: hasTls,
  propose: () => ({ value: '', reason: 'hard to take back' }),
  check: (value, context) => {
    if (value === '') return undefined;
    if (value !== 'preload') return 'empty or the word preload is allowed';
    return answerOf(hsts, context) === '63072000' && answerOf(subDomains, context) === true
      ? undefined
      : 'lists take names only with tls.hsts=63072000 and tls.hsts-subdomains=true. Set these too, or leave it empty';
  },
};

export const redirect: Question = {
  id: 'tls.redirect',
  prompt: 'Are plain requests sent to https?',
  help: 'For every site that has https as well. Answers to ACME challenges stay plain.',
  type: 'boolean',
  risky: false,
  when: (context) =>
    hasTls(context) && (plannedSites(context).some(isPlain) || plainSites(context).length > 0),
  propose: (context) => {
    const [sign] = [...(nginxOf(context)?.behind ?? []), ...(caddyOf(context)?.behind ?? [])];
    return sign === undefined
      ? { value: true, reason: 'what is typed without https:// comes in plain' }
      : { value: false, reason: `a balancer in front may end TLS, and it would go in circles (${sign})` };
  },
};

export const headers: Question = {
  id: 'tls.headers',
  prompt: 'Which security headers shall every answer have?',
  help: `Of ${Object.keys(HEADERS).join(', ')}. An application that sends one itself can be left to it: leave that one out.`,
  type: 'list',
  risky: false,
  when: hasTls,
  propose: () => ({
    value: ['X-Content-Type-Options', 'Referrer-Policy', 'X-Frame-Options'],
    reason: 'these hardly ever break a page',
  }),
  check: (value) => {
    const list = Array.isArray(value) ? value.map(String) : [];
    const odd = list.find((one) => HEADERS[one] === undefined);
    return odd === undefined ? undefined : `of ${Object.keys(HEADERS).join(', ')}, as they are written here`;
  },
};

export const questions: readonly Question[] = [
  certificate,
  key,
  acmeSites,
  acmeTerms,
  acmeEmail,
  acmeServer,
  acmeInFront,
  level,
  hsts,
  subDomains,
  preload,
  redirect,
  headers,
  outside,
];
