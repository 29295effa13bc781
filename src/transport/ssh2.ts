// The transport without an ssh client: first contact with a password, and machines that have none. Rules: no key of a host is
// taken that was not compared, byte by byte, before anything is offered; every later login and visit must show the pinned
// one; a later login uses the key of the first; what of ssh is not known here is refused, not passed over.
import { join } from 'node:path';
import { EXIT, TargetError, UserError } from '../model/errors.ts';
import type { DoorProbe, FreshOptions, Transport } from '../model/target.ts';
import { settleHostKey } from './host-keys.ts';
import { fingerprintOf } from './known-hosts.ts';
import type { OpenSshOptions } from './openssh.ts';
import { type OperatorKey, operatorKey } from './operator-key.ts';
import { makePacing } from './pacing.ts';
import { type Answers, askMethods, keepAnswers } from './ssh2-auth.ts';
import { readSsh2Config, type Ssh2Config } from './ssh2-config.ts';
import { DialFailed, dialSsh2 } from './ssh2-dial.ts';
import { defaultKeyFiles, findKeys, type OwnKey } from './ssh2-keys.ts';
import { judgeHostKey, knownHostsFiles, lookUpHost, typeOfKey } from './ssh2-known.ts';
import {
  algorithmsOf,
  describe,
  HostKeyRefused,
  type Login,
  login,
  loginOrChange,
  pinnedTo,
  type Shared,
  type Want,
} from './ssh2-login.ts';
import { rememberSudo } from './sudo-password.ts';

const FIRST_DEADLINE = 60_000;
const FRESH_DEADLINE = 15_000;
const PROBE_DEADLINE = 20_000;
type Session = Shared & {
  readonly first: Login;
  /** The operator's key, where the first login was not by key. */
  readonly own: OperatorKey | undefined;
  readonly open: Set<Login>;
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
    const own =
      first.key === undefined
        ? await operatorKey({
            identity: options.identity,
            where: shared.where,
            ask: options.chooseKey === true ? ask : undefined,
          })
        : undefined;
    const keys = own === undefined ? shared.keys : await keysFor(options, config, answers, own.file);
    const session: Session = { ...shared, keys, first, own, open: new Set() };
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
    return await loginOrChange(shared, want, tell);
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
    return await loginOrChange(shared, { ...want, ...pinnedTo(seen) }, tell);
  }
}

function transportOver(session: Session, it: Login): Transport {
  session.open.add(it);
  const { counters, pacing } = session;
  return {
    connection: describe(it, session.own),
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
    only: first.key === undefined && options.identity === undefined ? options.only : 'publickey',
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
