// Rules: nothing is asked of an authority that was not named here, and its terms are accepted by nobody but the operator, each time: no proposal,
// profile or memory does it for him.
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Question } from '../../src/model/control.ts';
import { acmeCandidates, obstacle } from './acme-sites.ts';

const list = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

export const acmeSites: Question = {
  id: 'tls.acme',
  prompt: 'Which sites get a certificate from an authority (ACME, by certbot)?',
  help: 'Their first names. An authority asks on port 80 whether the name leads here, and gives a certificate for every name of the site. Sites that are not named keep what they have.',
  type: 'list',
  risky: false,
  when: (context) => acmeCandidates(context).length > 0,
  propose: (context) => ({
    value: [],
    reason: `nobody is asked for what you did not name; named can be ${acmeCandidates(context).slice(0, 5).join(', ')}`,
  }),
  check: (value, context) => {
    for (const name of list(value)) {
      const why = obstacle(name, context);
      if (why !== undefined) return why;
    }
    return new Set(list(value)).size === list(value).length ? undefined : 'a site is named twice';
  },
};

export const namedSites = (context: Context): readonly string[] => list(answerOf(acmeSites, context));

const isAsked = (context: Context): boolean => namedSites(context).length > 0;

export const acmeTerms: Question = {
  id: 'tls.acme-terms',
  prompt: 'Do you accept the terms of the authority?',
  help: 'Read them first: letsencrypt.org/repository for Let’s Encrypt, else what the authority publishes. An account is made in your name.',
  type: 'boolean',
  risky: true,
  when: isAsked,
  propose: () => ({ value: false, reason: 'only you can accept them' }),
  check: (value, context) =>
    value === true || !isAsked(context)
      ? undefined
      : 'no authority gives a certificate without: read the terms and say true, or leave tls.acme empty',
};

/** Said in this run, by a person; what a profile says does not count. */
export const termsAccepted = (context: Context): boolean => context.answers.get(acmeTerms.id) === true;

export const acmeEmail: Question = {
  id: 'tls.acme-email',
  prompt: 'Where may the authority write to (empty: nowhere)?',
  help: 'An address of mail for the account. It is handed to the authority.',
  type: 'text',
  risky: false,
  when: isAsked,
  propose: () => ({ value: '', reason: 'not needed' }),
  check: (value) =>
    value === '' || /^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(String(value))
      ? undefined
      : 'an address such as ops@example.com is allowed, or nothing',
};

export const acmeServer: Question = {
  id: 'tls.acme-server',
  prompt: 'Which authority (address of its ACME directory; empty: Let’s Encrypt)?',
  help: 'Another one, or one of your own, as https://ca.example/acme/directory. The host must trust its certificate.',
  type: 'text',
  risky: false,
  when: isAsked,
  propose: () => ({ value: '', reason: 'Let’s Encrypt gives them for nothing' }),
  check: (value) =>
    value === '' || /^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?\/[A-Za-z0-9._/~%-]*$/.test(String(value))
      ? undefined
      : 'an address such as https://ca.example/acme/directory is allowed, or nothing',
};

export const acmeInFront: Question = {
  id: 'tls.acme-in-front',
  prompt: 'Which addresses in front pass port 80 on to this host?',
  help: 'Of a router or balancer. A name that leads to any other address is refused.',
  type: 'list',
  risky: false,
  when: isAsked,
  propose: () => ({ value: [], reason: 'names lead to the host itself' }),
  check: (value) => {
    const odd = list(value).find(
      (one) => !/^(\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]+)$/.test(one),
    );
    return odd === undefined ? undefined : 'single IPv4 or IPv6 addresses are allowed';
  },
};
