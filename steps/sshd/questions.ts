// Rules: each question proposes an answer from facts and says why; who may log in and how root and passwords are treated are
// risky, so a headless run must be given them. No answer is taken that would leave the operator outside.
import { answerOf } from '../../src/model/context.ts';
import type { AnswerValue, Question } from '../../src/model/control.ts';
import { effectiveOf, listOf, normalizeValue, sshdOf } from '../../src/resources/sshd.ts';
import { hasUsableKey, operatorKey, operatorKeyQuestion, operatorKeyResource } from './operator.ts';

export const cryptoPolicy: Question = {
  id: 'sshd.crypto',
  prompt: 'Which algorithms may clients use?',
  help: 'balanced: post-quantum first, curve25519 kept. compat: also 4096-bit and larger Diffie-Hellman for old clients. strict: only post-quantum key exchange, which shuts out PuTTY before 0.78, old libssh and JSch, paramiko, and tools built on ssh2.',
  type: 'choice',
  choices: () => [
    { value: 'balanced', label: 'balanced: strong for everybody of the last ten years' },
    { value: 'compat', label: 'compat: older clients too' },
    { value: 'strict', label: 'strict: post-quantum clients only' },
  ],
  risky: false,
  propose: () => ({ value: 'balanced', reason: 'strong, and every OpenSSH since 6.5 can speak it' }),
  check: (value, { connection }) =>
    value === 'strict' && !connection.client.kex.some((name) => /^(mlkem|sntrup)/.test(name))
      ? `your own client (${connection.client.version}) has no post-quantum key exchange: strict would lock you out. Choose balanced`
      : undefined,
};

export const rootLogin: Question = {
  id: 'sshd.root-login',
  prompt: 'How may root log in?',
  help: 'no: people log in as themselves and use sudo, so that the log names a person. prohibit-password: root with a key only.',
  type: 'choice',
  choices: (context) => [
    { value: 'no', label: 'not at all' },
    { value: 'prohibit-password', label: 'with a key only' },
    ...(effectiveOf(context, 'PermitRootLogin')?.[0] === 'forced-commands-only'
      ? [{ value: 'forced-commands-only', label: 'with a key that is bound to a command, as now' }]
      : []),
  ],
  risky: true,
  propose: (context) => {
    const { connection } = context;
    const now = normalizeValue('PermitRootLogin', effectiveOf(context, 'PermitRootLogin')?.[0] ?? '');
    if (now === 'no' || now === 'forced-commands-only') return { value: now, reason: 'as it is now' };
    if (connection.user === 'root') {
      return { value: 'prohibit-password', reason: 'you log in as root; no other way to root is proved' };
    }
    return connection.root === 'sudo' || connection.root === 'sudo-password'
      ? { value: 'no', reason: `${connection.user} reaches root with sudo, proved just now` }
      : { value: 'prohibit-password', reason: `${connection.user} has not reached root with sudo` };
  },
  check: (value, { connection }) =>
    value === 'no' && connection.user === 'root'
      ? 'you are logged in as root and would be locked out; log in as a user with sudo first, or choose prohibit-password'
      : undefined,
};

export const passwordLogin: Question = {
  id: 'sshd.password-login',
  prompt: 'May people log in with a password?',
  help: 'Passwords are guessed day and night. Turn them off as soon as a key of yours is known to work.',
  type: 'boolean',
  risky: true,
  propose: (context) => {
    if (operatorKey(context).kind === 'works') return { value: false, reason: operatorKey(context).evidence };
    return operatorKeyResource(context) === undefined
      ? { value: true, reason: `no key of yours is proved yet: ${operatorKey(context).evidence}` }
      : { value: false, reason: 'your key is added and proved first' };
  },
};

/** Names of a list answer, however it was given (list, or text with commas). */
export function namesOf(answer: AnswerValue): readonly string[] {
  const items = Array.isArray(answer) ? answer : [String(answer)];
  return [...new Set(items.flatMap((item) => String(item).split(/[\s,]+/)).filter((name) => name !== ''))];
}

export const whoMayLogIn: Question = {
  id: 'sshd.allow-users',
  prompt: 'Who may log in?',
  help: 'Only these accounts can open a session over SSH. Do not forget accounts of backups, deployments and monitoring.',
  type: 'list',
  risky: true,
  when: (context) => listOf(effectiveOf(context, 'AllowGroups')).length === 0,
  propose: (context) => {
    const present = listOf(effectiveOf(context, 'AllowUsers'));
    if (present.length > 0) return { value: present, reason: 'as it is now' };
    const { accounts } = context.readings;
    const known = accounts.kind === 'known' ? accounts.value.accounts : [];
    const recent = new Set((sshdOf(context)?.recentLogins ?? []).map((login) => login.user));
    const noRoot = answerOf(rootLogin, context) === 'no';
    const people = known
      .filter((account) => account.shellUsable && !(noRoot && account.name === 'root'))
      .filter((account) => recent.has(account.name) || hasUsableKey(account))
      .map((account) => account.name);
    const value = [...new Set([context.connection.user, ...people])];
    const logged = value.filter((name) => recent.has(name)).length;
    return {
      value,
      reason: `you, and who has a usable key; ${logged} of ${value.length} logged in within 30 days`,
    };
  },
  check: (value, { connection, readings }) => {
    const names = namesOf(value);
    if (names.length === 0) return 'at least one name is needed; list the accounts that may log in';
    if (!names.some((name) => name === connection.user || name.startsWith(`${connection.user}@`))) {
      return `login user "${connection.user}" is not in the list and would be locked out; add it`;
    }
    const wrong = names.find(
      (name) => !/^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,31}(@[0-9A-Fa-f.:/*?]+)?$/.test(name),
    );
    if (wrong !== undefined) return `"${wrong}" is not a user name; give plain account names`;
    if (readings.accounts.kind !== 'known') return undefined;
    const exists = new Set(readings.accounts.value.accounts.map((account) => account.name));
    const missing = names.filter((name) => !exists.has(name.split('@')[0] ?? ''));
    return missing.length === 0
      ? undefined
      : `no account on the host that can log in is called ${missing.join(', ')}; remove it from the list or create it first`;
  },
};

export const forwarding: Question = {
  id: 'sshd.tcp-forwarding',
  prompt: 'May logins forward ports?',
  help: 'local keeps jump hosts, remote editors and database tunnels through this host; no ends them; remote and yes let a login open ports of this host.',
  type: 'choice',
  choices: () => ['no', 'local', 'remote', 'yes'].map((value) => ({ value, label: value })),
  risky: false,
  propose: (context) => {
    const now = effectiveOf(context, 'AllowTcpForwarding')?.[0];
    if (now === 'no' || now === 'remote') return { value: now, reason: 'as it is now' };
    return { value: 'local', reason: 'keeps jump hosts, remote editors and database tunnels' };
  },
};

const NOTICE = 'Authorised use only. Activity on this system is logged.';

export const banner: Question = {
  id: 'sshd.banner',
  prompt: 'Which notice do people see before they log in:',
  help: 'One line; some laws ask for it. It must not name the operating system or its version. Empty: no notice.',
  type: 'text',
  risky: false,
  propose: () => ({ value: NOTICE, reason: 'a plain notice that tells nothing about the host' }),
  check: (value) => {
    const text = String(value);
    if (!/^[\x20-\x7e]{0,200}$/.test(text))
      return 'one line of at most 200 plain (ASCII) characters is allowed';
    return /debian|ubuntu|linux|openssh|\\[a-z]/i.test(text)
      ? 'it names the system or holds an escape that getty expands; leave that out'
      : undefined;
  },
};

const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(\/\d{1,3})?)$/;

export const exempt: Question = {
  id: 'sshd.exempt-addresses',
  prompt: 'Which addresses are never slowed down for failed logins?',
  help: 'OpenSSH shuts out a source that fails too often, for up to 10 minutes. Addresses or networks of operators and monitoring; empty for none.',
  type: 'list',
  risky: false,
  propose: ({ readings }) =>
    readings.who.kind === 'known'
      ? {
          value: [readings.who.value.clientAddress],
          reason: 'your address now: typing errors do not shut you out',
        }
      : { value: [], reason: 'your address is not known' },
  check: (value) => {
    const wrong = namesOf(value).find((name) => !ADDRESS.test(name) || /\/0+$/.test(name));
    return wrong === undefined
      ? undefined
      : `"${wrong}" is not an address or a network; give e.g. 192.0.2.7 or 2001:db8::/64`;
  },
};

export const port: Question = {
  id: 'sshd.port',
  prompt: 'On which port shall sshd listen?',
  help: 'Another port only makes less noise in the log. The new port is opened and proved before the old one is closed; firewalls in front of the host must allow it.',
  type: 'number',
  risky: false,
  propose: (context) => {
    const ports = listOf(effectiveOf(context, 'Port')).map(Number);
    const used =
      context.readings.who.kind === 'known' ? context.readings.who.value.serverPort : context.connection.port;
    const value = ports.includes(used) ? used : (ports[0] ?? 22);
    return { value, reason: 'unchanged: another port is no protection' };
  },
  check: (value, { readings }) => {
    const wanted = Number(value);
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > 65_535) return 'port must be an integer 1–65535';
    if (readings.listeners.kind !== 'known') return undefined;
    const holder = readings.listeners.value.find(
      (listener) =>
        listener.protocol === 'tcp' &&
        listener.port === wanted &&
        !/^sshd?$|ssh\.socket/.test(listener.process),
    );
    return holder === undefined || holder.unit.startsWith('ssh')
      ? undefined
      : `port ${wanted} is taken by ${holder.process || 'another program'}; choose a free one`;
  },
};

export const questions: readonly Question[] = [
  operatorKeyQuestion,
  whoMayLogIn,
  rootLogin,
  passwordLogin,
  port,
  cryptoPolicy,
  forwarding,
  banner,
  exempt,
];
