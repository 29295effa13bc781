// Rules: passwords go only when a key of the operator's own is known to work, or after it was added and proved. Kept passwords
// stay a failing control: keeping them is the operator's right and not safe.
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Proof } from '../../src/model/control.ts';
import type { AuthorizedKeyResource } from '../../src/model/resource.ts';
import { effectiveOf } from '../../src/resources/sshd.ts';
import { movedPort, operatorKey, operatorKeyResource } from './operator.ts';
import { type OptionSpec, shown } from './option-control.ts';
import { passwordLogin } from './who.ts';

/** Passwords go at once when a key is proved already, else after the new key was proved. */
export function afterTheKey(context: Context): { readonly phase?: 'contract' } {
  return operatorKeyResource(context) === undefined ? {} : { phase: 'contract' };
}

function passwordsStay(context: Context): string | undefined {
  if (answerOf(passwordLogin, context) !== true) return undefined;
  return context.answers.has(passwordLogin.id)
    ? 'kept by your answer'
    : `kept: ${operatorKey(context).evidence}. Give your public key (sshd.operator-key), or log in with a key once`;
}

export function keyFirst(context: Context): readonly AuthorizedKeyResource[] {
  const key = operatorKeyResource(context);
  return key === undefined ? [] : [key];
}

/** sshd offers (or no longer offers) a method to the operator. Asked from outside, without any credential. */
function methodProof(context: Context, method: string, expect: 'works' | 'fails'): readonly Proof[] {
  const { connection } = context;
  if (connection.transport === 'local') return [];
  return [
    {
      id: `sshd.method.${method}`,
      title: expect === 'works' ? `sshd offers ${method}` : `sshd refuses ${method}`,
      viewpoint: 'outside' as const,
      expect,
      // One visit serves all methods, in the stage that decides about passwords; later stages do not touch them.
      phase: afterTheKey(context).phase ?? 'expand',
      check: {
        kind: 'method' as const,
        user: connection.user,
        port: movedPort(context) ?? connection.port,
        method,
      },
    },
  ];
}

export const publicKey: OptionSpec = {
  id: 'sshd.public-key-login',
  title: 'Login with keys is possible',
  severity: 'high',
  why: 'Keys cannot be guessed. Without them only passwords are left.',
  references: ['OpenSSH sshd_config(5) PubkeyAuthentication'],
  mayBreak: 'Nothing.',
  keywords: ['PubkeyAuthentication'],
  want: () => [{ keyword: 'PubkeyAuthentication', values: ['yes'] }],
  proofs: (context) => methodProof(context, 'publickey', 'works'),
};

export const passwords: OptionSpec = {
  id: 'sshd.password-login',
  title: 'No login with a password',
  severity: 'critical',
  why: 'Passwords of every reachable host are guessed around the clock; one weak password is enough.',
  references: ['NIST SP 800-63B-4', 'OpenSSH sshd_config(5) PasswordAuthentication'],
  mayBreak: 'Accounts without a usable key can no longer log in over SSH.',
  keywords: ['PasswordAuthentication'],
  want: (context) => [{ keyword: 'PasswordAuthentication', values: ['no'], ...afterTheKey(context) }],
  refusal: passwordsStay,
  first: keyFirst,
  proofs: (context) => [
    ...methodProof(context, 'publickey', 'works'),
    ...methodProof(context, 'password', 'fails'),
  ],
};

export const keyboard: OptionSpec = {
  id: 'sshd.keyboard-interactive',
  title: 'No password through the keyboard-interactive door',
  severity: 'high',
  why: 'Through PAM, keyboard-interactive takes the same passwords after PasswordAuthentication is off.',
  references: ['OpenSSH sshd_config(5) KbdInteractiveAuthentication'],
  mayBreak:
    'One-time codes asked by PAM; where AuthenticationMethods asks for them, this control does not apply.',
  keywords: ['KbdInteractiveAuthentication'],
  // A second factor through PAM needs it; then AuthenticationMethods asks for a key as well.
  applies: (context) =>
    !/keyboard-interactive/.test(shown(effectiveOf(context, 'AuthenticationMethods') ?? [])),
  want: (context) => [{ keyword: 'KbdInteractiveAuthentication', values: ['no'], ...afterTheKey(context) }],
  refusal: passwordsStay,
  first: keyFirst,
  proofs: (context) => methodProof(context, 'keyboard-interactive', 'fails'),
};

export const methods: OptionSpec = {
  id: 'sshd.authentication-methods',
  title: 'Every way in needs a key',
  severity: 'high',
  why: 'AuthenticationMethods can accept a login that never shows a key.',
  references: ['OpenSSH sshd_config(5) AuthenticationMethods'],
  mayBreak: 'Logins that were set up to need only a password.',
  keywords: ['AuthenticationMethods'],
  want: (context) => [{ keyword: 'AuthenticationMethods', values: ['publickey'], ...afterTheKey(context) }],
  // "any" leaves it to the methods that are switched on; other lists are fine when each alternative holds publickey.
  compare: ({ values }) => {
    const alternatives = values.flatMap((value) => value.split(/\s+/)).filter((text) => text !== '');
    const keyed = alternatives.every(
      (one) => one === 'any' || one.split(',').some((name) => /^publickey(:|$)/.test(name)),
    );
    return keyed ? 'same' : 'weaker';
  },
  refusal: passwordsStay,
  first: keyFirst,
};
