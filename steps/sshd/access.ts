// Rules: a key of the operator's own is proved before passwords or root go. What the operator answered is what is planned,
// also when it would lock him out: then the guards refuse and say why. Kept passwords stay a failing control.
import { answerOf, type Context } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import { effectiveOf, listOf } from '../../src/resources/sshd.ts';
import { matchControl } from './match.ts';
import { keyLogin, movedPort, operatorKey, operatorKeyResource } from './operator.ts';
import { cis, type OptionSpec, optionControl, shown, sshdMayBeThere, unreadable } from './option-control.ts';
import { namesOf, passwordLogin, rootLogin, whoMayLogIn } from './questions.ts';

/** Passwords go at once when a key is proved already, else after the new key was proved. */
function afterTheKey(context: Context): { readonly phase?: 'contract' } {
  return operatorKeyResource(context) === undefined ? {} : { phase: 'contract' };
}

function passwordsStay(context: Context): string | undefined {
  if (answerOf(passwordLogin, context) !== true) return undefined;
  return context.answers.has(passwordLogin.id)
    ? 'kept by your answer'
    : `kept: ${operatorKey(context).evidence}. Give your public key (sshd.operator-key), or log in with a key once`;
}

function keyFirst(context: Context) {
  const key = operatorKeyResource(context);
  return key === undefined ? [] : [key];
}

/** sshd offers (or no longer offers) a method to the operator. Asked from outside, without any credential. */
function methodProof(context: Context, method: string, expect: 'works' | 'fails') {
  const { connection } = context;
  if (connection.transport === 'local') return [];
  return [
    {
      id: `sshd.method.${method}`,
      title: expect === 'works' ? `sshd offers ${method}` : `sshd refuses ${method}`,
      viewpoint: 'outside' as const,
      expect,
      ...(expect === 'fails' ? afterTheKey(context) : {}),
      check: {
        kind: 'method' as const,
        user: connection.user,
        port: movedPort(context) ?? connection.port,
        method,
      },
    },
  ];
}

const operatorKeyControl: Control = {
  id: 'sshd.operator-key',
  title: 'Your own key opens the host',
  severity: 'high',
  why: 'Passwords can only be turned off for good once a key of yours is known to work.',
  references: ['OpenSSH sshd_config(5) AuthorizedKeysFile'],
  reads: 'how this login was made, and the authorized keys of your account',
  mayBreak: 'Nothing: a line is added to your authorized_keys, all other lines stay.',
  applies: sshdMayBeThere,
  judge: (context) => {
    const { kind, evidence } = operatorKey(context);
    return {
      result: kind === 'works' ? 'pass' : kind === 'missing' ? 'fail' : 'unknown',
      evidence: [evidence],
    };
  },
  remedy: keyFirst,
  proofs: keyLogin,
};

const publicKey: OptionSpec = {
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

const passwords: OptionSpec = {
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

const keyboard: OptionSpec = {
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

const emptyPasswords: OptionSpec = {
  id: 'sshd.empty-passwords',
  title: 'No login with an empty password',
  severity: 'critical',
  why: 'An account without a password would be open to everybody.',
  references: cis('5.1.19', '5.1.20'),
  mayBreak: 'Accounts that rely on an empty password.',
  keywords: ['PermitEmptyPasswords'],
  want: () => [{ keyword: 'PermitEmptyPasswords', values: ['no'] }],
};

const root: OptionSpec = {
  id: 'sshd.root-login',
  title: 'Root logs in as you decided, never with a password',
  severity: 'critical',
  why: 'Root is the one name every attacker knows. Logins under a name of their own leave a trail.',
  references: cis('5.1.20', '5.1.21'),
  mayBreak: 'Backups and tools that log in as root.',
  keywords: ['PermitRootLogin'],
  want: (context) => [
    {
      keyword: 'PermitRootLogin',
      values: [String(answerOf(rootLogin, context))],
      // A key that is only now installed has to open the host before root is closed.
      ...(answerOf(rootLogin, context) === 'no' ? afterTheKey(context) : {}),
    },
  ],
};

const methods: OptionSpec = {
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

const allowUsers: Control = {
  id: 'sshd.allow-users',
  title: 'Only named people may log in',
  severity: 'high',
  why: 'Service accounts and forgotten people are the doors nobody watches.',
  references: cis('5.1.4', '5.1.4'),
  reads: 'sshd -T: AllowUsers, AllowGroups',
  mayBreak: 'Everybody who is not named is refused: automation accounts too.',
  applies: sshdMayBeThere,
  judge: (context) => {
    const cannot = unreadable(context);
    if (cannot !== undefined) return cannot;
    const groups = listOf(effectiveOf(context, 'AllowGroups'));
    if (groups.length > 0) return { result: 'pass', evidence: [`AllowGroups is ${shown(groups)}`] };
    const users = listOf(effectiveOf(context, 'AllowUsers'));
    const wanted = namesOf(answerOf(whoMayLogIn, context));
    if (users.length === 0) return { result: 'fail', evidence: ['every account with a shell may log in'] };
    const same = users.length === wanted.length && users.every((name) => wanted.includes(name));
    return same
      ? { result: 'pass', evidence: [`AllowUsers is ${shown(users)}`] }
      : { result: 'fail', evidence: [`AllowUsers is ${shown(users)}; you named ${shown(wanted)}`] };
  },
  remedy: (context) => [
    { kind: 'sshd-option', keyword: 'AllowUsers', values: namesOf(answerOf(whoMayLogIn, context)) },
  ],
  proofs: (context) => {
    const value = namesOf(answerOf(whoMayLogIn, context)).join(' ');
    return [
      ...keyLogin(context),
      {
        id: 'sshd.allow-users.effective',
        title: `Only ${value} may log in`,
        viewpoint: 'inside',
        expect: 'works',
        check: { kind: 'sshd-effective', keyword: 'AllowUsers', value },
      },
    ];
  },
};

/** Kept apart, because a Match block must not give them back. */
const guarded: readonly OptionSpec[] = [passwords, keyboard, emptyPasswords, root];

export const access: readonly Control[] = [
  operatorKeyControl,
  optionControl(publicKey),
  optionControl(passwords),
  optionControl(keyboard),
  optionControl(emptyPasswords),
  optionControl(root),
  optionControl(methods),
  allowUsers,
  matchControl(guarded),
];
