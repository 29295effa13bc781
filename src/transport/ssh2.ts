// The transport without an ssh client: first contact with a password, and machines that have none. Rules: no key of a host is
// taken that was not compared, byte by byte, before anything is offered; every later login and visit must show the pinned
// one; a later login uses the key of the first; what of ssh is not known here is refused, not passed over.
import { join } from 'node:path';
import { EXIT, TargetError, UserError } from '../model/errors.ts';
import type { Connection, DoorProbe, FreshOptions, Transport } from '../model/target.ts';
import { type Channel, openChannel } from './channel.ts';
import { settleHostKey } from './host-keys.ts';
import { fingerprintOf } from './known-hosts.ts';
import { NoShell, reachRoot } from './login.ts';
import type { OpenSshOptions } from './openssh.ts';
import { makePacing, type Pacing } from './pacing.ts';
import { explainNoShell } from './ssh-failure.ts';
import { LOGIN_COMMAND } from './ssh-options.ts';
import { type Answers, askMethods, authentication, keepAnswers } from './ssh2-auth.ts';
import { readSsh2Config, type Ssh2Config } from './ssh2-config.ts';
import { DialFailed, dialSsh2, type Ssh2Connection, type Ssh2Dial } from './ssh2-dial.ts';
import { explainDial } from './ssh2-failure.ts';
import { defaultKeyFiles, findKeys, type OwnKey } from './ssh2-keys.ts';
import { judgeHostKey, knownHostsFiles, lookUpHost, typeOfKey } from './ssh2-known.ts';
import { ALGORITHMS, CLIENT_NAME, type HostKeyAlgorithm } from './ssh2-library.ts';
import { openSession } from './ssh2-wire.ts';
import { rememberSudo, type SudoPasswords } from './sudo-password.ts';

const FIRST_DEADLINE = 60_000;
const FRESH_DEADLINE = 15_000;
const PROBE_DEADLINE = 20_000;
/** After authentication a shell must answer within this time. */
const SHELL_PATIENCE = 20_000;

/** Times, and milliseconds between them, that a refused connection is tried before it counts. */
const RELOAD_TRIES = 5;
const RELOAD_PAUSE = 150;

type Login = {
  readonly connection: Ssh2Connection;
  readonly channel: Channel;
  readonly root: Connection['root'];
  readonly user: string;
  readonly method: string;
  readonly key: OwnKey | undefined;
};

/** What the whole session shares. */
type Shared = {
  readonly options: OpenSshOptions;
  readonly config: Ssh2Config;
  readonly where: string;
  readonly answers: Answers;
  readonly passwords: SudoPasswords;
  readonly pacing: Pacing;
  readonly keys: readonly OwnKey[];
  readonly counters: { exchanges: number; connections: number; logins: number };
};

type Session = Shared & { readonly first: Login; readonly open: Set<Login> };

type Want = {
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

/** Connect, settle the host key, log in, reach root. Rejects with UserError or TargetError (exit 6). */
export async function openSsh2(options: OpenSshOptions): Promise<Transport> {
  if (options.jump !== undefined)
    throw new UserError('the transport ssh2 knows no jump hosts', {
      where: '--jump',
      hints: ['install openssh-client and use --transport openssh, or run portcullis on the jump host'],
    });
  const { target, ask } = options;
  const config = await readSsh2Config(target);
  const answers = keepAnswers(ask);
  const passwords = rememberSudo(ask, config.user, target.host);
  try {
    const shared: Shared = {
      options,
      config,
      where: `${config.user}@${target.host}${config.port === 22 ? '' : ` port ${config.port}`}`,
      answers,
      passwords,
      pacing: makePacing(options.pacing),
      keys: await keysFor(options, config, answers),
      counters: { exchanges: 0, connections: 0, logins: 0 },
    };
    const dialled = firstLogin(shared);
    options.onDialled?.();
    const first = await dialled;
    passwords.worked(first.root);
    const session: Session = { ...shared, first, open: new Set() };
    return {
      ...transportOver(session, first),
      async close() {
        await Promise.all([...session.open].map((one) => one.channel.close()));
        passwords.wipe();
        answers.wipe();
      },
    };
  } catch (error) {
    passwords.wipe();
    answers.wipe();
    throw error;
  }
}

function keysFor(
  options: OpenSshOptions,
  config: Ssh2Config,
  answers: Answers,
  identity = options.identity,
): Promise<readonly OwnKey[]> {
  const attempt = answers.begin();
  const opened = new Map<string, ReturnType<typeof attempt.ask>>();
  return findKeys({
    identity,
    files: config.identityFiles.length > 0 ? config.identityFiles : defaultKeyFiles(),
    identitiesOnly: config.identitiesOnly,
    agentSocket: config.agentSocket,
    // Asked once a session: later logins sign with the same key.
    passphrase: (file) => {
      const asked =
        opened.get(file) ??
        attempt.ask({ kind: 'passphrase', prompt: `Enter passphrase for key '${file}':` });
      opened.set(file, asked);
      return asked;
    },
  });
}

async function firstLogin(shared: Shared): Promise<Login> {
  const { options, config } = shared;
  const store = join(options.stateDir, 'known_hosts');
  const files =
    options.knownHosts === undefined ? (config.userKnownHosts ?? knownHostsFiles()) : [options.knownHosts];
  const tell = (detail: string) => options.emit?.({ type: 'connecting', host: options.target.name, detail });
  const known = await lookUpHost({
    host: config.hostKeyAlias ?? config.host,
    port: config.hostKeyAlias === undefined ? config.port : 22,
    files: [...files, store],
  });
  if (known.keys.length === 0 && known.authorities > 0 && options.acceptHostKey === undefined)
    throw new TargetError(
      'this host is known by an authority, and the transport ssh2 knows no host certificates',
      {
        where: shared.where,
        hints: [
          'install openssh-client and use --transport openssh',
          'or pin the plain key that its console shows: --accept-host-key SHA256:…',
        ],
        exitCode: EXIT.unreachable,
      },
    );
  const want: Want = {
    user: config.user,
    port: config.port,
    keys: shared.keys,
    only: undefined,
    deadline: FIRST_DEADLINE,
    plain: false,
    requireRoot: options.requireRoot,
    password: shared.passwords.ask,
    // Only types that are known: any other key would look like a change.
    hostKeys: algorithmsOf(known.keys.map((key) => key.type)),
    trusts: (blob) => judgeHostKey(known, blob) === undefined,
  };
  tell('connecting');
  try {
    return await login(shared, want);
  } catch (error) {
    const seen = error instanceof HostKeyRefused ? error.hostKey : undefined;
    const verdict = seen === undefined ? undefined : judgeHostKey(known, seen);
    if (seen === undefined || verdict === undefined) throw error;
    tell('checking the host key');
    const fingerprint = fingerprintOf(seen.toString('base64'));
    const type = typeOfKey(seen);
    await settleHostKey({
      verdict,
      log: { hostKey: { type, fingerprint, certificate: false } },
      where: shared.where,
      ask: options.ask,
      acceptHostKey: options.acceptHostKey,
      store,
      learn: async () => ({ marker: undefined, type, blob: seen.toString('base64'), fingerprint }),
    });
    tell('logging in');
    return await login(shared, { ...want, ...pinnedTo(seen) });
  }
}

/** The host presented a key that was not trusted; nothing was offered to it. */
class HostKeyRefused extends TargetError {
  readonly hostKey: Buffer;

  constructor(error: TargetError, hostKey: Buffer) {
    super(error.message, {
      exitCode: error.exitCode,
      ...(error.where === undefined ? {} : { where: error.where }),
    });
    this.hostKey = hostKey;
  }
}

function pinnedTo(hostKey: Buffer): Pick<Want, 'hostKeys' | 'trusts'> {
  return { hostKeys: algorithmsOf([typeOfKey(hostKey)]), trusts: (blob) => hostKey.equals(blob) };
}

/** All for nobody known. */
function algorithmsOf(types: readonly string[]): readonly HostKeyAlgorithm[] {
  const names = types.flatMap((type) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]));
  const mine = ALGORITHMS.hostKeys.filter((name) => names.includes(name));
  return mine.length > 0 ? mine : ALGORITHMS.hostKeys;
}

async function login(shared: Shared, want: Want): Promise<Login> {
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
  const root = await reachRoot(wire, {
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
      throw explainNoShell(error.noise, shared.where);
    })
    .finally(() => clearTimeout(timer));
  const channel = openChannel(wire, async () => {
    const last = connection.trouble();
    return last === undefined ? 'the ssh connection ended' : `the ssh connection ended: ${last}`;
  });
  return { channel, root };
}

function transportOver(session: Session, it: Login): Transport {
  session.open.add(it);
  const { counters, pacing } = session;
  return {
    connection: describe(it),
    run: (command) => {
      counters.exchanges += 1;
      return it.channel.run(command);
    },
    fresh: (options = {}) => freshLogin(session, options),
    async probe(options) {
      await pacing.visit();
      const door = await visit(session, options);
      if (door.kind === 'closed' && (door.reason === 'refused' || door.reason === 'unreachable'))
        pacing.unmet();
      return door;
    },
    counts: () => ({ ...counters }),
    lost: it.channel.lost,
    async close() {
      session.open.delete(it);
      await it.channel.close();
    },
  };
}

async function freshLogin(session: Session, options: FreshOptions): Promise<Transport> {
  const { first } = session;
  const plain = options.root === 'none';
  const keys =
    options.identity === undefined
      ? first.key === undefined
        ? session.keys
        : [first.key]
      : await keysFor(session.options, session.config, session.answers, options.identity);
  await session.pacing.login();
  const made = await login(session, {
    ...pinnedTo(first.connection.hostKey),
    user: options.user ?? session.config.user,
    port: options.port ?? session.config.port,
    address: options.address,
    family: options.family,
    keys,
    only: first.key === undefined && options.identity === undefined ? undefined : 'publickey',
    deadline: options.deadline ?? FRESH_DEADLINE,
    plain,
    requireRoot: !plain && first.root !== 'none',
    password: session.passwords.again,
  }).catch((error: unknown) => {
    session.pacing.refused();
    if (!(error instanceof HostKeyRefused)) throw error;
    throw new TargetError(error.message, {
      where: session.where,
      evidence: [
        `pinned: ${fingerprintOf(first.connection.hostKey.toString('base64'))}`,
        `presented: ${fingerprintOf(error.hostKey.toString('base64'))}`,
      ],
      exitCode: EXIT.unreachable,
    });
  });
  return transportOver(session, made);
}

const CLOSED: Readonly<Record<DialFailed['reason'], Extract<DoorProbe, { kind: 'closed' }>['reason']>> = {
  refused: 'refused',
  unreachable: 'unreachable',
  unresolved: 'unreachable',
  'no-answer': 'timeout',
  silent: 'not-ssh',
  'not-ssh': 'not-ssh',
  closed: 'not-ssh',
  algorithms: 'unreachable',
  late: 'timeout',
  'host-key': 'other-host-key',
  authentication: 'unreachable',
};

async function visit(session: Session, options: Parameters<Transport['probe']>[0]): Promise<DoorProbe> {
  const { hostKey } = session.first.connection;
  const user = options.user ?? session.config.user;
  const auth = askMethods(user);
  const fingerprint = fingerprintOf(hostKey.toString('base64'));
  session.counters.connections += 1;
  try {
    const { client } = await dialSsh2({
      ...pinnedTo(hostKey),
      ...options,
      host: session.config.host,
      user,
      authenticate: auth.next,
      deadline: PROBE_DEADLINE,
      waiting: () => false,
    });
    client.end();
    return { kind: 'open', hostKey: fingerprint, methods: ['none'] };
  } catch (error) {
    if (!(error instanceof DialFailed)) throw error;
    const methods = auth.methods();
    if (methods !== undefined) return { kind: 'open', hostKey: fingerprint, methods };
    const detail =
      error.hostKey === undefined ? error.detail : fingerprintOf(error.hostKey.toString('base64'));
    const other = error.reason === 'algorithms' && /host key/.test(error.detail);
    return { kind: 'closed', reason: other ? 'other-host-key' : CLOSED[error.reason], detail };
  }
}

function describe(it: Login): Connection {
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
      ? {}
      : { keyFingerprint: key.fingerprint, keyName: key.name, publicKey: key.publicKey }),
    root: it.root,
    kex: algorithms.kex,
    cipher: algorithms.cs.cipher,
    mac: algorithms.cs.mac === '' ? '<implicit>' : algorithms.cs.mac,
    client: { version: CLIENT_NAME, ...ALGORITHMS },
    viaProxy: false,
  };
}
