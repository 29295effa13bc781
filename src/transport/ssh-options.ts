// Arguments for the system's ssh. Rules: an argument array, "--" before the host, nothing of the operator's configuration
// may forward, run, share or prompt behind our back; a host key is never accepted by ssh on its own.
import type { Family } from '../model/target.ts';

/** One ssh call; undefined means: as ssh_config says. */
export type Dial = {
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  /** Dial this instead of what the name resolves to. */
  readonly address?: string | undefined;
  readonly family?: Family | undefined;
  readonly jump?: string | undefined;
  /** Private key, or public key whose private half the agent has; only this one is offered. */
  readonly identity?: string | undefined;
  readonly knownHosts: readonly string[];
  /** False: system-wide known_hosts files do not count. */
  readonly globalKnownHosts: boolean;
  readonly hostKeyAlias?: string | undefined;
  /** Only these; empty or undefined: as configured, types already known first. */
  readonly hostKeyAlgorithms?: readonly string[] | undefined;
  readonly logFile: string;
  /** Nothing but keys is tried. */
  readonly only?: 'publickey' | undefined;
  /** With a terminal on the host, whatever stands on our side. */
  readonly terminal?: boolean;
  /** Instead of the operator's own configuration. */
  readonly configFile?: string | undefined;
  /** Seconds for TCP and the first answer. */
  readonly connectTimeout: number;
};

/** The target part alone, for `ssh -G`: what picks Host and Match blocks. */
export function targetArgs(dial: Pick<Dial, 'host' | 'user' | 'port' | 'jump'>): readonly string[] {
  return [
    ...(dial.user === undefined ? [] : ['-l', dial.user]),
    ...(dial.port === undefined ? [] : ['-p', String(dial.port)]),
    ...(dial.jump === undefined ? [] : ['-J', dial.jump]),
    '--',
    dial.host,
  ];
}

const ALWAYS = [
  // A client that does not know one of these words must not fail on it.
  'IgnoreUnknown=SessionType,ForkAfterAuthentication,StdinNull,EnableEscapeCommandline',
  'SessionType=default',
  'ForkAfterAuthentication=no',
  'StdinNull=no',
  'EnableEscapeCommandline=no',
  // DEBUG1 goes to the log file. Unlike -v, it is not handed on to a jump host's ssh, which would print into our stderr.
  'LogLevel=DEBUG1',
  'BatchMode=no',
  'NumberOfPasswordPrompts=1',
  'StrictHostKeyChecking=yes',
  'UpdateHostKeys=no',
  'VisualHostKey=no',
  'ControlMaster=no',
  'ControlPath=none',
  'ControlPersist=no',
  'ClearAllForwardings=yes',
  'ForwardAgent=no',
  'ForwardX11=no',
  'GSSAPIDelegateCredentials=no',
  'Tunnel=no',
  'PermitLocalCommand=no',
  'RemoteCommand=none',
  'RequestTTY=no',
  'EscapeChar=none',
  'AddKeysToAgent=no',
  'ConnectionAttempts=1',
  'ServerAliveInterval=5',
  'ServerAliveCountMax=3',
] as const;

/** All arguments of one call; `command` is our own text for the login shell, `extra` are further -o words. */
export function sshArgs(dial: Dial, command: string, extra: readonly string[] = []): readonly string[] {
  const options: string[] = [
    ...extra,
    ...ALWAYS,
    `ConnectTimeout=${dial.connectTimeout}`,
    `UserKnownHostsFile=${dial.knownHosts.map((file) => `"${file}"`).join(' ')}`,
  ];
  if (!dial.globalKnownHosts) options.push('GlobalKnownHostsFile=/dev/null');
  if (dial.hostKeyAlias !== undefined) options.push(`HostKeyAlias=${dial.hostKeyAlias}`);
  if (dial.hostKeyAlgorithms?.length) options.push(`HostKeyAlgorithms=${dial.hostKeyAlgorithms.join(',')}`);
  if (dial.address !== undefined) options.push(`HostName=${dial.address.replaceAll('%', '%%')}`);
  if (dial.family !== undefined) options.push(`AddressFamily=${dial.family === 'ipv4' ? 'inet' : 'inet6'}`);
  if (dial.only === 'publickey')
    options.unshift(
      'PreferredAuthentications=publickey',
      'PasswordAuthentication=no',
      'KbdInteractiveAuthentication=no',
    );
  if (dial.identity !== undefined)
    options.push('IdentitiesOnly=yes', `IdentityFile="${dial.identity.replaceAll('%', '%%')}"`);
  return [
    '-T',
    // The last word of these three wins.
    ...(dial.terminal === true ? ['-t', '-t'] : []),
    ...(dial.configFile === undefined ? [] : ['-F', dial.configFile]),
    '-E',
    dial.logFile,
    ...options.flatMap((option) => ['-o', option]),
    ...targetArgs(dial),
    command,
  ];
}

/** The command the login shell runs; understood by sh, bash, zsh, fish and csh alike. */
export const LOGIN_COMMAND =
  'exec /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "HOME=$HOME" "SSH_CONNECTION=$SSH_CONNECTION" portcullis_clean=yes /bin/sh';
