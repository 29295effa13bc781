// Rules: a key of the operator's own is proved before passwords or root go. What the operator answered is what is planned,
// also when it would lock him out: then the guards refuse and say why. Kept passwords stay a failing control.
import { answerOf } from '../../src/model/context.ts';
import type { Control } from '../../src/model/control.ts';
import { effectiveOf, listOf } from '../../src/resources/sshd.ts';
import { matchControl } from './match.ts';
import { keyLogin, movedPort, operatorKey, rootTakesOperatorKey } from './operator.ts';
import { cis, type OptionSpec, optionControl, shown, sshdMayBeThere, unreadable } from './option-control.ts';
import { afterTheKey, keyboard, keyFirst, methods, passwords, publicKey } from './passwords.ts';
import { allowedUsers, rootLogin } from './who.ts';

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
      ...(answerOf(rootLogin, context) === 'no' || context.connection.user === 'root'
        ? afterTheKey(context)
        : {}),
    },
  ],
  proofs: (context) => {
    const { connection } = context;
    // Tried only where it is news: a refused login costs, and proves nothing where root was refused before.
    const isNews = effectiveOf(context, 'PermitRootLogin')?.[0] !== 'no' && rootTakesOperatorKey(context);
    if (answerOf(rootLogin, context) !== 'no' || !isNews) return [];
    return [
      {
        id: 'sshd.root-login.refused',
        title: 'sshd refuses root with your key',
        viewpoint: 'fresh-login',
        expect: 'fails',
        phase: afterTheKey(context).phase ?? 'expand',
        check: { kind: 'login', user: 'root', port: movedPort(context) ?? connection.port, root: false },
      },
    ];
  },
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
    const wanted = allowedUsers(context);
    if (users.length === 0) return { result: 'fail', evidence: ['every account with a shell may log in'] };
    const same = users.length === wanted.length && users.every((name) => wanted.includes(name));
    return same
      ? { result: 'pass', evidence: [`AllowUsers is ${shown(users)}`] }
      : { result: 'fail', evidence: [`AllowUsers is ${shown(users)}; you named ${shown(wanted)}`] };
  },
  remedy: (context) => [{ kind: 'sshd-option', keyword: 'AllowUsers', values: allowedUsers(context) }],
  proofs: (context) => {
    const value = allowedUsers(context).join(' ');
    return [
      ...keyLogin(context),
      {
        id: 'sshd.effective.allowusers',
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
