// One login of the ssh2 transport: connection, host key, authentication, shell, way to root. Rules: what the caller trusts is
// compared before anything is offered; a login that gives no shell of ours ends its connection.
import { EXIT, TargetError } from '../model/errors.ts';
import type { Connection, FreshOptions } from '../model/target.ts';
import { type Channel, openChannel } from './channel.ts';
import { fingerprintOf } from './known-hosts.ts';
import { NoShell, reachRoot } from './login.ts';
import type { OpenSshOptions } from './openssh.ts';
import type { OperatorKey } from './operator-key.ts';
import type { Pacing } from './pacing.ts';
import { saysExpired } from './passwords.ts';
import { explainNoShell } from './ssh-failure.ts';
import { LOGIN_COMMAND } from './ssh-options.ts';
import { type Answers, authentication } from './ssh2-auth.ts';
import type { Ssh2Config } from './ssh2-config.ts';
import { DialFailed, dialSsh2, type Ssh2Connection, type Ssh2Dial } from './ssh2-dial.ts';
import { explainDial } from './ssh2-failure.ts';
import type { OwnKey } from './ssh2-keys.ts';
import { typeOfKey } from './ssh2-known.ts';
import { ALGORITHMS, CLIENT_NAME, type HostKeyAlgorithm } from './ssh2-library.ts';
import { openSession } from './ssh2-wire.ts';
import type { SudoPasswords } from './sudo-password.ts';

/** After authentication a shell must answer within this time. */
const SHELL_PATIENCE = 20_000;

/** Times, and milliseconds between them, that a refused connection is tried before it counts. */
const RELOAD_TRIES = 5;
const RELOAD_PAUSE = 150;

export type Login = {
  readonly connection: Ssh2Connection;
  readonly channel: Channel;
  readonly root: Connection['root'];
  readonly user: string;
  readonly method: string;
  readonly key: OwnKey | undefined;
};

/** What the whole session shares. */
export type Shared = {
  readonly options: OpenSshOptions;
  readonly config: Ssh2Config;
  readonly where: string;
  readonly answers: Answers;
  readonly passwords: SudoPasswords;
  readonly pacing: Pacing;
  readonly keys: readonly OwnKey[];
  readonly counters: { exchanges: number; connections: number; logins: number };
};

export type Want = {
  readonly user: string;
  readonly port: number;
  readonly address?: string | undefined;
  readonly family?: FreshOptions['family'];
  readonly keys: readonly OwnKey[];
  readonly only: 'publickey' | undefined;
  readonly deadline: number;
  readonly plain: boolean;
  readonly requireRoot: boolean;
  readonly password: SudoPasswords['ask'];
  readonly hostKeys: readonly HostKeyAlgorithm[];
  readonly trusts: (hostKey: Buffer) => boolean;
};

/** The host presented a key that was not trusted; nothing was offered to it. */
export class HostKeyRefused extends TargetError {
  readonly hostKey: Buffer;

  constructor(error: TargetError, hostKey: Buffer) {
    super(error.message, {
      exitCode: error.exitCode,
      ...(error.where === undefined ? {} : { where: error.where }),
    });
    this.hostKey = hostKey;
  }
}

export function pinnedTo(hostKey: Buffer): Pick<Want, 'hostKeys' | 'trusts'> {
  return { hostKeys: algorithmsOf([typeOfKey(hostKey)]), trusts: (blob) => hostKey.equals(blob) };
}

/** All for nobody known. */
export function algorithmsOf(types: readonly string[]): readonly HostKeyAlgorithm[] {
  const names = types.flatMap((type) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]));
  const mine = ALGORITHMS.hostKeys.filter((name) => names.includes(name));
  return mine.length > 0 ? mine : ALGORITHMS.hostKeys;
}

/** The host lets this user do nothing but change the password. */
class PasswordExpired extends TargetError {
  constructor(error: TargetError) {
    const { hints, evidence, exitCode } = error;
    super(error.message, { hints, evidence, exitCode, where: error.where ?? '' });
  }
}

/** Changes an expired password, over a connection and a terminal of its own. */
async function changeExpired(shared: Shared, want: Want): Promise<void> {
  const { config, options, answers } = shared;
  const attempt = answers.begin();
  const auth = authentication({ ...want, host: options.target.host, attempt });
  shared.counters.connections += 1;
  const dial = { ...want, host: config.host, authenticate: auth.next, waiting: answers.waiting };
  let connection: Ssh2Connection | undefined;
  try {
    await options.changePassword(async () => {
      connection = await dialPatiently(dial).catch((error: unknown) => {
        if (!(error instanceof DialFailed)) throw error;
        throw explainDial({ error, where: shared.where, dial, auth });
      });
      return await openSession(connection.client, { pty: true });
    });
  } finally {
    connection?.client.destroy();
  }
}

/** Rejects with HostKeyRefused, PasswordExpired, or TargetError (exit 6). */
export async function login(shared: Shared, want: Want): Promise<Login> {
  const { config, options, answers } = shared;
  const attempt = answers.begin();
  const auth = authentication({ ...want, host: options.target.host, attempt });
  const dial = {
    ...want,
    host: config.host,
    authenticate: auth.next,
    waiting: answers.waiting,
  };
  shared.counters.connections += 1;
  const connection = await dialPatiently(dial).catch((error: unknown) => {
    if (!(error instanceof DialFailed)) throw error;
    const told = explainDial({ error, where: shared.where, dial, auth });
    throw error.reason === 'host-key' && error.hostKey !== undefined
      ? new HostKeyRefused(told, error.hostKey)
      : told;
  });
  try {
    const { channel, root } = await shellOf(shared, want, connection);
    attempt.worked();
    shared.counters.logins += 1;
    return { connection, channel, root, user: want.user, method: auth.method(), key: auth.key() };
  } catch (error) {
    connection.client.destroy();
    throw error;
  }
}

/** An sshd that reloads has no socket for a moment, and this transport is fast enough to meet it. */
async function dialPatiently(dial: Ssh2Dial): Promise<Ssh2Connection> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await dialSsh2(dial);
    } catch (error) {
      if (!(error instanceof DialFailed) || error.reason !== 'refused' || tries === RELOAD_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, RELOAD_PAUSE));
    }
  }
}

async function shellOf(
  shared: Shared,
  want: Want,
  connection: Ssh2Connection,
): Promise<Pick<Login, 'channel' | 'root'>> {
  const { options } = shared;
  const wire = await openSession(connection.client, { command: LOGIN_COMMAND }).catch((cause: unknown) => {
    throw new TargetError('the login works, but the host gives no session', {
      where: shared.where,
      evidence: [connection.trouble() ?? (cause instanceof Error ? cause.message : '')],
      hints: ['look at MaxSessions and ForceCommand in sshd_config'],
      exitCode: EXIT.unreachable,
      cause,
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const { root } = await reachRoot(wire, {
    sudo: want.plain ? 'none' : options.sudo,
    requireRoot: want.requireRoot,
    user: want.user,
    host: options.target.host,
    patience: () =>
      new Promise((resolve) => {
        timer = setTimeout(() => resolve('the shell did not answer'), SHELL_PATIENCE);
      }),
    password: () => {
      clearTimeout(timer);
      return want.password();
    },
  })
    .catch((error: unknown) => {
      wire.kill();
      if (!(error instanceof NoShell)) throw error;
      const told = explainNoShell(error.noise, shared.where);
      throw saysExpired(error.noise) ? new PasswordExpired(told) : told;
    })
    .finally(() => clearTimeout(timer));
  const channel = openChannel(wire, async () => {
    const last = connection.trouble();
    return last === undefined ? 'the ssh connection ended' : `the ssh connection ended: ${last}`;
  });
  return { channel, root };
}

/** The same, after changing a password that has expired. */
export async function loginOrChange(
  shared: Shared,
  want: Want,
  tell: (detail: string) => void,
): Promise<Login> {
  try {
    return await login(shared, want);
  } catch (error) {
    if (!(error instanceof PasswordExpired)) throw error;
    tell('changing the expired password');
    await changeExpired(shared, want);
    tell('logging in');
    return await login(shared, want);
  }
}

/** What a login tells of itself. */
export function describe(it: Login, own: OperatorKey | undefined): Connection {
  const { connection, key } = it;
  const { algorithms, hostKey } = connection;
  return {
    transport: 'ssh2',
    user: it.user,
    address: connection.address,
    port: connection.port,
    hostKey: fingerprintOf(hostKey.toString('base64')),
    hostKeyType: typeOfKey(hostKey),
    method: it.method,
    ...(key === undefined
      ? own === undefined
        ? {}
        : { publicKey: own.publicKey }
      : { keyFingerprint: key.fingerprint, keyName: key.name, publicKey: key.publicKey }),
    root: it.root,
    kex: algorithms.kex,
    cipher: algorithms.cs.cipher,
    mac: algorithms.cs.mac === '' ? '<implicit>' : algorithms.cs.mac,
    client: { version: CLIENT_NAME, ...ALGORITHMS },
    viaProxy: false,
  };
}
