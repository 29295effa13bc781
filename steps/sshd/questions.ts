// Rules: each question proposes an answer from facts and says why; those about people stand in who.ts and operator.ts.
import type { Context } from '../../src/model/context.ts';
import type { Question } from '../../src/model/control.ts';
import { effectiveOf, listOf, sshdOf } from '../../src/resources/sshd.ts';
import { operatorKeyQuestion } from './operator.ts';
import { namesOf, passwordLogin, rootLogin, whoMayLogIn } from './who.ts';

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
  remembered: true,
  propose: () => ({ value: 'balanced', reason: 'strong, and every OpenSSH since 6.5 can speak it' }),
  check: (value, { connection }) =>
    value === 'strict' && !connection.client.kex.some((name) => /^(mlkem|sntrup)/.test(name))
      ? `your own client (${connection.client.version}) has no post-quantum key exchange: strict would lock you out. Choose balanced`
      : undefined,
};

export const forwarding: Question = {
  id: 'sshd.tcp-forwarding',
  prompt: 'May logins forward ports?',
  help: 'local keeps jump hosts, remote editors and database tunnels through this host; no ends them; remote and yes let a login open ports of this host.',
  type: 'choice',
  choices: () => ['no', 'local', 'remote', 'yes'].map((value) => ({ value, label: value })),
  risky: false,
  remembered: true,
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
  remembered: true,
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

/** Ports in force: the socket's when systemd listens for sshd, else sshd's own. */
export function portsNow(context: Context): readonly number[] {
  const sshd = sshdOf(context);
  const listen =
    sshd?.socket.active === true ? sshd.socket.listen.map((address) => address.replace(/^.*:/, '')) : [];
  const ports = listen.length > 0 ? listen : listOf(effectiveOf(context, 'Port'));
  return [...new Set(ports.map(Number))];
}

/** Named by the operator or by the profile; a proposal alone is no answer. */
export function portAnswered({ answers, profile }: Context): boolean {
  return answers.has('sshd.port') || profile.answers.has('sshd.port');
}

export const port: Question = {
  id: 'sshd.port',
  prompt: 'On which port shall sshd listen?',
  help: 'Another port only makes less noise in the log. The new port is opened and proved before the old one is closed; firewalls in front of the host must allow it.',
  type: 'number',
  risky: false,
  // Enter on a proposal, or the line that repeats a run, would name one of several ports and so close the others.
  when: (context) => portAnswered(context) || portsNow(context).length < 2,
  propose: (context) => {
    const ports = portsNow(context);
    const used =
      context.readings.who.kind === 'known' ? context.readings.who.value.serverPort : context.connection.port;
    const value = ports.includes(used) ? used : (ports[0] ?? 22);
    return { value, reason: 'unchanged: another port is no protection' };
  },
  check: (value, context) => {
    const { readings } = context;
    const wanted = Number(value);
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > 65_535) return 'port must be an integer 1–65535';
    if (readings.listeners.kind !== 'known' || portsNow(context).includes(wanted)) return undefined;
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
